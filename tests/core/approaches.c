/* The plain programs that the benchmark compares the engine with, and the
 * memory that one of them shares between processes. */
#include <stdint.h>
#include <stdlib.h>
#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "approach/openmp-inner.h"
#include "approach/openmp-outer.h"
#include "approach/shared.h"
#include "check.h"

/* These programs take row-major data. */
static void check_loops(size_t n, size_t m, size_t p, int threads) {
  double *x = whole_numbers(n * p, 1), *y = whole_numbers(m * p, 2);
  double *inner = guarded(n * m), *outer = guarded(n * m);
  edist_openmp_inner_fill(x, n, y, m, p, inner, threads);
  edist_openmp_outer_fill(x, n, y, m, p, outer, threads);
  bool good = guards_hold(inner, n * m) && guards_hold(outer, n * m);
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < n; i++) {
      const double want = formula(x + i * p, 1, 0, y + j * p, 1, 0, p);
      good = good && inner[i + j * n] == want && outer[i + j * n] == want;
    }
  }
  CHECK(good, "%zu by %zu rows, %zu columns", n, m, p);
  guarded_free(inner);
  guarded_free(outer);
  free(x);
  free(y);
}

static void test_loops(void) {
  check_loops(7, 5, 3, 2);
  check_loops(1, 9, 1, 3);
}

/* This process sees what a forked one writes. */
static void test_shared(void) {
#ifndef _WIN32
  const size_t bytes = 3 * sizeof(double);
  double *memory = edist_shared_map(bytes);
  if (!memory) {
    CHECK(false, "no shared memory");
    return;
  }
  const bool zeros = memory[0] == 0 && memory[2] == 0;
  const pid_t child = fork();
  if (child == 0) {
    memory[1] = 5;
    _exit(0);
  }
  waitpid(child, NULL, 0);
  CHECK(zeros && memory[1] == 5, "what the other process wrote");
  edist_shared_unmap(memory, bytes);
  CHECK(!edist_shared_map(SIZE_MAX / 4096 * 4096), "more memory than there is");
#endif
}

const struct test approach_tests[] = {{.name = "loops", .run = test_loops},
                                      {.name = "shared", .run = test_shared},
                                      {0}};
