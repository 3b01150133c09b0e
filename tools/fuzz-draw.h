/* Trials of tools/fuzz.c: ordinary and extreme rows, drawn from a seed, and
 * what is computed from them. */
#ifndef EDIST_FUZZ_DRAW_H
#define EDIST_FUZZ_DRAW_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

typedef __float128 quad;

/* ---- A trial: rows, and what is computed from them ----------------------- */

enum { MAX_ROWS = 40, MAX_COLUMNS = 3000 };

struct want {
  quad value;
  bool missing;
  bool exact; /* to the bit */
};

struct trial {
  uint64_t seed;
  const char *name; /* of the method */
  double power;
  bool strict, self; /* y is x */
  int threads;
  size_t n, m, p;
  double *x, *y, *weights; /* NULL: none */
  struct want *want;       /* n by m, what is expected */
  double *d;               /* n by m, the matrix of distances */
  /* What the core is given, for one instruction set. */
  const struct edist_isa *isa;
  struct edist_power raise;
  struct edist_metric metric;
  struct edist_source sx, sy;
  struct edist_unit_row *units;
  double *totals;
};

static bool is(const struct trial *t, const char *method) {
  return strcmp(t->name, method) == 0;
}
static bool has_units(const struct trial *t) {
  return is(t, "cosine") || is(t, "correlation") || is(t, "chord");
}
static bool has_shares(const struct trial *t) {
  return is(t, "hellinger") || is(t, "jensenshannon");
}
static double x_at(const struct trial *t, size_t i, size_t k) {
  return t->x[i + k * t->n];
}
static double y_at(const struct trial *t, size_t j, size_t k) {
  return t->y[j + k * t->m];
}

/* ---- Numbers from a seed (splitmix64) ------------------------------------ */

static uint64_t state;

static uint64_t draw(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static size_t below(size_t n) { return (size_t)(draw() % n); }
static bool chance(size_t in) { return below(in) == 0; }
static double unit(void) { return (double)(draw() >> 11) * 0x1p-53; }
static int exponent(int most) {
  return (int)below(2 * (size_t)most + 1) - most;
}

static double to_finite(double x) {
  return isinf(x) ? copysign(DBL_MAX, x) : x;
}

/* How the values of a trial are drawn. */
struct style {
  int kind;                        /* of value */
  int by_value, by_column, by_row; /* ranges of powers of two */
  double offset;
  size_t holes; /* one value in so many is missing or infinite; 0: none */
  bool relatives;
};

static struct style draw_style(void) {
  static const int ranges[] = {0, 0, 0, 3, 60, 500, 1070};
  static const double offsets[] = {0, 0, 0, 1, -1e3, 1e8, 1e16};
  struct style s = {.kind = (int)below(4)};
  if (chance(2)) s.by_column = ranges[below(7)];
  if (chance(2)) s.by_row = ranges[below(7)];
  if (chance(3)) s.by_value = ranges[below(7)];
  s.offset = offsets[below(7)];
  if (chance(3)) s.holes = 2 + below(40);
  s.relatives = chance(2);
  return s;
}

static double draw_value(const struct style *s) {
  static const double edges[] = {0,       1,      DBL_MAX, DBL_MIN, 0x1p-1074,
                                 0x1p512, 1e-162, 1e154,   -1,      -DBL_MAX};
  switch (s->kind) {
    case 0:
      return (double)below(7) - 3;
    case 1:
      return chance(3) ? 0 : 2 * unit() - 1;
    case 2:
      return edges[below(10)];
    default:
      return 2 * unit() - 1;
  }
}

static void draw_rows(double *x, size_t n, size_t p, const struct style *s,
                      const int *by_column) {
  for (size_t i = 0; i < n; i++) {
    const int by_row = exponent(s->by_row);
    for (size_t k = 0; k < p; k++) {
      const int e = by_column[k] + by_row + exponent(s->by_value);
      x[i + k * n] = to_finite(ldexp(draw_value(s), e) + s->offset);
    }
  }
}

/* Makes a row from another one. */
static void relate(double *to, size_t ld_to, const double *from, size_t ld,
                   size_t p) {
  const int how = (int)below(7), e = exponent(40);
  for (size_t k = 0; k < p; k++) {
    const double value = from[k * ld];
    double *next = to + k * ld_to;
    switch (how) {
      case 0:
        *next = value;
        break;
      case 1:
        *next = -value;
        break;
      case 2:
        *next = to_finite(ldexp(value, e));
        break;
      case 3:
        *next = chance(2) ? value : to_finite(nextafter(value, 1));
        break;
      case 4:
        *next = to_finite(value * (1 + 1e-10 * unit()));
        break;
      case 5:
        *next = 0;
        break;
      default:
        *next = k > 0 ? to[0] : value;
        break;
    }
  }
}

static void punch(double *x, size_t length, size_t holes) {
  for (size_t i = 0; holes && i < length; i++) {
    if (!chance(holes)) continue;
    x[i] = chance(3) ? (chance(2) ? INFINITY : -INFINITY) : NAN;
  }
}

static void draw_data(struct trial *t) {
  const struct style s = draw_style();
  int by_column[MAX_COLUMNS];
  for (size_t k = 0; k < t->p; k++) by_column[k] = exponent(s.by_column);
  draw_rows(t->x, t->n, t->p, &s, by_column);
  for (size_t i = 1; s.relatives && i < t->n; i++) {
    if (chance(2)) relate(t->x + i, t->n, t->x + below(i), t->n, t->p);
  }
  punch(t->x, t->n * t->p, s.holes);
  if (t->self) return;
  draw_rows(t->y, t->m, t->p, &s, by_column);
  for (size_t j = 0; s.relatives && j < t->m; j++) {
    if (chance(2)) relate(t->y + j, t->m, t->x + below(t->n), t->n, t->p);
  }
  punch(t->y, t->m * t->p, s.holes);
}

static double draw_power(void) {
  static const double some[] = {0.05, 0.5, 1,    1.5,  2,   3,
                                4,    16,  16.5, 1100, 5000};
  if (chance(3)) return some[below(11)];
  if (chance(2)) return (double)(1 + below(40)) / 2;
  return exp(log(0.05) + unit() * log(5000 / 0.05));
}

/* The R code drops columns of weight 0 before it calls the core. Here the core
 * gets them, so they may only hold missing values and finite differences. */
static void calm(double *column, size_t rows) {
  for (size_t i = 0; i < rows; i++) {
    if (fabs(column[i]) > 0x1p1000) column[i] = 1;
  }
}

static void draw_weights(struct trial *t) {
  static const int ranges[] = {0, 3, 60, 990};
  const int range = ranges[below(4)];
  const bool zeros = chance(3);
  t->weights = malloc(t->p * sizeof *t->weights);
  for (size_t k = 0; k < t->p; k++) {
    t->weights[k] = ldexp(1 + unit(), exponent(range));
    if (!zeros || k == 0 || !chance(4)) continue;
    t->weights[k] = 0;
    calm(t->x + k * t->n, t->n);
    calm(t->y + k * t->m, t->m);
  }
}

static void draw_sizes(struct trial *t) {
  t->n = 1 + below(chance(4) ? MAX_ROWS : 8);
  t->m = t->self ? t->n : 1 + below(chance(4) ? MAX_ROWS : 8);
  t->p = 1 + below(chance(5) ? 200 : 10);
  if (chance(60)) t->p = MAX_COLUMNS - below(1100);
  /* 128-bit powers are slow. */
  const size_t most = is(t, "minkowski") ? 3000 : 30000;
  while (t->n * t->m * t->p > most && t->n * t->m > 1) {
    t->n = (t->n + 1) / 2;
    t->m = t->self ? t->n : (t->m + 1) / 2;
  }
}

static struct trial draw_trial(uint64_t seed) {
  struct trial t = {.seed = seed, .power = 2};
  state = seed * 0x2545f4914f6cdd1du;
  static const char *const names[] = {
      "euclidean", "maximum",       "manhattan",  "canberra",      "binary",
      "minkowski", "sqeuclidean",   "cosine",     "correlation",   "chord",
      "hellinger", "jensenshannon", "braycurtis", "ruzicka",       "hamming",
      "dice",      "gower",         "euclidean",  "simplematching"};
  const size_t method = below(sizeof names / sizeof *names);
  const bool weighted = method == 17;
  t.name = names[method];
  if (is(&t, "minkowski")) t.power = draw_power();
  t.strict = method < 6 && chance(4);
  t.self = chance(2);
  t.threads = chance(8) ? 2 : 1;
  draw_sizes(&t);
  t.x = malloc(t.n * t.p * sizeof *t.x);
  t.y = t.self ? t.x : malloc(t.m * t.p * sizeof *t.y);
  draw_data(&t);
  if (weighted) draw_weights(&t);
  t.want = malloc(t.n * t.m * sizeof *t.want);
  t.d = malloc(t.n * t.m * sizeof *t.d);
  t.units = malloc((t.n + t.m) * sizeof *t.units);
  t.totals = malloc((t.n + t.m) * sizeof *t.totals);
  return t;
}

static void trial_free(struct trial *t) {
  free(t->x);
  if (!t->self) free(t->y);
  free(t->weights);
  free(t->want);
  free(t->d);
  free(t->units);
  free(t->totals);
}

#endif
