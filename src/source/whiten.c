#include "source/whiten.h"

#include <math.h>

/* The unevaluated sum of two doubles, |low| at most half an ulp of high. */
struct pair {
  double high, low;
};

static struct pair sum_of(double a, double b) {
  const double sum = a + b, part = sum - a;
  return (struct pair){sum, (a - (sum - part)) + (b - part)};
}

/* z - factor * t */
static struct pair less_product(struct pair z, double factor, struct pair t) {
  const double product = factor * t.high;
  const double rest = fma(factor, t.high, -product) + factor * t.low;
  const struct pair sum = sum_of(z.high, -product);
  return sum_of(sum.high, sum.low + (z.low - rest));
}

static struct pair quotient(struct pair z, double divisor) {
  const double first = z.high / divisor;
  const double rest = fma(-first, divisor, z.high) + z.low;
  return sum_of(first, rest / divisor);
}

static void solve(const double *x, size_t nrow, size_t ncol, const double *root,
                  double *z) {
  for (size_t k = 0; k < ncol; k++) {
    const double *column = root + k * ncol;
    struct pair sum = {x[k * nrow], 0};
    for (size_t l = 0; l < k; l++) {
      const struct pair solved = {z[2 * l * nrow], z[(2 * l + 1) * nrow]};
      sum = less_product(sum, column[l], solved);
    }
    sum = quotient(sum, column[k]);
    z[2 * k * nrow] = sum.high;
    z[(2 * k + 1) * nrow] = sum.low;
  }
}

void edist_whiten(const double *x, size_t nrow, size_t ncol, const double *root,
                  double *z) {
  for (size_t i = 0; i < nrow; i++) {
    solve(x + i, nrow, ncol, root, z + i);
    /* 0 times what is not finite is NaN, and sums keep it. */
    double spoilt = 0;
    for (size_t k = 0; k < 2 * ncol; k++) spoilt += z[i + k * nrow] * 0;
    for (size_t k = 0; k < ncol; k++) spoilt += x[i + k * nrow] * 0;
    if (spoilt == 0) continue;
    for (size_t k = 0; k < 2 * ncol; k++) z[i + k * nrow] = NAN;
  }
}
