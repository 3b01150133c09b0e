/* Input other than a matrix of doubles. Integers are tested in sinks.c, with
 * the triangles. */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "engine/engine.h"

/* Sets most of x to 0, and writes the rest as compressed columns. */
static void thin_out(double *x, size_t n, size_t p, int *start, int *row,
                     double *value) {
  int at = 0;
  for (size_t k = 0; k < p; k++) {
    start[k] = at;
    for (size_t i = 0; i < n; i++) {
      if ((i * 7 + k * 13) % 11) x[i + k * n] = 0;
      if (x[i + k * n] == 0) continue;
      row[at] = (int)i;
      value[at++] = x[i + k * n];
    }
  }
  start[p] = at;
}

/* Sparse columns give the results of the dense ones. */
static void test_sparse(const struct edist_kernel *kernel) {
  const size_t n = 61, p = 300;
  double *x = whole_numbers(n * p, 10), *value = malloc(n * p * sizeof *value);
  int *start = malloc((p + 1) * sizeof *start);
  int *row = malloc(n * p * sizeof *row);
  if (!value || !start || !row) abort();
  thin_out(x, n, p, start, row, value);
  double *a = guarded(n * n), *b = guarded(n * n);
  const struct edist_sparse sparse = {start, row, value};
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source ss = edist_source_sparse(&sparse, n, p);
  struct edist_sink_matrix to_a = edist_sink_symmetric(a, n);
  struct edist_sink_matrix to_b = edist_sink_cross(b, n, n);
  struct edist_job job = {.a = &ss,
                          .metric = edist_metric_find("manhattan"),
                          .missing = NAN,
                          .kernel = kernel,
                          .sink = &to_a.sink,
                          .threads = 2};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  job.a = job.b = &sx;
  job.sink = &to_b.sink;
  good = good && edist_run(&job) == EDIST_STATUS_done;
  for (size_t i = 0; i < n * n; i++) good = good && a[i] == b[i];
  CHECK(good, "sparse and dense");
  guarded_free(a);
  guarded_free(b);
  free(x);
  free(value);
  free(start);
  free(row);
}

const struct test source_tests[] = {{.name = "sparse", .run_with = test_sparse},
                                    {0}};
