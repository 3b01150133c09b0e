/* What the distances of a trial of tools/fuzz.c should be, in 128-bit
 * arithmetic, and how large the error of a double may be. */
#ifndef EDIST_FUZZ_DEFINE_H
#define EDIST_FUZZ_DEFINE_H

#include <quadmath.h>

#include "fuzz-draw.h"

/* ---- Definitions --------------------------------------------------------- */

static const struct want nothing = {.missing = true};

static bool is_binary(const struct trial *t) {
  return is(t, "binary") || is(t, "dice") || is(t, "simplematching");
}
static bool is_ratio(const struct trial *t) {
  return is(t, "braycurtis") || is(t, "ruzicka");
}

static double weight_at(const struct trial *t, size_t k) {
  return t->weights ? t->weights[k] : 1;
}

/* Whether a column counts for these values, and its difference. */
static bool difference(double x, double y, quad *diff) {
  if (isnan(x) || isnan(y) || isnan(x - y)) return false;
  *diff = fabsq((quad)x - y);
  return true;
}

/* Differences are divided by the largest of them, so that no power overflows.
 */
static struct want define_power(const struct trial *t, size_t i, size_t j,
                                double power) {
  quad most = 0, sum = 0, used = 0, weights = 0, diff;
  for (size_t k = 0; k < t->p; k++) {
    weights += weight_at(t, k);
    if (!difference(x_at(t, i, k), y_at(t, j, k), &diff)) continue;
    used += weight_at(t, k);
    most = fmaxq(most, diff);
  }
  if (used == 0) return nothing;
  if (most == 0 || isinfq(most)) return (struct want){.value = most};
  for (size_t k = 0; k < t->p; k++) {
    if (!difference(x_at(t, i, k), y_at(t, j, k), &diff) || diff == 0) continue;
    const quad one = diff / most;
    sum += weight_at(t, k) * (power == 1   ? one
                              : power == 2 ? one * one
                                           : powq(one, power));
  }
  sum *= weights / used;
  if (is(t, "sqeuclidean")) return (struct want){.value = sum * most * most};
  const quad root = power == 1   ? sum
                    : power == 2 ? sqrtq(sum)
                                 : powq(sum, 1 / (quad)power);
  return (struct want){.value = root * most};
}

static struct want define_maximum(const struct trial *t, size_t i, size_t j) {
  struct want want = nothing;
  quad diff;
  for (size_t k = 0; k < t->p; k++) {
    if (!difference(x_at(t, i, k), y_at(t, j, k), &diff)) continue;
    want = (struct want){.value = fmaxq(want.value, diff)};
  }
  return want;
}

/* Whether a column is next to 0 is decided with doubles, as in dist(). */
static struct want define_canberra(const struct trial *t, size_t i, size_t j) {
  quad sum = 0, diff;
  size_t used = 0;
  for (size_t k = 0; k < t->p; k++) {
    const double x = x_at(t, i, k), y = y_at(t, j, k);
    if (!difference(x, y, &diff)) continue;
    if (!(fabs(x) + fabs(y) > DBL_MIN)) continue;
    used++;
    sum += isinfq(diff) ? 1 : diff / (fabsq(x) + fabsq(y));
  }
  return used ? (struct want){.value = sum * (quad)t->p / used} : nothing;
}

static struct want define_binary(const struct trial *t, size_t i, size_t j) {
  size_t used = 0, on = 0, on_each = 0, differ = 0;
  for (size_t k = 0; k < t->p; k++) {
    const double x = x_at(t, i, k), y = y_at(t, j, k);
    if (!isfinite(x) || !isfinite(y)) continue;
    used++;
    on += x != 0 || y != 0;
    on_each += (size_t)(x != 0) + (y != 0);
    differ += (x != 0) != (y != 0);
  }
  if (used == 0) return nothing;
  const size_t of = is(t, "dice") ? on_each : is(t, "binary") ? on : used;
  return (struct want){.value = of ? (quad)differ / of : 0};
}

/* Columns that differ; for gower by up to 1. */
static struct want define_mean(const struct trial *t, size_t i, size_t j) {
  quad sum = 0, diff;
  size_t used = 0;
  for (size_t k = 0; k < t->p; k++) {
    const double x = x_at(t, i, k), y = y_at(t, j, k);
    if (isnan(x) || isnan(y)) continue;
    if (is(t, "hamming")) {
      diff = x != y;
    } else if (!difference(x, y, &diff)) {
      continue;
    }
    used++;
    sum += fminq(diff, 1);
  }
  return used ? (struct want){.value = sum / (quad)used} : nothing;
}

static struct want define_ratio(const struct trial *t, size_t i, size_t j) {
  quad sum = 0, both = 0, diff;
  for (size_t k = 0; k < t->p; k++) {
    const double x = x_at(t, i, k), y = y_at(t, j, k);
    if (!difference(x, y, &diff) || isnan(x + y)) continue;
    sum += diff;
    both += fabsq((quad)x + y);
  }
  if (both == 0 || isinfq(both) || isinfq(sum)) return nothing;
  if (is(t, "ruzicka")) return (struct want){.value = 2 * sum / (sum + both)};
  return (struct want){.value = sum / both};
}

/* The shares of a row; false if it has none. */
static bool shares_of(const struct trial *t, const double *row, size_t ld,
                      quad *to) {
  quad sum = 0;
  for (size_t k = 0; k < t->p; k++) {
    if (!isfinite(row[k * ld]) || row[k * ld] < 0) return false;
    sum += row[k * ld];
  }
  for (size_t k = 0; k < t->p; k++) to[k] = row[k * ld] / sum;
  return sum > 0;
}

/* x log(x / m) + y log(y / m): with logarithms of 1 + z that lose nothing. */
static quad divergence(quad x, quad y) {
  if (x + y == 0) return 0;
  const quad t = (x - y) / (x + y);
  const quad less = t == -1 ? 0 : (1 + t) * log1pq(t);
  const quad more = t == 1 ? 0 : (1 - t) * log1pq(-t);
  return (x + y) / 2 * (less + more);
}

static struct want define_shares(const struct trial *t, size_t i, size_t j) {
  static quad x[MAX_COLUMNS], y[MAX_COLUMNS];
  if (!shares_of(t, t->x + i, t->n, x) || !shares_of(t, t->y + j, t->m, y)) {
    return nothing;
  }
  quad sum = 0;
  for (size_t k = 0; k < t->p; k++) {
    const quad diff = sqrtq(x[k]) - sqrtq(y[k]);
    sum += is(t, "hellinger") ? diff * diff : divergence(x[k], y[k]) / 2;
  }
  return (struct want){.value = sqrtq(fmaxq(sum, 0))};
}

/* A row on the unit sphere, about its mean for "correlation". False if it has
 * no direction. */
static bool unit_row(const struct trial *t, const double *row, size_t ld,
                     quad *to) {
  quad mean = 0, squares = 0;
  bool varies = false;
  for (size_t k = 0; k < t->p; k++) {
    if (!isfinite(row[k * ld])) return false;
    mean += (quad)row[k * ld] / t->p;
    if (row[k * ld] != row[0]) varies = true;
  }
  if (!is(t, "correlation")) mean = 0;
  if (is(t, "correlation") && !varies) return false;
  for (size_t k = 0; k < t->p; k++) {
    to[k] = row[k * ld] - mean;
    squares += to[k] * to[k];
  }
  for (size_t k = 0; k < t->p; k++) to[k] /= sqrtq(squares);
  return squares > 0;
}

static struct want define_cosine(const struct trial *t, size_t i, size_t j) {
  static quad x[MAX_COLUMNS], y[MAX_COLUMNS];
  if (!unit_row(t, t->x + i, t->n, x) || !unit_row(t, t->y + j, t->m, y)) {
    return nothing;
  }
  quad sum = 0;
  for (size_t k = 0; k < t->p; k++) sum += (x[k] - y[k]) * (x[k] - y[k]);
  if (is(t, "chord")) return (struct want){.value = sqrtq(sum)};
  return (struct want){.value = sum / 2};
}

/* R's own power function, for bases of at least 0 and powers above 0. */
static double raise_to(double base, double power) {
  return power == 2 ? base * base : pow(base, power);
}

/* What dist() does, step by step in doubles. */
struct chain {
  double sum, most, used, on, differ;
};
static void chain_add(const struct trial *t, struct chain *c, double x,
                      double y) {
  if (isnan(x) || isnan(y)) return;
  if (is(t, "binary")) {
    if (isinf(x) || isinf(y)) return;
    c->used++;
    c->on += x != 0 || y != 0;
    c->differ += (x != 0) != (y != 0);
    return;
  }
  volatile double term = fabs(x - y);
  if (is(t, "canberra")) {
    const double both = fabs(x + 0) + fabs(y);
    if (!(both > DBL_MIN || term > DBL_MIN)) return;
    term = isinf(term) && term == both ? 1 : term / both;
  }
  if (isnan(term)) return;
  c->used++;
  c->most = fmax(c->most, term);
  if (is(t, "euclidean")) term *= term;
  if (is(t, "minkowski")) term = raise_to(term, t->power);
  c->sum += term;
}
static double define_strict(const struct trial *t, size_t i, size_t j) {
  struct chain c = {0};
  for (size_t k = 0; k < t->p; k++) {
    chain_add(t, &c, x_at(t, i, k), y_at(t, j, k));
  }
  if (c.used == 0) return NAN;
  if (is(t, "binary")) return c.on == 0 ? 0 : c.differ / c.on;
  if (is(t, "maximum")) return c.most;
  if (c.used != (double)t->p) c.sum /= c.used / (double)t->p;
  if (is(t, "euclidean")) return sqrt(c.sum);
  if (is(t, "minkowski")) return raise_to(c.sum, 1 / t->power);
  return c.sum;
}

/* Whether a distance must have the bits of dist(): strict ones, and those of
 * few columns if the sum of squares neither overflows nor underflows. */
static bool like_dist(const struct trial *t, double d) {
  if (t->strict) return true;
  return t->p <= EDIST_DIST_COLUMNS && is(t, "euclidean") && !t->weights &&
         d >= 0x1p-479 && d <= 0x1p511;
}

static struct want define(const struct trial *t, size_t i, size_t j) {
  const double d = define_strict(t, i, j);
  if (like_dist(t, d)) return (struct want){d, isnan(d), true};
  if (is(t, "maximum")) return define_maximum(t, i, j);
  if (is(t, "canberra")) return define_canberra(t, i, j);
  if (is_binary(t)) return define_binary(t, i, j);
  if (is(t, "hamming") || is(t, "gower")) return define_mean(t, i, j);
  if (is_ratio(t)) return define_ratio(t, i, j);
  if (has_shares(t)) return define_shares(t, i, j);
  if (has_units(t)) return define_cosine(t, i, j);
  return define_power(t, i, j, is(t, "manhattan") ? 1 : t->power);
}

/* ---- The bounds ---------------------------------------------------------- */

/* How large the error of a distance may be, in its own unit. Next to 0, where
 * doubles have fewer digits, it may be the smallest number, or one per term. */
static quad bound(const struct trial *t, quad d) {
  const quad u = 0x1p-53, least = 0x1p-1074;
  const size_t blocks = (t->p + 63) / 64;
  const quad sum =
      2 + (t->p < 64 ? t->p : 64) + (blocks < 32 ? blocks : 32) + 2;
  if (is(t, "maximum") || is_binary(t)) return u * d;
  if (is(t, "hamming") || is(t, "gower")) return (4 + sum) * u * d + least;
  /* Denominators are summed in one chain of blocks. */
  if (is_ratio(t)) return (4 + 2 * sum + blocks) * u * d + least;
  /* Values are rounded when rows are changed, by a few units each. */
  if (is(t, "chord")) return u * ((4 + sum) * d + 8);
  if (has_shares(t)) return u * ((8 + sum) * d + 16);
  if (has_units(t)) {
    return u * ((8 + sum) * d + 6 * sqrtq(2 * d)) + 64 * u * u;
  }
  if (is(t, "euclidean")) return (1 + sum / 2) * u * d + least;
  if (is(t, "minkowski") && d > 0) {
    return (3 + sum / t->power + fabsq(logq(d))) * u * d + least;
  }
  return (2 + sum) * u * d + least * (is(t, "sqeuclidean") ? t->p * t->p : 1);
}

/* Whether a number is within `most` of the wanted one; past the largest double
 * it is infinite. */
static bool close_to(double got, quad want, quad most) {
  if (isinf(got)) return got > 0 && want + most > DBL_MAX;
  return fabsq(got - want) <= most;
}

#endif
