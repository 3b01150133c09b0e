/* Tests of the C core without R, for sanitizers: every instruction set, sizes
 * around the edges of tiles and blocks, threads 1 to 4, all sinks, against the
 * formula. Prints a line per instruction set; exits 1 if anything differs. */
#define _GNU_SOURCE /* mkdtemp() is no part of C17 */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <signal.h>
#include <sys/ptrace.h>
#endif
#ifndef _WIN32
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "approach/openmp-inner.h"
#include "approach/openmp-outer.h"
#include "approach/shared.h"
#include "engine/engine.h"
#include "engine/queue.h"
#include "engine/roofline.h"
#include "engine/run-selection.h"
#include "engine/threads.h"
#include "sink/selection.h"
#include "store/tile-file.h"
#include "store/token.h"

static long checks = 0, failures = 0;

static void check(bool good, const char *what, size_t n, size_t m, size_t p) {
  checks++;
  if (good) return;
  failures++;
  if (failures < 20) fprintf(stderr, "%s: n=%zu m=%zu p=%zu\n", what, n, m, p);
}

/* Small whole numbers: every sum is exact, so results must be identical. */
static double *whole_numbers(size_t length, unsigned seed) {
  double *x = malloc((length + 1) * sizeof *x);
  for (size_t i = 0; i < length; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (double)(seed >> 24) - 128;
  }
  return x;
}

static double formula(const double *x, size_t n, size_t i, const double *y,
                      size_t m, size_t j, size_t p) {
  double sum = 0;
  for (size_t k = 0; k < p; k++) {
    const double diff = x[i + k * n] - y[j + k * m];
    sum += diff * diff;
  }
  return sqrt(sum);
}

/* Blocks that several threads take are all of the region, each pair once. */
static void check_queue(enum edist_region region, size_t chunk, size_t n,
                        size_t m, int threads) {
  const struct edist_kernel *kernel = &edist_kernel_portable;
  const struct edist_blocks blocks =
      edist_blocks_make(n, m, 300, region, chunk, kernel, threads);
  struct edist_queue queue = edist_queue_make(&blocks);
  unsigned char *seen = calloc(n * m, 1);
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
        for (size_t i = e.i0; i < e.i1; i++) seen[i + j * n]++;
      }
    }
  }
  bool once = true;
  for (size_t j = 0; j < m; j++) {
    const size_t first = region == EDIST_REGION_rectangle ? 0 : j;
    const size_t end = region == EDIST_REGION_diagonal ? j + 1 : n;
    for (size_t i = 0; i < n; i++) {
      if (seen[i + j * n] > 1) once = false;
      if (i >= first && i < end && !seen[i + j * n]) once = false;
    }
  }
  check(inside && once, "queue", n, m, (size_t)threads);
  free(seen);
  edist_queue_free(&queue);
}

/* Any number of values, to any address, with the caches or past them. */
static void check_finish(const struct edist_kernel *kernel) {
  enum { MOST = 40 };
  const struct edist_epilogue f = {.transform = EDIST_TRANSFORM_root, .weights = 1};
  double sum[MOST + 8], memory[MOST + 10];
  for (int i = 0; i < MOST + 8; i++) sum[i] = i * i;
  for (size_t n = 0; n <= MOST; n++) {
    for (size_t shift = 0; shift < 16; shift++) {
      for (size_t i = 0; i < MOST + 10; i++) memory[i] = -1;
      double *to = memory + 1 + shift % 8;
      kernel->epilogue(&f, n, sum + shift % 7, NULL, to, shift >= 8);
      bool same = to[-1] == -1 && to[n] == -1;
      for (size_t i = 0; i < n; i++) {
        if (to[i] != (double)(i + shift % 7)) same = false;
      }
      check(same, "finish", n, shift, 0);
    }
  }
}

static void check_roofline(const struct edist_kernel *kernel) {
  const enum edist_accumulate sums[] = {EDIST_ACCUMULATE_sqdist,
                                        EDIST_ACCUMULATE_absdiff,
                                        EDIST_ACCUMULATE_maxdiff};
  for (size_t i = 0; i < 3; i++) {
    const double rate = edist_roofline_sum(kernel, sums[i], 2, 0);
    check(rate > 1e5 && rate < 1e13, "peak", i, 0, 0);
  }
  const double roots = edist_roofline_root(kernel, 2, 0);
  check(roots > 1e5 && roots < 1e12, "roots", 0, 0, 0);
}

/* Guard values before and after show writes outside the result. */
static double *guarded(size_t length) {
  double *out = malloc((length + 2) * sizeof *out);
  for (size_t i = 0; i < length + 2; i++) out[i] = -1;
  return out + 1;
}
static bool guards_hold(double *out, size_t length) {
  return out[-1] == -1 && out[length] == -1;
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
  check(good, "cross", n, m, p);
  free(out - 1);
  free(x);
  free(y);
}

static void check_within(const struct edist_kernel *kernel, size_t n, size_t p,
                         int threads) {
  double *x = whole_numbers(n * p, 3);
  int *whole = malloc((n * p + 1) * sizeof *whole);
  for (size_t i = 0; i < n * p; i++) whole[i] = (int)x[i];
  double *full = guarded(n * n), *packed = guarded(edist_packed_length(n));
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source si = edist_source_integer(whole, n, p);
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
         guards_hold(full, n * n) &&
         guards_hold(packed, edist_packed_length(n));
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < n; i++) {
      good = good && full[i + j * n] == formula(x, n, i, x, n, j, p);
    }
    for (size_t i = j + 1; i < n; i++) {
      good = good && packed[edist_packed_index(n, i, j)] == full[i + j * n];
    }
  }
  check(good, "within", n, n, p);
  free(full - 1);
  free(packed - 1);
  free(whole);
  free(x);
}

/* Stopping in mid-run must leave nothing behind: LeakSanitizer looks on. */
static bool stop_at_once(void *data, double done) {
  int *asked = data;
  ++*asked;
  return done < 0;
}
static void check_stop(const struct edist_kernel *kernel) {
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
  check(status == EDIST_STATUS_cancelled && asked == 1, "stop", n, n, p);
  free(out - 1);
  free(x);
}

/* The rules of dist() for missing and infinite values, a pair at a time. */
struct tally {
  double sum, most, on, differ;
  size_t used;
};
static void tally_column(struct tally *t, const char *method, double x,
                         double y, double power) {
  if (isnan(x) || isnan(y)) return;
  if (strcmp(method, "binary") == 0) {
    if (isinf(x) || isinf(y)) return;
    t->used++;
    t->on += x != 0 || y != 0;
    t->differ += (x != 0) != (y != 0);
    return;
  }
  double term = fabs(x - y);
  if (strcmp(method, "canberra") == 0) {
    const double both = fabs(x) + fabs(y);
    if (!(both > DBL_MIN || term > DBL_MIN)) return;
    term = isinf(term) && term == both ? 1 : term / both;
  }
  if (isnan(term)) return;
  t->used++;
  if (term > t->most) t->most = term;
  if (strstr(method, "euclidean")) term *= term;
  if (strcmp(method, "minkowski") == 0) term = pow(term, power);
  t->sum += term;
}
static double rule(const char *method, const double *x, size_t n, size_t i,
                   const double *y, size_t m, size_t j, size_t p,
                   double power) {
  struct tally t = {0};
  for (size_t k = 0; k < p; k++) {
    tally_column(&t, method, x[i + k * n], y[j + k * m], power);
  }
  if (t.used == 0) return NAN;
  if (strcmp(method, "binary") == 0) return t.on == 0 ? 0 : t.differ / t.on;
  if (strcmp(method, "maximum") == 0) return t.most;
  if (t.used != p) t.sum /= (double)t.used / (double)p;
  if (strcmp(method, "euclidean") == 0) return sqrt(t.sum);
  if (strcmp(method, "minkowski") == 0) return pow(t.sum, 1 / power);
  return t.sum;
}
static bool alike(double a, double b, double tolerance) {
  return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= tolerance * fabs(b);
}

/* Small numbers, many of them 0; of `holes` in a thousand values some are
 * missing and some infinite. */
static void punch(double *x, size_t length, unsigned holes, unsigned seed) {
  for (size_t i = 0; i < length; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = fmod(x[i], 5) / 4;
    if (seed >> 16 < holes * 65) {
      x[i] = seed % 4 ? NAN : seed % 8 ? INFINITY : -INFINITY;
    }
  }
}

static void check_methods(const struct edist_kernel *kernel, size_t n, size_t m,
                          size_t p, unsigned holes) {
  double *x = whole_numbers(n * p, 7), *y = whole_numbers(m * p, 8);
  double *out = guarded(n * m);
  punch(x, n * p, holes, 1);
  punch(y, m * p, holes, 2);
  for (size_t k = 0; holes && k < p; k++) x[1 + k * n] = NAN;
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source sy = edist_source_double(y, m, p);
  struct edist_sink_matrix sink = edist_sink_cross(out, n, m);
  const double powers[] = {3, 1.5, 2.3, 1, 2};
  for (size_t c = 0; c < 2 * 11; c++) {
    const bool strict = c % 2;
    struct edist_power power = {.raise = pow};
    power.exponent = c / 2 < 7 ? 3 : powers[c / 2 - 7];
    struct edist_metric metric = edist_metric_table[c / 2 < 7 ? c / 2 : 5];
    const char *name = metric.name;
    if (metric.transform == EDIST_TRANSFORM_power) {
      metric = edist_metric_minkowski(&power, strict);
    }
    const struct edist_job job = {.a = &sx,
                                  .b = &sy,
                                  .metric = &metric,
                                  .strict = strict,
                                  .power = &power,
                                  .missing = NAN,
                                  .kernel = kernel,
                                  .sink = &sink.sink,
                                  .threads = (int)(c % 3) + 1};
    bool good = edist_run(&job) == EDIST_STATUS_done && guards_hold(out, n * m);
    for (size_t j = 0; j < m; j++) {
      for (size_t i = 0; i < n; i++) {
        const double want = rule(name, x, n, i, y, m, j, p, power.exponent);
        good = good && alike(out[i + j * n], want, strict ? 0 : 1e-12);
      }
    }
    check(good, name, c, holes, p);
  }
  free(out - 1);
  free(x);
  free(y);
}

/* Strict sums round every square before they add it: nothing is fused, whatever
 * the compiler does elsewhere. */
static void check_unfused(const struct edist_kernel *kernel) {
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
      double sum = 0;
      for (size_t k = 0; k < p; k++) {
        const double diff = x[i + k * n] - x[j + k * n];
        const volatile double square = diff * diff;
        sum += square;
      }
      good = good && out[i + j * n] == sqrt(sum);
    }
  }
  check(good, "unfused", n, n, p);
  free(out - 1);
  free(x);
}

/* Where pairs stand: one by one for few observations; by the textbook formula
 * for many, where int overflows past 46 341. */
static void check_index(void) {
  for (size_t n = 0; n <= 40; n++) {
    size_t at = 0;
    for (size_t j = 0; j < n; j++) {
      for (size_t i = j + 1; i < n; i++) {
        check(edist_packed_index(n, i, j) == at++, "index", n, i, j);
      }
    }
    check(edist_packed_length(n) == at, "length", n, 0, 0);
  }
  const size_t many[] = {46340, 46341, 46342, 65537, 94906266, 3000000001u};
  for (size_t s = 0; s < sizeof many / sizeof *many; s++) {
    const size_t n = many[s], j = n / 3, i = n / 3 * 2;
    /* n below 2^32: products stay below 2^64. */
    check(edist_packed_length(n) == n * (n - 1) / 2, "length", n, 0, 0);
    check(edist_packed_index(n, i, j) == n * j - j * (j + 1) / 2 + i - j - 1,
          "index", n, i, j);
    check(edist_packed_index(n, n - 1, n - 2) == n * (n - 1) / 2 - 1, "last", n,
          0, 0);
  }
}

/* Sums that overflow or underflow are done anew, in whichever group of columns;
 * distances that do so themselves are what they must be. */
static void check_rescue(const struct edist_kernel *kernel) {
  const size_t n = 3, p = 5000;
  const double sizes[] = {1e200, 1e-200, 5e-324, 1e-162, 1.7e308};
  for (size_t at = 1; at < p; at += 999) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      double *x = calloc(n * p, sizeof *x), *out = guarded(3);
      if (!x) return;
      const double size = sizes[s];
      x[n * at] = size;
      x[1 + n * at] = -size;
      const struct edist_source sx = edist_source_double(x, n, p);
      struct edist_sink_packed sink = edist_sink_packed(out, n);
      const struct edist_job job = {.a = &sx,
                                    .metric = edist_metric_find("euclidean"),
                                    .kernel = kernel,
                                    .sink = &sink.sink,
                                    .threads = 2};
      check(edist_run(&job) == EDIST_STATUS_done && out[0] == 2 * size &&
                out[1] == size && out[2] == size,
            "rescue", s, n, at);
      free(out - 1);
      free(x);
    }
  }
}

/* Weights: as if columns stood there as often. */
static void check_weights(const struct edist_kernel *kernel) {
  const size_t n = 31, p = 300;
  double *x = whole_numbers(n * p, 9), *twice = malloc(2 * n * p * sizeof *x);
  double *weights = malloc(p * sizeof *weights);
  if (!twice || !weights) return;
  size_t columns = 0;
  x[5 + 7 * n] = x[6] = NAN;
  for (size_t k = 0; k < p; k++) {
    weights[k] = (double)(k % 3);
    for (size_t copy = 0; copy < k % 3; copy++) {
      memcpy(twice + n * columns++, x + n * k, n * sizeof *x);
    }
  }
  double *a = guarded(n * n), *b = guarded(n * n);
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source st = edist_source_double(twice, n, columns);
  const struct edist_metric metric = edist_metric_weighted();
  struct edist_sink_matrix to_a = edist_sink_cross(a, n, n);
  struct edist_sink_matrix to_b = edist_sink_cross(b, n, n);
  struct edist_job job = {.a = &sx,
                          .b = &sx,
                          .metric = &metric,
                          .weights = weights,
                          .missing = NAN,
                          .kernel = kernel,
                          .sink = &to_a.sink,
                          .threads = 2};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  job.a = job.b = &st;
  job.metric = edist_metric_find("euclidean");
  job.weights = NULL;
  job.sink = &to_b.sink;
  good = good && edist_run(&job) == EDIST_STATUS_done;
  for (size_t i = 0; i < n * n; i++) good = good && alike(a[i], b[i], 1e-14);
  check(good, "weights", n, n, p);
  free(a - 1);
  free(b - 1);
  free(x);
  free(twice);
  free(weights);
}

/* Sparse columns are the same observations. */
static void check_sparse(const struct edist_kernel *kernel) {
  const size_t n = 61, p = 300;
  double *x = whole_numbers(n * p, 10), *value = malloc(n * p * sizeof *value);
  int *start = malloc((p + 1) * sizeof *start),
      *row = malloc(n * p * sizeof *row);
  double *a = guarded(n * n), *b = guarded(n * n);
  if (!value || !start || !row) return;
  start[0] = 0;
  for (size_t k = 0, at = 0; k < p; k++) {
    for (size_t i = 0; i < n; i++) {
      if ((i * 7 + k * 13) % 11) x[i + k * n] = 0;
      if (x[i + k * n] == 0) continue;
      row[at] = (int)i;
      value[at++] = x[i + k * n];
    }
    start[k + 1] = start[k];
    for (size_t i = 0; i < n; i++) start[k + 1] += x[i + k * n] != 0;
  }
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
  check(good, "sparse", n, n, p);
  free(a - 1);
  free(b - 1);
  free(x);
  free(value);
  free(start);
  free(row);
}

/* The answers without a matrix, of whole numbers with ties: against the
 * formula, a full sort, and each other. */
struct table {
  size_t n, m; /* rows of x, and of y: the queries */
  double *d;   /* n by m */
  bool self;
};
static bool counts_as(const struct table *t, size_t i, size_t j) {
  return !(t->self && i == j) && !isnan(t->d[i + j * t->n]);
}
/* How many rows are before row i among the neighbours of j. */
static size_t rank_of(const struct table *t, size_t i, size_t j) {
  const double *d = t->d + j * t->n;
  size_t rank = 0;
  for (size_t r = 0; r < t->n; r++) {
    if (!counts_as(t, r, j)) continue;
    rank += d[r] < d[i] || (d[r] == d[i] && r < i);
  }
  return rank;
}
static bool nearest_good(const struct table *t, size_t k, const int *index,
                         const double *distance) {
  for (size_t j = 0; j < t->m; j++) {
    size_t there = 0;
    for (size_t i = 0; i < t->n; i++) there += counts_as(t, i, j);
    for (size_t c = 0; c < k; c++) {
      const int i = index[j + c * t->m] - 1;
      if (c >= there) {
        if (i != -2 || !isnan(distance[j + c * t->m])) return false;
      } else if (i < 0 || !counts_as(t, (size_t)i, j) ||
                 rank_of(t, (size_t)i, j) != c ||
                 distance[j + c * t->m] != t->d[(size_t)i + j * t->n]) {
        return false;
      }
    }
  }
  return true;
}
static bool within_good(const struct table *t, double radius, bool triangle,
                        const double *start, const int *query, const int *index,
                        const double *distance) {
  size_t at = 0;
  for (size_t j = 0; j < t->m; j++) {
    if (start[j] != (double)at) return false;
    for (size_t i = triangle ? j + 1 : 0; i < t->n; i++) {
      const double d = t->d[i + j * t->n];
      if (!counts_as(t, i, j) || d > radius) continue;
      if (query[at] != (int)j || index[at] != (int)i || distance[at] != d) {
        return false;
      }
      at++;
    }
  }
  return start[t->m] == (double)at;
}
static bool reduced_good(const struct table *t, enum edist_stat stat,
                         double radius, size_t from, size_t to,
                         const struct edist_reduced *got) {
  for (size_t j = 0; j < t->m; j++) {
    double sum = 0;
    size_t there = 0, best = 0;
    const double *d = t->d + j * t->n;
    for (size_t i = from; i < to; i++) {
      if (!counts_as(t, i, j)) continue;
      if (stat == EDIST_STAT_count && d[i] > radius) continue;
      sum += d[i];
      there++;
      const bool more = stat == EDIST_STAT_max ? best && d[i] > d[best - 1]
                                               : best && d[i] < d[best - 1];
      if (best == 0 || more) best = i + 1;
    }
    const bool seeks = stat == EDIST_STAT_min || stat == EDIST_STAT_max;
    if (got[j].there != (seeks ? best : there)) return false;
    if (seeks && best && got[j].value != d[best - 1]) return false;
    if (stat == EDIST_STAT_sum && fabs(got[j].value - sum) > 1e-12 * sum) {
      return false;
    }
  }
  return true;
}

static void check_within_radius(struct edist_job job, const struct table *t,
                                double radius, bool triangle) {
  double *limit = malloc(t->m * sizeof *limit);
  double *radii = malloc(t->m * sizeof *radii);
  double *start = malloc((t->m + 1) * sizeof *start);
  for (size_t j = 0; j < t->m; j++) {
    limit[j] = edist_square_limit(radius);
    radii[j] = radius;
  }
  struct edist_sink_within sink = edist_sink_within(
      t->n, t->m, limit, radii, t->self, triangle, (size_t)1 << 30);
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  if (triangle) job.b = NULL;
  bool good =
      edist_run_selection(&job, &sink.ranking, false) == EDIST_STATUS_done;
  edist_within_starts(&sink, start);
  const size_t hits = (size_t)start[t->m];
  int *query = malloc((hits + 1) * sizeof *query);
  int *index = malloc((hits + 1) * sizeof *index);
  double *distance = malloc((hits + 1) * sizeof *distance);
  edist_within_fill(&sink, 0, query, index, distance);
  edist_within_free(&sink);
  good =
      good && within_good(t, radius, triangle, start, query, index, distance);
  check(good, "within radius", t->n, t->m, triangle);
  free(limit);
  free(radii);
  free(start);
  free(query);
  free(index);
  free(distance);
}

static void check_reduced(struct edist_job job, const struct table *t,
                          double radius) {
  const size_t end[] = {t->n / 3, t->n / 3, t->n};
  struct edist_reduced *got = malloc(3 * t->m * sizeof *got);
  int *own = malloc(t->m * sizeof *own);
  double *limit = malloc(t->m * sizeof *limit);
  for (size_t j = 0; j < t->m; j++) {
    own[j] = (int)j;
    limit[j] = edist_square_limit(radius);
  }
  for (int stat = EDIST_STAT_min; stat <= EDIST_STAT_count; stat++) {
    struct edist_sink_reduce sink =
        edist_sink_reduce((enum edist_stat)stat, t->n, t->m, t->m, end, 3,
                          t->self ? own : NULL, limit, got);
    job.sink = &sink.sink;
    job.chunk = sink.chunk;
    bool good = edist_run_selection(&job, &sink.ranking,
                                  stat == EDIST_STAT_sum) == EDIST_STATUS_done;
    for (size_t g = 0; g < 3; g++) {
      good = good && reduced_good(t, (enum edist_stat)stat, radius,
                                  g ? end[g - 1] : 0, end[g], got + g * t->m);
    }
    check(good, "reduced", t->n, t->m, (size_t)stat);
  }
  free(got);
  free(own);
  free(limit);
}

static void check_select(const struct edist_kernel *kernel, size_t n, size_t m,
                         size_t p, size_t k, bool self, int threads) {
  double *x = whole_numbers(n * p, 11), *y = whole_numbers(m * p, 12);
  struct table t = {n, m, malloc(n * m * sizeof *t.d), self};
  for (size_t i = 0; i < n * p; i++) x[i] = fmod(x[i], 4);
  for (size_t i = 0; i < m * p; i++) y[i] = self ? x[i] : fmod(y[i], 4);
  if (n > 3) x[2] = NAN;
  if (n > 3 && self) y[2] = NAN;
  if (n > 3 && p > 1) x[2 + n] = NAN;
  if (n > 3 && self && p > 1) y[2 + n] = NAN;
  const struct edist_source sx = edist_source_double(x, n, p);
  const struct edist_source sy = edist_source_double(y, m, p);
  int *index = malloc(m * k * sizeof *index);
  int *own = malloc(m * sizeof *own);
  for (size_t j = 0; j < m; j++) own[j] = (int)j;
  double *distance = guarded(m * k);
  struct edist_sink_matrix all = edist_sink_cross(t.d, n, m);
  struct edist_job job = {.a = &sx,
                          .b = &sy,
                          .metric = edist_metric_find("euclidean"),
                          .missing = NAN,
                          .kernel = kernel,
                          .sink = &all.sink,
                          .threads = threads};
  bool good = edist_run(&job) == EDIST_STATUS_done;
  struct edist_sink_nearest sink =
      edist_sink_nearest(index, distance, n, m, k, self ? own : NULL, -1);
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  good = good &&
         edist_run_selection(&job, &sink.ranking, false) == EDIST_STATUS_done &&
         guards_hold(distance, m * k) && nearest_good(&t, k, index, distance);
  check(good, "nearest", n, m, k);
  job.chunk = 0;
  check_within_radius(job, &t, 2, false);
  if (self) check_within_radius(job, &t, 2, true);
  check_reduced(job, &t, 2);
  free(x);
  free(y);
  free(t.d);
  free(index);
  free(own);
  free(distance - 1);
}

/* Values of any size, whose squares are not to decide. */
static void check_select_sizes(const struct edist_kernel *kernel) {
  const double sizes[] = {1, 1e-200, 1e200, 1e-162, 1e300};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    double x[] = {0, 3 * sizes[s], 1 * sizes[s], 2 * sizes[s], 0.5};
    int index[5 * 4];
    const int own[] = {0, 1, 2, 3, 4};
    double distance[5 * 4];
    const struct edist_source sx = edist_source_double(x, 5, 1);
    struct edist_sink_nearest sink =
        edist_sink_nearest(index, distance, 5, 5, 4, own, -1);
    const struct edist_job job = {.a = &sx,
                                  .b = &sx,
                                  .metric = edist_metric_find("euclidean"),
                                  .missing = NAN,
                                  .kernel = kernel,
                                  .sink = &sink.sink,
                                  .chunk = sink.chunk,
                                  .threads = 2};
    bool good =
        edist_run_selection(&job, &sink.ranking, false) == EDIST_STATUS_done;
    for (size_t c = 0; c + 1 < 4; c++) {
      good = good && distance[5 * c] <= distance[5 * (c + 1)];
      good = good && distance[5 * c] == fabs(x[index[5 * c] - 1]);
    }
    check(good, "sizes", s, 0, 0);
  }
}

/* The plain programs take rows side by side. */
static void check_approaches(size_t n, size_t m, size_t p, int threads) {
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
  check(good, "approaches", n, m, p);
  free(inner - 1);
  free(outer - 1);
  free(x);
  free(y);
}

/* What a forked process writes, this one sees. */
static void check_shared(void) {
#ifndef _WIN32
  const size_t bytes = 3 * sizeof(double);
  double *memory = edist_shared_map(bytes);
  if (!memory) {
    check(false, "shared", 3, 1, 0);
    return;
  }
  const bool zeros = memory[0] == 0 && memory[2] == 0;
  const pid_t child = fork();
  if (child == 0) {
    memory[1] = 5;
    _exit(0);
  }
  waitpid(child, NULL, 0);
  check(zeros && memory[1] == 5, "shared", 3, 1, 0);
  edist_shared_unmap(memory, bytes);
  check(!edist_shared_map(SIZE_MAX / 2), "shared, too much", 0, 0, 0);
#endif
}

#if defined(__linux__)
static void put(const char *root, const char *name, const char *text) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s", root, name);
  for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
    *at = '\0';
    mkdir(path, 0700);
    *at = '/';
  }
  FILE *file = fopen(path, "w");
  if (!file) return;
  fputs(text, file);
  fclose(file);
}
#endif

/* Quotas hold on every level, also above a group named like the mount point. */
static void check_quota(void) {
#if defined(__linux__)
  char root[] = "/tmp/edist-core-XXXXXX", clean[64];
  if (!mkdtemp(root)) return;
  put(root, "/proc/self/cgroup", "0::/cgroup/job\n");
  put(root, "/sys/fs/cgroup/cgroup/job/cpu.max", "max 100000\n");
  put(root, "/sys/fs/cgroup/cgroup/cpu.max", "800000 100000\n");
  check(edist_threads_quota(root) == 8, "quota, group", 0, 0, 0);
  put(root, "/sys/fs/cgroup/cpu.max", "250000 100000\n");
  check(edist_threads_quota(root) == 3, "quota, root", 0, 0, 0);
  put(root, "/proc/self/cgroup", "7:cpuset:/\n4:cpu,cpuacct:/a/b\n");
  put(root, "/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  put(root, "/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  put(root, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000\n");
  put(root, "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  check(edist_threads_quota(root) == 2, "quota, version 1", 0, 0, 0);
  snprintf(clean, sizeof clean, "rm -rf '%s'", root);
  check(system(clean) == 0, "quota, cleaning", 0, 0, 0);
#endif
}

/* Names made of tokens do not meet, and a part that is there stays as it is. */
static void check_exclusive(void) {
  const struct edist_file file = {"core-taken.part", "core-taken"};
  const struct edist_tile_shape shape = {2, 2};
  const double x[] = {1, 2, 3, 4};
  const struct edist_tile tile = {x, 2, 2, false};
  check(edist_token() != edist_token(), "token", 0, 0, 0);
  FILE *part = fopen(file.temporary, "wb");
  bool good = part && fputs("mine", part) >= 0 && fclose(part) == 0;
  good = good && edist_file_write(&file, x, sizeof x) == EEXIST &&
         edist_tile_write(&file, &tile, &shape) == EEXIST &&
         !fopen(file.name, "rb");
  char text[8] = "";
  part = fopen(file.temporary, "rb");
  good = good && part && fgets(text, sizeof text, part) &&
         !strcmp(text, "mine");
  if (part) fclose(part);
  check(good, "a part that is there", 0, 0, 0);
  remove(file.temporary);
}

#if defined(__linux__)
enum { KILL_ROWS = 33, KILL_COLUMNS = 40, KILL_CELLS = 33 * 40 };

/* Writes a tile of this value in a process that is killed at its stop of this
 * number: it stops before and after each call to the system. Whether it was
 * killed; -1 if processes cannot be traced here. */
static int killed_writing(const struct edist_file *file, double value,
                          int stop) {
  static double x[KILL_CELLS];
  for (int i = 0; i < KILL_CELLS; i++) x[i] = value;
  const struct edist_tile tile = {x, KILL_ROWS, KILL_COLUMNS, false};
  const struct edist_tile_shape shape = {KILL_ROWS, KILL_COLUMNS};
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(2);
    raise(SIGSTOP);
    _exit(edist_tile_write(file, &tile, &shape) != 0);
  }
  int status;
  waitpid(child, &status, 0);
  for (int at = 0; WIFSTOPPED(status); at++) {
    if (at == stop) kill(child, SIGKILL);
    if (at < stop) ptrace(PTRACE_SYSCALL, child, NULL, NULL);
    waitpid(child, &status, 0);
  }
  if (WIFSIGNALED(status)) return 1;
  check(WEXITSTATUS(status) != 1, "a tile that is not killed", 0, 0, 0);
  return WEXITSTATUS(status) == 2 ? -1 : 0;
}

/* The value of all cells of a tile, -2 if it is not whole, -1 if there is none. */
static double tile_value(const char *file) {
  static double x[KILL_CELLS + 1];
  FILE *stream = fopen(file, "rb");
  if (!stream) return -1;
  const size_t n = fread(x, sizeof *x, KILL_CELLS + 1, stream);
  fclose(stream);
  for (size_t i = 1; i < n; i++) {
    if (x[i] != x[0]) return -2;
  }
  return n == KILL_CELLS ? x[0] : -2;
}
#endif

/* A writer that is killed at any point leaves a whole tile, or what was there. */
static void check_kill(void) {
#if defined(__linux__)
  const char *whole = "core-killed";
  char part[64];
  int killed = 1, stops = 0;
  for (; killed == 1; stops++) {
    for (double before = -1; killed == 1 && before <= 1; before += 2) {
      snprintf(part, sizeof part, "core-killed-%d-%g.part", stops, before);
      const struct edist_file file = {part, whole};
      remove(whole);
      if (before > 0) killed_writing(&file, before, INT_MAX);
      killed = killed_writing(&file, 2, stops);
      const double now = tile_value(whole);
      check(killed < 0 || now == 2 || (killed && now == before), "killed tile",
            (size_t)stops, 0, 0);
      remove(part);
    }
  }
  remove(whole);
  if (killed < 0) {
    printf("processes cannot be traced here: none was killed\n");
  } else {
    check(stops > 10, "stops to be killed at", (size_t)stops, 0, 0);
  }
#endif
}

/* What is written as a tile, or mirrored, is read again, any part of it; what
 * cannot be written or read is told, and leaves nothing behind. */
static void check_tile_file(size_t n, size_t m, size_t tile_rows,
                            size_t tile_cols, bool mirrored) {
  const struct edist_file file = {"core-tile.part", "core-tile"};
  const struct edist_tile_shape shape = {tile_rows, tile_cols};
  double *x = whole_numbers(n * m, 7);
  double *out = guarded(n * m);
  const struct edist_tile tile = {x, n, m, mirrored};
  size_t *row = malloc(n * sizeof *row), *col = malloc(m * sizeof *col);
  /* Backwards: in no order that is easy. */
  for (size_t i = 0; i < n; i++) row[i] = n - 1 - i;
  for (size_t j = 0; j < m; j++) col[j] = m - 1 - j;
  const struct edist_tile_cells cells = {
      mirrored ? col : row, mirrored ? col : row, mirrored ? row : col,
      mirrored ? row : col, mirrored ? m : n,     mirrored ? n : m,
      out,                  mirrored ? m : n};
  bool good = edist_tile_write(&file, &tile, &shape) == 0 &&
              edist_tile_read(file.name, &shape, &cells) == 0 &&
              guards_hold(out, n * m) && !fopen(file.temporary, "rb");
  for (size_t i = 0; good && i < n; i++) {
    for (size_t j = 0; good && j < m; j++) {
      good = x[i + j * n] == (mirrored ? out[j + i * m] : out[i + j * n]);
    }
  }
  /* A file that ends too early. */
  struct edist_tile_cells beyond = cells;
  const size_t last = tile_cols;
  beyond.col = &last;
  beyond.ncol = 1;
  good = good && edist_tile_read(file.name, &shape, &beyond) == EIO;
  remove(file.name);
  const struct edist_file nowhere = {"no-such-folder/part", "no-such-folder/x"};
  good = good && edist_tile_read(file.name, &shape, &cells) == ENOENT &&
         edist_tile_write(&nowhere, &tile, &shape) == ENOENT &&
         edist_file_write(&nowhere, x, 8) == ENOENT;
  check(good, "tile file", n, m, tile_rows);
  free(x);
  free(out - 1);
  free(row);
  free(col);
}

int main(void) {
  check_index();
  check_approaches(7, 5, 3, 2);
  check_approaches(1, 9, 1, 3);
  check_shared();
  check_quota();
  check_exclusive();
  check_kill();
  for (int threads = 1; threads <= 4; threads++) {
    check_queue(EDIST_REGION_rectangle, 0, 1000, 70, threads);
    check_queue(EDIST_REGION_triangle, 0, 1000, 1000, threads);
    check_queue(EDIST_REGION_rectangle, 0, 1, 5000, threads);
    check_queue(EDIST_REGION_rectangle, 960, 3000, 50, threads);
    check_queue(EDIST_REGION_diagonal, 0, 100, 100, threads);
  }
  for (int mirrored = 0; mirrored <= 1; mirrored++) {
    check_tile_file(70, 100, 100, 101, mirrored);
    check_tile_file(33, 1, 33, 33, mirrored);
    check_tile_file(1, 1, 1, 1, mirrored);
  }
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    if (!isa->runs()) {
      printf("%s does not run here\n", isa->name);
      continue;
    }
    const size_t most = 2 * 24 + 1;
    for (size_t n = 1; n <= most; n++) {
      const int threads = (int)(n % 4) + 1;
      check_within(isa->kernel, n, 5, threads);
      check_cross(isa->kernel, n, most + 1 - n, 3, threads);
      check_cross(isa->kernel, n, 1, 65, threads);
    }
    const size_t columns[] = {1, 63, 64, 65, 128, 129, 2048, 2049, 2177, 4097};
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
      check_within(isa->kernel, 26, columns[c], 2);
      check_cross(isa->kernel, 9, 30, columns[c], 3);
    }
    const size_t rows[] = {239, 241, 481, 961};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
      check_within(isa->kernel, rows[r], 3, 2);
      check_cross(isa->kernel, rows[r], 50, 130, 4);
      check_cross(isa->kernel, 50, rows[r], 2300, 2);
    }
    /* Taller than a block of one column, and than the sums finished together.
     */
    check_cross(isa->kernel, 70001, 3, 1, 3);
    check_within(isa->kernel, 2401, 1, 3);
    /* So large that results go past the caches, to addresses of all kinds. */
    check_cross(isa->kernel, 1501, 1500, 2, 2);
    check_finish(isa->kernel);
    check_roofline(isa->kernel);
    check_stop(isa->kernel);
    for (unsigned holes = 0; holes <= 100; holes += 50) {
      check_methods(isa->kernel, 29, 53, 5, holes);
      check_methods(isa->kernel, 29, 53, 300, holes);
      check_methods(isa->kernel, 26, 3, 2500, holes);
    }
    check_unfused(isa->kernel);
    check_rescue(isa->kernel);
    check_weights(isa->kernel);
    check_sparse(isa->kernel);
    for (size_t n = 1; n <= most; n++) {
      const int threads = (int)(n % 4) + 1;
      check_select(isa->kernel, n, most + 1 - n, 2, n, false, threads);
      check_select(isa->kernel, n, n, 3, n, true, threads);
    }
    check_select(isa->kernel, 2500, 3, 2, 60, false, 3);
    check_select(isa->kernel, 1000, 40, 300, 7, false, 2);
    check_select(isa->kernel, 500, 500, 2, 30, true, 4);
    check_select_sizes(isa->kernel);
    printf("%s: %ld checks, %ld failures\n", isa->name, checks, failures);
  }
  return failures != 0;
}
