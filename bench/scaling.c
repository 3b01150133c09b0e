/* The engine without R, over numbers of threads:
 *
 *   ./scaling SECONDS THREADS...
 *
 * prints lines of "what threads value": the least seconds of some tasks, and
 * the rates that the model in scaling.R is made of. For machines that have a C
 * compiler and no R. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/blocks.h"
#include "engine/clock.h"
#include "engine/engine.h"
#include "engine/roofline.h"

static double *uniform(size_t length) {
  double *x = malloc(length * sizeof *x);
  if (!x) exit(1);
  for (size_t i = 0; i < length; i++) x[i] = (double)rand() / RAND_MAX;
  return x;
}

/* Every result is in fresh memory, as R's are. */
static double cross(const struct edist_kernel *kernel, size_t n, size_t p,
                    int threads, double seconds) {
  double *data = uniform(2 * n * p), least = INFINITY, spent = 0;
  const struct edist_source x = edist_source_double(data, n, p);
  const struct edist_source y = edist_source_double(data + n * p, n, p);
  for (int runs = 0; runs < 3 || spent < seconds; runs++) {
    double *out = malloc(n * n * sizeof *out);
    if (!out) exit(1);
    struct edist_sink_matrix sink = edist_sink_cross(out, n, n);
    const struct edist_job job = {.a = &x,
                                  .b = &y,
                                  .metric = edist_metric_find("euclidean"),
                                  .missing = NAN,
                                  .kernel = kernel,
                                  .sink = &sink.sink,
                                  .threads = threads};
    const double start = edist_seconds();
    if (edist_run(&job) != EDIST_STATUS_done) exit(1);
    const double taken = edist_seconds() - start;
    if (taken < least) least = taken;
    spent += taken;
    free(out);
  }
  free(data);
  return least;
}

/* Seconds to pack one value, of a matrix that fits in no cache. */
static double packing(const struct edist_kernel *kernel) {
  enum { N = 4800, P = 2048, ROWS = 240, COLUMNS = 256 };
  double *data = uniform((size_t)N * P), least = INFINITY;
  double *panel = malloc(sizeof(double[ROWS * COLUMNS]));
  if (!panel) exit(1);
  const struct edist_source x = edist_source_double(data, N, P);
  for (int run = 0; run < 3; run++) {
    const double start = edist_seconds();
    for (size_t i = 0; i < N; i += ROWS) {
      for (size_t k = 0; k < P; k += COLUMNS) {
        edist_source_pack(&x, kernel, i, ROWS, k, COLUMNS, kernel->mr, panel);
      }
    }
    const double taken = edist_seconds() - start;
    if (taken < least) least = taken;
  }
  free(panel);
  free(data);
  return least / N / P;
}

int main(int argc, char **argv) {
  static const size_t task[][2] = {
      {2000, 2000}, {6000, 1000}, {5000, 64}, {5000, 3}};
  const struct edist_isa *isa = edist_isa_choose();
  const double seconds = argc > 1 ? atof(argv[1]) : 1;
  if (!isa) return 1;
  printf("pack 1 %g\n", packing(isa->kernel));
  for (int a = 2; a < argc; a++) {
    const int threads = atoi(argv[a]);
    printf(
        "peak %d %g\n", threads,
        edist_roofline_sum(isa->kernel, EDIST_ACCUMULATE_sqdist, threads, 0.1));
    printf("root %d %g\n", threads,
           edist_roofline_root(isa->kernel, threads, 0.1));
    printf("touch %d %g\n", threads, edist_roofline_write(threads, 0.2).fresh);
    for (size_t t = 0; t < sizeof task / sizeof *task; t++) {
      printf("%zux%zu %d %g\n", task[t][0], task[t][1], threads,
             cross(isa->kernel, task[t][0], task[t][1], threads, seconds));
      /* Between the tasks too: what the machine can do changes. */
      printf("touch %d %g\n", threads,
             edist_roofline_write(threads, 0.2).fresh);
    }
    fflush(stdout);
  }
  for (size_t t = 0; t < sizeof task / sizeof *task; t++) {
    const struct edist_blocks b =
        edist_blocks_make(task[t][0], task[t][0], task[t][1],
                          EDIST_REGION_rectangle, 0, isa->kernel, 1);
    printf("columns_%zux%zu 1 %zu\n", task[t][0], task[t][1], b.slabs);
    printf("unit_%zux%zu 1 %zu\n", task[t][0], task[t][1], b.unit * b.nc);
  }
  return 0;
}
