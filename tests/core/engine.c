/* How the engine divides its work among threads, and how it stops. */
#include "engine/engine.h"

#include <stdlib.h>

#include "check.h"
#include "engine/queue.h"

/* Each pair of the region is taken once, whichever thread takes it. */
static bool taken_once(enum edist_region region, size_t n, size_t m,
                       const unsigned char *taken) {
  for (size_t j = 0; j < m; j++) {
    const size_t first = region == EDIST_REGION_rectangle ? 0 : j;
    const size_t end = region == EDIST_REGION_diagonal ? j + 1 : n;
    for (size_t i = 0; i < n; i++) {
      if (taken[i + j * n] > 1) return false;
      if (i >= first && i < end && !taken[i + j * n]) return false;
    }
  }
  return true;
}

static void check_queue(enum edist_region region, size_t chunk, size_t n,
                        size_t m, int threads) {
  const struct edist_kernel *kernel = &edist_kernel_portable;
  const struct edist_blocks blocks =
      edist_blocks_make(n, m, 300, region, chunk, kernel, threads);
  struct edist_queue queue = edist_queue_make(&blocks);
  unsigned char *taken = calloc(n * m, 1);
  if (!taken) abort();
  bool inside = true;
#ifdef _OPENMP
#pragma omp parallel num_threads(threads)
#endif
  {
    size_t column = (size_t)-1;
    struct edist_extent e;
    while (edist_queue_take(&queue, &column, &e)) {
      if (e.i1 > n || e.j1 > m || e.i0 >= e.i1 || e.j0 >= e.j1) inside = false;
      for (size_t j = e.j0; inside && j < e.j1; j++) {
        for (size_t i = e.i0; i < e.i1; i++) taken[i + j * n]++;
      }
    }
  }
  CHECK(inside && taken_once(region, n, m, taken),
        "%zu by %zu rows, region %d, %d threads", n, m, (int)region, threads);
  free(taken);
  edist_queue_free(&queue);
}

static void test_queue(void) {
  for (int threads = 1; threads <= 4; threads++) {
    check_queue(EDIST_REGION_rectangle, 0, 1000, 70, threads);
    check_queue(EDIST_REGION_triangle, 0, 1000, 1000, threads);
    check_queue(EDIST_REGION_rectangle, 0, 1, 5000, threads);
    check_queue(EDIST_REGION_rectangle, 960, 3000, 50, threads);
    check_queue(EDIST_REGION_diagonal, 0, 100, 100, threads);
  }
}

static bool stop_at_once(void *data, double done) {
  int *asked = data;
  ++*asked;
  return done < 0;
}

/* A run that is interrupted must leave nothing behind: LeakSanitizer looks. */
static void test_interrupt(const struct edist_kernel *kernel) {
  const size_t n = 3000, p = 1500;
  double *x = whole_numbers(n * p, 4);
  double *out = guarded(edist_packed_length(n));
  int asked = 0;
  const struct edist_source sx = edist_source_double(x, n, p);
  struct edist_sink_packed sink = edist_sink_packed(out, n);
  const struct edist_job job = {.a = &sx,
                                .metric = edist_metric_find("sqeuclidean"),
                                .kernel = kernel,
                                .sink = &sink.sink,
                                .callback = {stop_at_once, &asked},
                                .threads = 2};
  const enum edist_status status = edist_run(&job);
  CHECK(status == EDIST_STATUS_cancelled && asked == 1,
        "status %d, asked %d times", (int)status, asked);
  guarded_free(out);
  free(x);
}

const struct test engine_tests[] = {
    {.name = "queue", .run = test_queue},
    {.name = "interrupt", .run_with = test_interrupt},
    {0}};
