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

/* Rows whose values stand together are packed as columns are. */
static void test_by_row(const struct edist_kernel *kernel) {
  const size_t n = 61, p = 70, lanes[] = {1, 4, 8, 24};
  double *x = whole_numbers(n * p, 11), *rows = malloc(n * p * sizeof *rows);
  if (!rows) abort();
  x[5] = NAN;
  x[6] = 0x1p-500;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < p; k++) rows[i * p + k] = x[i + k * n];
  }
  const struct edist_source a = edist_source_double(x, n, p);
  const struct edist_source b = edist_source_by_row(rows, n, p);
  for (size_t l = 0; l < 4; l++) {
    double *to_a = guarded((n + 24) * p), *to_b = guarded((n + 24) * p);
    const size_t i0 = 3, k0 = 2, nrow = n - 5, ncol = p - 3;
    const unsigned of_a =
        a.pack(&a, kernel, i0, nrow, k0, ncol, lanes[l], to_a);
    const unsigned of_b =
        b.pack(&b, kernel, i0, nrow, k0, ncol, lanes[l], to_b);
    bool good = of_a == of_b;
    for (size_t v = 0; v < nrow / lanes[l] * lanes[l] * ncol; v++) {
      good = good && (to_a[v] == to_b[v] || (isnan(to_a[v]) && isnan(to_b[v])));
    }
    CHECK(good, "by row, %zu lanes", lanes[l]);
    guarded_free(to_a);
    guarded_free(to_b);
  }
  free(x);
  free(rows);
}

const struct test source_tests[] = {{.name = "sparse", .run_with = test_sparse},
                                    {.name = "by row", .run_with = test_by_row},
                                    {0}};
