/* All methods of rows as they are given, with their rules for missing and
 * infinite values. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/engine.h"

/* What the columns of one pair add up to. */
struct tally {
  double sum, both, max, on, on_x, on_y, differ;
  size_t used;
};

static bool is(const char *method, const char *name) {
  return strcmp(method, name) == 0;
}

static bool is_binary(const char *method) {
  return is(method, "binary") || is(method, "dice") ||
         is(method, "simplematching");
}

static bool is_ratio(const char *method) {
  return is(method, "braycurtis") || is(method, "ruzicka");
}

static void tally_column(struct tally *t, const char *method, double x,
                         double y, double power) {
  if (isnan(x) || isnan(y)) return;
  if (is_binary(method)) {
    if (isinf(x) || isinf(y)) return;
    t->used++;
    t->on += x != 0 || y != 0;
    t->on_x += x != 0;
    t->on_y += y != 0;
    t->differ += (x != 0) != (y != 0);
    return;
  }
  double term = fabs(x - y);
  if (is(method, "hamming")) term = x != y;
  if (is_ratio(method) && isnan(x + y)) return;
  if (is(method, "gower") && term > 1) term = 1;
  if (is(method, "canberra")) {
    const double both = fabs(x) + fabs(y);
    if (!(both > DBL_MIN || term > DBL_MIN)) return;
    term = isinf(term) && term == both ? 1 : term / both;
  }
  if (isnan(term)) return;
  t->used++;
  if (term > t->max) t->max = term;
  t->both += fabs(x + y);
  if (strstr(method, "euclidean")) term *= term;
  if (is(method, "minkowski")) term = pow(term, power);
  t->sum += term;
}

/* The distance of row i of x (n rows) and row j of y (m rows). To add a metric,
 * add its rule here. */
static double rule(const char *method, const double *x, size_t n, size_t i,
                   const double *y, size_t m, size_t j, size_t p,
                   double power) {
  struct tally t = {0};
  for (size_t k = 0; k < p; k++) {
    tally_column(&t, method, x[i + k * n], y[j + k * m], power);
  }
  if (t.used == 0) return NAN;
  if (is(method, "binary")) return t.on == 0 ? 0 : t.differ / t.on;
  if (is(method, "dice")) return t.on == 0 ? 0 : t.differ / (t.on_x + t.on_y);
  if (is(method, "simplematching")) return t.differ / (double)t.used;
  if (is(method, "braycurtis")) return t.sum / t.both;
  if (is(method, "ruzicka")) return 2 * t.sum / (t.sum + t.both);
  if (is(method, "hamming") || is(method, "gower")) {
    return t.sum / (double)t.used;
  }
  if (is(method, "maximum")) return t.max;
  if (t.used != p) t.sum /= (double)t.used / (double)p;
  if (is(method, "euclidean")) return sqrt(t.sum);
  if (is(method, "minkowski")) return pow(t.sum, 1 / power);
  return t.sum;
}

/* Methods, and Minkowski's with these exponents. */
static const char *const methods[] = {
    "euclidean", "maximum",     "manhattan", "canberra",
    "binary",    "sqeuclidean", "hamming",   "dice",
    "ruzicka",   "braycurtis",  "gower",     "simplematching"};
static const double exponents[] = {3, 1.5, 2.3, 1, 2};
enum {
  METHODS = sizeof methods / sizeof *methods,
  CASES = METHODS + sizeof exponents / sizeof *exponents
};

/* Every method, strict or not, on the same two matrices. */
struct data {
  const double *x, *y;
  size_t n, m, p;
  double *out;
};

static bool method_good(const struct data *d, const char *method, double power,
                        double tolerance) {
  for (size_t j = 0; j < d->m; j++) {
    for (size_t i = 0; i < d->n; i++) {
      const double want =
          rule(method, d->x, d->n, i, d->y, d->m, j, d->p, power);
      if (!alike(d->out[i + j * d->n], want, tolerance)) return false;
    }
  }
  return guards_hold(d->out, d->n * d->m);
}

static void check_method(const struct edist_kernel *kernel,
                         const struct data *d, size_t c, bool strict) {
  struct edist_power power = {.raise = pow};
  power.exponent = c < METHODS ? 3 : exponents[c - METHODS];
  const char *name = c < METHODS ? methods[c] : "minkowski";
  struct edist_metric metric = *edist_metric_find(name);
  if (metric.transform == EDIST_TRANSFORM_power) {
    metric = edist_metric_minkowski(&power, strict);
  }
  struct edist_source sx = edist_source_double(d->x, d->n, d->p);
  struct edist_source sy = edist_source_double(d->y, d->m, d->p);
  double *totals = guarded(d->n + d->m);
  bool on;
  if (edist_metric_totals(&metric, &on) && d->p > 5) {
    edist_source_totals(&sx, &sy, kernel, on, totals, totals + d->n);
  }
  struct edist_sink_matrix sink = edist_sink_cross(d->out, d->n, d->m);
  const struct edist_job job = {.a = &sx,
                                .b = &sy,
                                .metric = &metric,
                                .strict = strict,
                                .power = &power,
                                .missing = NAN,
                                .kernel = kernel,
                                .sink = &sink.sink,
                                .threads = (int)((2 * c + strict) % 3) + 1};
  CHECK(edist_run(&job) == EDIST_STATUS_done &&
            method_good(d, name, power.exponent, strict ? 0 : 1e-12),
        "%s%s, exponent %g, %zu by %zu rows, %zu columns",
        strict ? "strict " : "", name, power.exponent, d->n, d->m, d->p);
  guarded_free(totals);
}

static void check_methods(const struct edist_kernel *kernel, size_t n, size_t m,
                          size_t p, unsigned holes) {
  double *x = whole_numbers(n * p, 7), *y = whole_numbers(m * p, 8);
  punch(x, n * p, holes, 1);
  punch(y, m * p, holes, 2);
  /* A row that has no value at all. */
  for (size_t k = 0; holes && k < p; k++) x[1 + k * n] = NAN;
  const struct data d = {x, y, n, m, p, guarded(n * m)};
  for (size_t c = 0; c < CASES; c++) {
    check_method(kernel, &d, c, false);
    if (c < 6 || c >= METHODS) check_method(kernel, &d, c, true);
  }
  guarded_free(d.out);
  free(x);
  free(y);
}

static void test_methods(const struct edist_kernel *kernel) {
  for (unsigned holes = 0; holes <= 100; holes += 50) {
    check_methods(kernel, 29, 53, 5, holes);
    check_methods(kernel, 29, 53, 300, holes);
    check_methods(kernel, 26, 3, 2500, holes);
  }
  /* So many rows that totals pay. */
  check_methods(kernel, 67, 65, 70, 0);
  check_methods(kernel, 67, 65, 2100, 0);
}

const struct test method_tests[] = {
    {.name = "methods", .run_with = test_methods}, {0}};
