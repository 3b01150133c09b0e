/* Single properties of the kernels: writing results, rounding, sums that
 * overflow or underflow, huge values, weights, and the peaks they are measured
 * against. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/engine.h"
#include "engine/roofline.h"

/* Any number of values, to any address, through the caches or past them. */
static void test_epilogue(const struct edist_kernel *kernel) {
  enum { MAX_LENGTH = 40 };
  const struct edist_epilogue f = {.transform = EDIST_TRANSFORM_root,
                                   .weights = 1};
  double sum[MAX_LENGTH + 8], memory[MAX_LENGTH + 10];
  for (int i = 0; i < MAX_LENGTH + 8; i++) sum[i] = i * i;
  for (size_t n = 0; n <= MAX_LENGTH; n++) {
    for (size_t shift = 0; shift < 16; shift++) {
      for (size_t i = 0; i < MAX_LENGTH + 10; i++) memory[i] = -1;
      double *to = memory + 1 + shift % 8;
      kernel->epilogue(&f, n, sum + shift % 7, NULL, to, shift >= 8);
      bool same = to[-1] == -1 && to[n] == -1;
      for (size_t i = 0; i < n; i++) {
        if (to[i] != (double)(i + shift % 7)) same = false;
      }
      CHECK(same, "%zu values, shift %zu", n, shift);
    }
  }
}

static void test_roofline(const struct edist_kernel *kernel) {
  const enum edist_accumulate sums[] = {EDIST_ACCUMULATE_sqdist,
                                        EDIST_ACCUMULATE_absdiff,
                                        EDIST_ACCUMULATE_maxdiff};
  for (size_t i = 0; i < 3; i++) {
    const double rate = edist_roofline_sum(kernel, sums[i], 2, 0);
    CHECK(rate > 1e5 && rate < 1e13, "peak of sum %zu: %g", i, rate);
  }
  const double roots = edist_roofline_root(kernel, 2, 0);
  CHECK(roots > 1e5 && roots < 1e12, "peak of roots: %g", roots);
}

/* One chain of sums, in which every square is rounded before it is added. */
static double unfused(const double *x, size_t n, size_t i, size_t j, size_t p) {
  double sum = 0;
  for (size_t k = 0; k < p; k++) {
    const double diff = x[i + k * n] - x[j + k * n];
    const volatile double square = diff * diff;
    sum += square;
  }
  return sqrt(sum);
}

/* Strict sums fuse nothing, whatever the compiler does elsewhere. */
static void test_unfused(const struct edist_kernel *kernel) {
  const size_t n = 7, p = 300;
  double *x = whole_numbers(n * p, 11), *out = guarded(n * n);
  for (size_t i = 0; i < n * p; i++) x[i] = sin(x[i]);
  const struct edist_source sx = edist_source_double(x, n, p);
  struct edist_sink_matrix sink = edist_sink_cross(out, n, n);
  const struct edist_job job = {.a = &sx,
                                .b = &sx,
                                .metric = edist_metric_find("euclidean"),
                                .strict = true,
                                .missing = NAN,
                                .kernel = kernel,
                                .sink = &sink.sink,
                                .threads = 2};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < n; i++) {
      good = good && out[i + j * n] == unfused(x, n, i, j, p);
    }
  }
  CHECK(good, "strict sums");
  guarded_free(out);
  free(x);
}

/* Two rows whose only difference is +size and -size in one column, and a row of
 * zeros. */
static void check_rescue(const struct edist_kernel *kernel, size_t p,
                         size_t column, double size) {
  const size_t n = 3;
  double *x = calloc(n * p, sizeof *x), *out = guarded(3);
  if (!x) abort();
  x[n * column] = size;
  x[1 + n * column] = -size;
  const struct edist_source sx = edist_source_double(x, n, p);
  struct edist_sink_packed sink = edist_sink_packed(out, n);
  const struct edist_job job = {.a = &sx,
                                .metric = edist_metric_find("euclidean"),
                                .kernel = kernel,
                                .sink = &sink.sink,
                                .threads = 2};
  CHECK(edist_run(&job) == EDIST_STATUS_done && out[0] == 2 * size &&
            out[1] == size && out[2] == size,
        "%g in column %zu of %zu", size, column, p);
  guarded_free(out);
  free(x);
}

/* Sums that overflow or underflow are computed again, in whichever group of
 * columns it happens; a distance that is itself infinite or tiny stays so. */
static void test_rescue(const struct edist_kernel *kernel) {
  const double sizes[] = {1e200, 1e-200, 5e-324, 1e-162, 1.7e308};
  for (size_t column = 1; column < 5000; column += 999) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      check_rescue(kernel, 5000, column, sizes[s]);
    }
  }
}

/* Canberra distances of rows of ones, but that two rows have, in one column,
 * huge values whose sum overflows. */
static void check_huge(const struct edist_kernel *kernel, bool by_row, size_t i,
                       size_t j, size_t column) {
  const size_t n = 39, p = 300;
  double *x = malloc(n * p * sizeof *x), *out = guarded(n * n);
  if (!x) abort();
  for (size_t k = 0; k < n * p; k++) x[k] = 1;
  x[by_row ? i * p + column : i + column * n] = 1.5e308;
  x[by_row ? j * p + column : j + column * n] = 1e308;
  const struct edist_source source =
      by_row ? edist_source_by_row(x, n, p) : edist_source_double(x, n, p);
  struct edist_sink_matrix sink = edist_sink_cross(out, n, n);
  const struct edist_job job = {.a = &source,
                                .b = &source,
                                .metric = edist_metric_find("canberra"),
                                .kernel = kernel,
                                .sink = &sink.sink,
                                .threads = 2};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  for (size_t r = 0; r < n * n; r++) {
    const bool huge_a = r % n == i || r % n == j;
    const bool huge_b = r / n == i || r / n == j;
    const double d = huge_a && huge_b ? 0.2 : huge_a || huge_b;
    good = good && fabs(out[r] - (r % n == r / n ? 0 : d)) < 1e-15;
  }
  CHECK(good, "rows %zu and %zu, column %zu", i, j, column);
  guarded_free(out);
  free(x);
}

static void test_huge(const struct edist_kernel *kernel) {
  for (size_t i = 1; i < 39; i++) {
    check_huge(kernel, i % 2, i, 0, i * 7);
    check_huge(kernel, i % 3, 38 - i, 38, 299 - i);
  }
}

/* The columns of x, each as many times as its weight says. Returns their
 * number. */
static size_t repeat_columns(const double *x, size_t n, size_t p,
                             const double *weights, double *to) {
  size_t columns = 0;
  for (size_t k = 0; k < p; k++) {
    for (int copy = 0; copy < (int)weights[k]; copy++) {
      memcpy(to + n * columns++, x + n * k, n * sizeof *x);
    }
  }
  return columns;
}

/* A whole weight has the effect of as many copies of the column. */
static void check_weights(const struct edist_kernel *kernel, const char *name) {
  const size_t n = 31, p = 300;
  double *x = whole_numbers(n * p, 9), *copies = malloc(2 * n * p * sizeof *x);
  double *weights = malloc(p * sizeof *weights);
  if (!copies || !weights) abort();
  x[5 + 7 * n] = x[6] = NAN;
  for (size_t k = 0; k < p; k++) weights[k] = (double)(k % 3);
  const size_t columns = repeat_columns(x, n, p, weights, copies);
  double *a = guarded(n * n), *b = guarded(n * n);
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source sc = edist_source_double(copies, n, columns);
  const struct edist_metric plain = *edist_metric_find(name);
  const struct edist_metric weighted = edist_metric_weighted(plain);
  const struct edist_power power = {.exponent = 2.5, .raise = pow};
  struct edist_sink_matrix to_a = edist_sink_cross(a, n, n);
  struct edist_sink_matrix to_b = edist_sink_cross(b, n, n);
  struct edist_job job = {.a = &sx,
                          .b = &sx,
                          .metric = &weighted,
                          .power = &power,
                          .weights = weights,
                          .missing = NAN,
                          .kernel = kernel,
                          .sink = &to_a.sink,
                          .threads = 2};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  job.a = job.b = &sc;
  job.metric = &plain;
  job.weights = NULL;
  job.sink = &to_b.sink;
  good = good && edist_run(&job) == EDIST_STATUS_done;
  for (size_t i = 0; i < n * n; i++) good = good && alike(a[i], b[i], 1e-14);
  CHECK(good, "%s, weights and copies", name);
  guarded_free(a);
  guarded_free(b);
  free(x);
  free(copies);
  free(weights);
}

static void test_weights(const struct edist_kernel *kernel) {
  static const char *const names[] = {"euclidean", "sqeuclidean", "manhattan",
                                      "canberra",  "minkowski",   "hamming",
                                      "gower"};
  for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
    check_weights(kernel, names[m]);
  }
}

/* Whether a comes before b: by value, then by index. */
static bool precedes(double a, int i, double b, int j) {
  return a < b || (a == b && i < j);
}

/* The ranks of candidates are those that counting gives. Every other set has
 * ties. */
static void test_rank(const struct edist_kernel *kernel) {
  enum { MAX = 60 };
  unsigned long long state = 5;
  for (size_t n = 0; n <= MAX; n++) {
    for (size_t sorted = 0; sorted <= n && sorted <= 24; sorted += 3) {
      double value[MAX + EDIST_MAX_LANES];
      int index[MAX + EDIST_MAX_LANES], rank[MAX];
      for (size_t i = 0; i < n; i++) {
        value[i] = next_unit(&state);
        if ((n + sorted) % 2) value[i] = floor(4 * value[i]);
        if (n % 7 == 0 && i % 5 == 0) value[i] = INFINITY;
        index[i] = (int)(i * 37 % 101);
      }
      for (size_t i = 1; i < sorted; i++) {
        for (size_t j = i;
             j > 0 && precedes(value[j], index[j], value[j - 1], index[j - 1]);
             j--) {
          const double old = value[j];
          const int row = index[j];
          value[j] = value[j - 1], index[j] = index[j - 1];
          value[j - 1] = old, index[j - 1] = row;
        }
      }
      bool good = kernel->rank(n, sorted, value, index, 1 - 0x1p-49, rank);
      for (size_t i = 0; good && i < n; i++) {
        int before = 0;
        for (size_t j = 0; j < n; j++) {
          before += precedes(value[j], index[j], value[i], index[i]);
        }
        good = rank[i] == before;
      }
      CHECK(good, "%zu candidates, %zu sorted", n, sorted);
    }
  }
  /* Values that nearly tie, wherever they are, are left to roots. */
  for (size_t at = 1; at < 20; at++) {
    double value[21 + EDIST_MAX_LANES];
    int index[21 + EDIST_MAX_LANES], rank[21];
    for (int i = 0; i < 21; i++) value[i] = index[i] = i;
    value[20] = nextafter((double)at, INFINITY);
    CHECK(!kernel->rank(21, 10, value, index, 1 - 0x1p-49, rank), "tie at %zu",
          at);
    value[20] = (double)at + 0.5;
    CHECK(kernel->rank(21, 10, value, index, 1 - 0x1p-49, rank) &&
              rank[20] == (int)at + 1,
          "no tie at %zu", at);
  }
}

const struct test kernel_tests[] = {
    {.name = "rank", .run_with = test_rank},
    {.name = "epilogue", .run_with = test_epilogue},
    {.name = "roofline", .run_with = test_roofline},
    {.name = "unfused", .run_with = test_unfused},
    {.name = "rescue", .run_with = test_rescue},
    {.name = "huge", .run_with = test_huge},
    {.name = "weights", .run_with = test_weights},
    {0}};
