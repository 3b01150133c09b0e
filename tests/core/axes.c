/* Coordinates on axes tell no two rows farther apart than they are. Rows lie in
 * few dimensions, where coordinates tell all of a distance, in pairs so near to
 * each other that rounding alone makes it too long. */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "search/axes.h"

struct trial {
  const char *what;
  size_t n, p, factors; /* 0: rows have no structure */
  double scale, offset;
};

static const struct trial trials[] = {
    {"plane", 600, 8, 2, 1, 0},
    {"more columns", 400, 77, 8, 1, 0},
    {"more factors than axes", 400, 60, 20, 1, 0},
    {"a line", 400, 9, 1, 1, 0},
    {"offset", 400, 12, 3, 1, 1e8},
    {"large", 300, 10, 3, 0x1p400, 0},
    {"small", 300, 10, 3, 0x1p-350, 0},
    {"most columns", 120, EDIST_SUM_GROUP, 6, 1, 0},
    {"no structure", 400, 8, 0, 1, 0},
    {"rows all alike", 300, 9, 0, 0, 5},
    {"few rows", 3, 20, 1, 1, 0},
    {"no complete row", 300, 9, 0, NAN, 0},
};

static unsigned long long state;

/* Every second row is next to the one before it. */
static double *rows_of(const struct trial *t) {
  double *x = malloc(t->n * t->p * sizeof *x);
  if (!x) abort();
  state = t->n + t->p;
  for (size_t i = 0; i < t->n; i++) {
    double factor[32];
    for (size_t f = 0; f < t->factors; f++) factor[f] = next_unit(&state);
    for (size_t k = 0; k < t->p; k++) {
      double sum = t->factors ? 0 : next_unit(&state);
      for (size_t f = 0; f < t->factors; f++) {
        sum += sin((double)(5 * k + 3 * f)) * factor[f];
      }
      double *value = x + i + k * t->n;
      *value = sum * t->scale + t->offset;
      if (i % 2) *value = value[-1] * (1 + 0x1p-48 * next_unit(&state));
    }
  }
  return x;
}

static double distance_of(const double *x, const double *y, size_t n,
                          size_t step, double unit) {
  long double sum = 0;
  for (size_t k = 0; k < n; k++) {
    const long double d = ((long double)x[k * step] - y[k * step]) / unit;
    sum += d * d;
  }
  return (double)sqrtl(sum) * unit;
}

static void check_pairs(const struct trial *t, const struct edist_axes *axes,
                        const struct edist_kernel *kernel, const double *x) {
  double *z = malloc(t->n * EDIST_COORDINATES * sizeof *z);
  double *row = malloc((t->p + axes->length) * sizeof *row);
  double radius = 0;
  size_t wrong = 0, close = 0;
  if (!z || !row) abort();
  for (size_t i = 0; i < t->n; i++) {
    for (size_t k = 0; k < t->p; k++) row[k] = x[i + k * t->n];
    radius = fmax(radius, edist_axes_project(axes, kernel, row, row + t->p,
                                             z + i * EDIST_COORDINATES));
  }
  const double error = edist_axes_error(radius, radius);
  for (size_t i = 0; i < t->n; i++) {
    for (size_t j = 0; j < i; j++) {
      const double whole = distance_of(x + i, x + j, t->p, t->n, t->scale);
      const double told =
          distance_of(z + i * EDIST_COORDINATES, z + j * EDIST_COORDINATES,
                      EDIST_COORDINATES, 1, t->scale);
      wrong += told > whole * edist_axes_margin + error;
      close += told > 0.999 * whole;
    }
  }
  CHECK(wrong == 0, "%s: %zu distances are too long", t->what, wrong);
  const size_t pairs = t->n * (t->n - 1) / 2;
  CHECK(t->factors > EDIST_AXES || close > pairs - t->n,
        "%s: %zu of %zu distances are told", t->what, close, pairs);
  free(row);
  free(z);
}

static void test_axes(const struct edist_kernel *kernel) {
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
    const struct trial *t = trials + i;
    double *x = rows_of(t);
    const struct edist_source source = edist_source_double(x, t->n, t->p);
    struct edist_axes axes;
    CHECK(edist_axes_find(&axes, &source, kernel), "%s", t->what);
    CHECK((axes.ncol > 0) == (t->factors > 0), "%s: %zu", t->what, axes.ncol);
    if (axes.ncol) check_pairs(t, &axes, kernel, x);
    edist_axes_free(&axes);
    free(x);
  }
}

const struct test axes_tests[] = {{.name = "axes", .run_with = test_axes}, {0}};
