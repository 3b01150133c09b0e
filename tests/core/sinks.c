/* Matrices and triangles: sizes around the edges of tiles and blocks, with one
 * to four threads, against the formula. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/engine.h"

/* The places of pairs: one by one for few observations; by the textbook formula
 * for many, where int overflows past 46 341. */
static void test_index(void) {
  for (size_t n = 0; n <= 40; n++) {
    size_t at = 0;
    for (size_t j = 0; j < n; j++) {
      for (size_t i = j + 1; i < n; i++) {
        CHECK(edist_packed_index(n, i, j) == at++, "n=%zu i=%zu j=%zu", n, i,
              j);
      }
    }
    CHECK(edist_packed_length(n) == at, "length for n=%zu", n);
  }
  const size_t many[] = {46340, 46341, 46342, 65537, 94906266, 3000000001u};
  for (size_t s = 0; s < sizeof many / sizeof *many; s++) {
    const size_t n = many[s], j = n / 3, i = n / 3 * 2;
    if (n > SIZE_MAX / n) break; /* no memory of 32 bits holds so many */
    /* n is below 2^32, so products stay below 2^64. */
    CHECK(edist_packed_length(n) == n * (n - 1) / 2, "length for n=%zu", n);
    CHECK(edist_packed_index(n, i, j) == n * j - j * (j + 1) / 2 + i - j - 1,
          "n=%zu i=%zu j=%zu", n, i, j);
    CHECK(edist_packed_index(n, n - 1, n - 2) == n * (n - 1) / 2 - 1,
          "the last place for n=%zu", n);
  }
}

static void check_cross(const struct edist_kernel *kernel, size_t n, size_t m,
                        size_t p, int threads) {
  double *x = whole_numbers(n * p, 1), *y = whole_numbers(m * p, 2);
  double *out = guarded(n * m);
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source sy = edist_source_double(y, m, p);
  struct edist_sink_matrix sink = edist_sink_cross(out, n, m);
  const struct edist_job job = {.a = &sx,
                                .b = &sy,
                                .metric = edist_metric_find("euclidean"),
                                .kernel = kernel,
                                .sink = &sink.sink,
                                .threads = threads};
  bool good = edist_run(&job) == EDIST_STATUS_done && guards_hold(out, n * m);
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < n; i++) {
      good = good && out[i + j * n] == formula(x, n, i, y, m, j, p);
    }
  }
  CHECK(good, "%zu by %zu rows, %zu columns, %d threads", n, m, p, threads);
  guarded_free(out);
  free(x);
  free(y);
}

static bool triangles_good(const double *x, size_t n, size_t p,
                           const double *full, const double *packed) {
  bool good =
      guards_hold(full, n * n) && guards_hold(packed, edist_packed_length(n));
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < n; i++) {
      good = good && full[i + j * n] == formula(x, n, i, x, n, j, p);
    }
    for (size_t i = j + 1; i < n; i++) {
      good = good && packed[edist_packed_index(n, i, j)] == full[i + j * n];
    }
  }
  return good;
}

/* A symmetric matrix of doubles, and a packed triangle of the same integers. */
static void check_triangles(const struct edist_kernel *kernel, size_t n,
                            size_t p, int threads) {
  double *x = whole_numbers(n * p, 3);
  int *integers = malloc((n * p + 1) * sizeof *integers);
  if (!integers) abort();
  for (size_t i = 0; i < n * p; i++) integers[i] = (int)x[i];
  double *full = guarded(n * n), *packed = guarded(edist_packed_length(n));
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source si = edist_source_integer(integers, n, p);
  struct edist_sink_matrix symmetric = edist_sink_symmetric(full, n);
  struct edist_sink_packed triangle = edist_sink_packed(packed, n);
  struct edist_job job = {.a = &sx,
                          .metric = edist_metric_find("euclidean"),
                          .kernel = kernel,
                          .sink = &symmetric.sink,
                          .threads = threads};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  job.a = &si;
  job.sink = &triangle.sink;
  good = good && edist_run(&job) == EDIST_STATUS_done &&
         triangles_good(x, n, p, full, packed);
  CHECK(good, "%zu rows, %zu columns, %d threads", n, p, threads);
  guarded_free(full);
  guarded_free(packed);
  free(integers);
  free(x);
}

/* Numbers of columns around the sizes of blocks and groups of sums. */
static const size_t columns[] = {1,   63,   64,   65,   128,
                                 129, 2048, 2049, 2177, 4097};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Numbers of rows around the size of a block. */
static const size_t rows[] = {239, 241, 481, 961};
enum { ROWS = sizeof rows / sizeof *rows };

static void test_cross(const struct edist_kernel *kernel) {
  for (size_t n = 1; n <= SEVERAL_TILES; n++) {
    const int threads = (int)(n % 4) + 1;
    check_cross(kernel, n, SEVERAL_TILES + 1 - n, 3, threads);
    check_cross(kernel, n, 1, 65, threads);
  }
  for (size_t c = 0; c < COLUMNS; c++) {
    check_cross(kernel, 9, 30, columns[c], 3);
  }
  for (size_t r = 0; r < ROWS; r++) {
    check_cross(kernel, rows[r], 50, 130, 4);
    check_cross(kernel, 50, rows[r], 2300, 2);
  }
  /* Taller than a block of one column, and than the sums that are finished
   * together. */
  check_cross(kernel, 70001, 3, 1, 3);
  /* So large that results bypass the caches, at addresses of all kinds. */
  check_cross(kernel, 1501, 1500, 2, 2);
}

static void test_triangles(const struct edist_kernel *kernel) {
  for (size_t n = 1; n <= SEVERAL_TILES; n++) {
    check_triangles(kernel, n, 5, (int)(n % 4) + 1);
  }
  for (size_t c = 0; c < COLUMNS; c++) {
    check_triangles(kernel, 26, columns[c], 2);
  }
  for (size_t r = 0; r < ROWS; r++) check_triangles(kernel, rows[r], 3, 2);
  check_triangles(kernel, 2401, 1, 3);
}

/* ---- Few columns: straight from registers, or by way of tiles ------------ */

enum kind { KIND_common, KIND_missing, KIND_tiny, KIND_huge, KIND_alike };
enum { KINDS = 5 };

static double *few_columns(size_t n, size_t p, enum kind kind) {
  double *x = malloc(n * p * sizeof *x);
  unsigned long long state = n + p;
  if (!x) abort();
  for (size_t i = 0; i < n * p; i++) {
    x[i] = next_unit(&state) - 0.5;
    if (kind == KIND_tiny) x[i] *= i % 3 ? 0x1p-500 : 0x1p-540;
    if (kind == KIND_huge) x[i] *= i % 3 ? 0x1p600 : 0x1p1023;
    if (kind == KIND_alike) x[i] = floor(3 * x[i]);
  }
  if (kind == KIND_missing) x[n * p / 2] = NAN;
  return x;
}

/* All shapes of the distances of a job, one after the other. */
static void few_run(struct edist_job job, bool direct, double *out) {
  const size_t n = job.a->nrow, m = job.b->nrow;
  struct edist_sink_matrix cross = edist_sink_cross(out, n, m);
  struct edist_sink_matrix square = edist_sink_symmetric(out + n * m, n);
  struct edist_sink_packed packed = edist_sink_packed(out + n * (m + n), n);
  cross.sink.direct = square.sink.direct = packed.sink.direct = direct;
  job.sink = &cross.sink;
  bool good = edist_run(&job) == EDIST_STATUS_done;
  job.b = NULL;
  job.sink = &square.sink;
  good = good && edist_run(&job) == EDIST_STATUS_done;
  job.sink = &packed.sink;
  good = good && edist_run(&job) == EDIST_STATUS_done;
  CHECK(good, "%zu and %zu rows", n, m);
}

static void check_few(const struct edist_kernel *kernel, const char *method,
                      size_t n, size_t p, enum kind kind) {
  const size_t m = n / 2 + 3;
  const size_t length = n * m + n * n + edist_packed_length(n);
  double *x = few_columns(n, p, kind), *y = few_columns(m, p, kind);
  double *got = guarded(length), *want = guarded(length);
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source sy = edist_source_double(y, m, p);
  const struct edist_job job = {.a = &sx,
                                .b = &sy,
                                .metric = edist_metric_find(method),
                                .missing = NAN,
                                .kernel = kernel,
                                .threads = (int)(n % 4) + 1};
  few_run(job, true, got);
  few_run(job, false, want);
  CHECK(
      guards_hold(got, length) && memcmp(got, want, length * sizeof *got) == 0,
      "%s, %zu rows, %zu columns, kind %d", method, n, p, (int)kind);
  guarded_free(got);
  guarded_free(want);
  free(x);
  free(y);
}

static void test_few(const struct edist_kernel *kernel) {
  const char *const methods[] = {"euclidean", "sqeuclidean", "manhattan",
                                 "maximum"};
  const size_t sizes[] = {1, 2, 7, 8, 9, 49, 242};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    for (size_t p = 1; p <= EDIST_FEW_COLUMNS + 1; p++) {
      for (int kind = 0; kind < KINDS; kind++) {
        check_few(kernel, methods[(s + p) % 4], sizes[s], p, (enum kind)kind);
        check_few(kernel, "euclidean", sizes[s], p, (enum kind)kind);
      }
    }
  }
}

/* Any number of rows, to any address, through the caches or past them. */
static void test_column(const struct edist_kernel *kernel) {
  enum { MAX = 40, LD = MAX + 3 };
  double memory[MAX + 20], x[3 * LD], y[3];
  unsigned long long state = 1;
  for (size_t i = 0; i < 3 * LD; i++) x[i] = floor(9 * next_unit(&state));
  for (size_t k = 0; k < 3; k++) y[k] = floor(9 * next_unit(&state));
  struct edist_column column = {.x = x, .y = y, .ncol = 3, .ld = LD};
  for (size_t n = 0; n <= MAX; n++) {
    for (size_t shift = 0; shift < 16; shift++) {
      double *to = memory + 1 + shift % 8;
      for (size_t i = 0; i < MAX + 20; i++) memory[i] = -1;
      column.stream = shift >= 8;
      bool good = !kernel->column[EDIST_ACCUMULATE_sqdist](&column, n, to);
      good = good && to[-1] == -1 && to[n] == -1;
      for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < 3; k++) {
          sum += (x[i + k * LD] - y[k]) * (x[i + k * LD] - y[k]);
        }
        good = good && to[i] == sum;
      }
      CHECK(good, "%zu rows, shift %zu", n, shift);
    }
  }
}

const struct test sink_tests[] = {
    {.name = "index", .run = test_index},
    {.name = "cross", .run_with = test_cross},
    {.name = "triangles", .run_with = test_triangles},
    {.name = "few-columns", .run_with = test_few},
    {.name = "column", .run_with = test_column},
    {0}};
