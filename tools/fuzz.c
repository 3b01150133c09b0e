/* Compares every method, mode, instruction set and answer of the C core with
 * definitions in 128-bit arithmetic, on inputs drawn from a seed: ordinary ones,
 * and such as overflow, underflow, cancel or are missing.
 *
 * The matrix of distances is held to the definitions, within the bounds that
 * ?edist states (bound() has them); strict ones to those of dist(), bit by bit.
 * All other answers are held to the matrix, bit by bit.
 *
 *   fuzz        trials from seed 1 on, until EDIST_FUZZ_CALLS calls are made, or
 *               EDIST_FUZZ_SECONDS have passed; EDIST_FUZZ_FROM is another first
 *   fuzz SEED   one trial, with all values that fail it
 *
 * Prints what fails; exits 1 if anything does. */
#include <float.h>
#include <math.h>
#include <quadmath.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/compare.h"
#include "engine/engine.h"
#include "sink/select.h"

typedef __float128 quad;

/* ---- A trial: rows, and what is asked of them ---------------------------- */

enum { MOST_ROWS = 40, MOST_COLUMNS = 3000 };

struct want {
  quad value;
  bool missing;
};

struct trial {
  uint64_t seed;
  const char *name; /* of the method */
  double power;
  bool strict, self; /* y is x */
  int threads;
  size_t n, m, p;
  double *x, *y, *weights; /* NULL: none */
  struct want *want;       /* n by m, what is to come */
  double *d;               /* n by m, what came as a matrix */
  /* What the core is given, for one instruction set. */
  const struct edist_isa *isa;
  struct edist_power raise;
  struct edist_metric metric;
  struct edist_source sx, sy;
  struct edist_unit_row *units;
};

static bool is(const struct trial *t, const char *method) {
  return strcmp(t->name, method) == 0;
}
static bool has_units(const struct trial *t) {
  return is(t, "cosine") || is(t, "correlation");
}
static double x_at(const struct trial *t, size_t i, size_t k) {
  return t->x[i + k * t->n];
}
static double y_at(const struct trial *t, size_t j, size_t k) {
  return t->y[j + k * t->m];
}

/* ---- Failures ------------------------------------------------------------ */

static long calls = 0, failures = 0;
static bool one_seed = false;

/* What fails, counted by its kind; the first few of each are told. */
enum { KINDS = 64 };
static struct kind {
  const char *call, *name;
  bool strict, weighted;
  long count;
} kinds[KINDS];

static bool count_kind(const struct trial *t, const char *call) {
  struct kind *k = kinds;
  while (k < kinds + KINDS - 1 && k->call &&
         (k->call != call || strcmp(k->name, t->name) != 0 ||
          k->strict != t->strict || k->weighted != !!t->weights)) {
    k++;
  }
  *k = (struct kind){call, t->name, t->strict, !!t->weights, k->count + 1};
  failures++;
  return k->count <= (one_seed ? 10 : 3);
}

/* The largest error of each method, as a share of what is allowed. */
static struct {
  const char *name;
  double share;
} worst[16];

static void note_share(const char *name, double share) {
  size_t w = 0;
  while (worst[w].name && strcmp(worst[w].name, name) != 0) w++;
  worst[w].name = name;
  if (share > worst[w].share) worst[w].share = share;
}

static void print_row(const char *label, const double *row, size_t ld,
                      size_t p) {
  const size_t most = one_seed || p <= 12 ? p : 12;
  printf("  %s", label);
  for (size_t k = 0; k < most; k++) printf(" %a", row[k * ld]);
  puts(most < p ? " ..." : "");
}

/* `got` against `want`, where rows i of x and j of y have a part in it; what
 * else is to know in `more`. */
static void fail(const struct trial *t, const char *call, size_t i, size_t j,
                 double got, quad want, const char *more) {
  if (!count_kind(t, call)) return;
  char text[64];
  quadmath_snprintf(text, sizeof text, "%.20Qg", want);
  printf("seed %llu: %s of %s%s%s, p = %.17g, %s, %d threads%s\n",
         (unsigned long long)t->seed, call, t->strict ? "strict " : "",
         t->weights ? "weighted " : "", t->name, t->power, t->isa->name,
         t->threads, more);
  printf("  rows %zu of %zu and %zu of %zu, %zu columns: %.17g (%a), not %s\n",
         i, t->n, j, t->m, t->p, got, got, text);
  print_row("x", t->x + i, t->n, t->p);
  print_row("y", t->y + j, t->m, t->p);
  if (t->weights) print_row("weights", t->weights, 1, t->p);
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

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
static int exponent(int most) { return (int)below(2 * (size_t)most + 1) - most; }

static double to_finite(double x) {
  return isinf(x) ? copysign(DBL_MAX, x) : x;
}

/* How the values of a trial come about. */
struct style {
  int kind;                             /* of value */
  int by_value, by_column, by_row;      /* powers of two in play */
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
    case 0: return (double)below(7) - 3;
    case 1: return chance(3) ? 0 : 2 * unit() - 1;
    case 2: return edges[below(10)];
    default: return 2 * unit() - 1;
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

/* Makes a row of another one. */
static void relate(double *to, size_t ld_to, const double *from, size_t ld,
                   size_t p) {
  const int how = (int)below(7), e = exponent(40);
  for (size_t k = 0; k < p; k++) {
    const double value = from[k * ld];
    double *next = to + k * ld_to;
    switch (how) {
      case 0: *next = value; break;
      case 1: *next = -value; break;
      case 2: *next = to_finite(ldexp(value, e)); break;
      case 3: *next = chance(2) ? value : to_finite(nextafter(value, 1)); break;
      case 4: *next = to_finite(value * (1 + 1e-10 * unit())); break;
      case 5: *next = 0; break;
      default: *next = k > 0 ? to[0] : value; break;
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
  int by_column[MOST_COLUMNS];
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
  static const double some[] = {0.05, 0.5, 1, 1.5, 2, 3, 4, 16, 16.5, 1100, 5000};
  if (chance(3)) return some[below(11)];
  if (chance(2)) return (double)(1 + below(40)) / 2;
  return exp(log(0.05) + unit() * log(5000 / 0.05));
}

static double *draw_weights(size_t p) {
  static const int ranges[] = {0, 3, 60, 990};
  const int range = ranges[below(4)];
  double *weights = malloc(p * sizeof *weights);
  for (size_t k = 0; k < p; k++) weights[k] = ldexp(1 + unit(), exponent(range));
  return weights;
}

/* Columns that count for nothing are left away before the core sees them, as
 * R/methods.R does. */
static void draw_sizes(struct trial *t) {
  t->n = 1 + below(chance(4) ? MOST_ROWS : 8);
  t->m = t->self ? t->n : 1 + below(chance(4) ? MOST_ROWS : 8);
  t->p = 1 + below(chance(5) ? 200 : 10);
  if (chance(60)) t->p = MOST_COLUMNS - below(1100);
  /* 128-bit powers take a while. */
  const size_t most = is(t, "minkowski") ? 3000 : 30000;
  while (t->n * t->m * t->p > most && t->n * t->m > 1) {
    t->n = (t->n + 1) / 2;
    t->m = t->self ? t->n : (t->m + 1) / 2;
  }
}

static struct trial draw_trial(uint64_t seed) {
  struct trial t = {.seed = seed, .power = 2};
  state = seed * 0x2545f4914f6cdd1du;
  const size_t method = below(10);
  const bool weighted = method == 9;
  t.name = edist_metric_table[weighted ? 0 : method].name;
  if (is(&t, "minkowski")) t.power = draw_power();
  t.strict = method < 6 && chance(4);
  t.self = chance(2);
  t.threads = chance(8) ? 2 : 1;
  draw_sizes(&t);
  t.x = malloc(t.n * t.p * sizeof *t.x);
  t.y = t.self ? t.x : malloc(t.m * t.p * sizeof *t.y);
  draw_data(&t);
  if (weighted) t.weights = draw_weights(t.p);
  t.want = malloc(t.n * t.m * sizeof *t.want);
  t.d = malloc(t.n * t.m * sizeof *t.d);
  t.units = malloc((t.n + t.m) * sizeof *t.units);
  return t;
}

static void trial_free(struct trial *t) {
  free(t->x);
  if (!t->self) free(t->y);
  free(t->weights);
  free(t->want);
  free(t->d);
  free(t->units);
}

/* ---- Definitions --------------------------------------------------------- */

static const struct want nothing = {0, true};

static double weight_at(const struct trial *t, size_t k) {
  return t->weights ? t->weights[k] : 1;
}

/* Whether a column counts for these values, and its difference. */
static bool difference(double x, double y, quad *diff) {
  if (isnan(x) || isnan(y) || isnan(x - y)) return false;
  *diff = fabsq((quad)x - y);
  return true;
}

/* Differences are divided by the largest of them: no power of one overflows. */
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
  if (most == 0 || isinfq(most)) return (struct want){most, false};
  for (size_t k = 0; k < t->p; k++) {
    if (!difference(x_at(t, i, k), y_at(t, j, k), &diff) || diff == 0) continue;
    const quad one = diff / most;
    sum += weight_at(t, k) * (power == 1   ? one
                              : power == 2 ? one * one
                                           : powq(one, power));
  }
  sum *= weights / used;
  if (is(t, "sqeuclidean")) return (struct want){sum * most * most, false};
  const quad root = power == 1   ? sum
                    : power == 2 ? sqrtq(sum)
                                 : powq(sum, 1 / (quad)power);
  return (struct want){root * most, false};
}

static struct want define_maximum(const struct trial *t, size_t i, size_t j) {
  struct want want = nothing;
  quad diff;
  for (size_t k = 0; k < t->p; k++) {
    if (!difference(x_at(t, i, k), y_at(t, j, k), &diff)) continue;
    want = (struct want){fmaxq(want.value, diff), false};
  }
  return want;
}

/* Which columns are next to 0 is a matter of doubles. */
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
  return used ? (struct want){sum * (quad)t->p / used, false} : nothing;
}

static struct want define_binary(const struct trial *t, size_t i, size_t j) {
  size_t used = 0, on = 0, differ = 0;
  for (size_t k = 0; k < t->p; k++) {
    const double x = x_at(t, i, k), y = y_at(t, j, k);
    if (!isfinite(x) || !isfinite(y)) continue;
    used++;
    on += x != 0 || y != 0;
    differ += (x != 0) != (y != 0);
  }
  if (used == 0) return nothing;
  return (struct want){on ? (quad)differ / on : 0, false};
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
  if (is(t, "cosine")) mean = 0;
  if (is(t, "correlation") && !varies) return false;
  for (size_t k = 0; k < t->p; k++) {
    to[k] = row[k * ld] - mean;
    squares += to[k] * to[k];
  }
  for (size_t k = 0; k < t->p; k++) to[k] /= sqrtq(squares);
  return squares > 0;
}

static struct want define_cosine(const struct trial *t, size_t i, size_t j) {
  static quad x[MOST_COLUMNS], y[MOST_COLUMNS];
  if (!unit_row(t, t->x + i, t->n, x) || !unit_row(t, t->y + j, t->m, y)) {
    return nothing;
  }
  quad sum = 0;
  for (size_t k = 0; k < t->p; k++) sum += (x[k] - y[k]) * (x[k] - y[k]);
  return (struct want){sum / 2, false};
}

/* What dist() does, a step at a time in doubles. */
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
  if (is(t, "minkowski")) term = t->power == 2 ? term * term : pow(term, t->power);
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
  if (is(t, "minkowski")) return pow(c.sum, 1 / t->power);
  return c.sum;
}

static struct want define(const struct trial *t, size_t i, size_t j) {
  if (t->strict) {
    const double d = define_strict(t, i, j);
    return (struct want){d, isnan(d)};
  }
  if (is(t, "maximum")) return define_maximum(t, i, j);
  if (is(t, "canberra")) return define_canberra(t, i, j);
  if (is(t, "binary")) return define_binary(t, i, j);
  if (has_units(t)) return define_cosine(t, i, j);
  return define_power(t, i, j, is(t, "manhattan") ? 1 : t->power);
}

/* ---- The bounds of ?edist ------------------------------------------------ */

/* How far a distance may be off, in its own unit. What has no more digits, for
 * it is next to 0, is off by the smallest number, or one for each term. */
static quad bound(const struct trial *t, quad d) {
  const quad u = 0x1p-53, least = 0x1p-1074;
  const size_t blocks = (t->p + 63) / 64;
  const quad sum =
      2 + (t->p < 64 ? t->p : 64) + (blocks < 32 ? blocks : 32) + 2;
  if (t->strict) return 0;
  if (is(t, "maximum") || is(t, "binary")) return u * d;
  if (has_units(t)) {
    return u * ((8 + sum) * d + 6 * sqrtq(2 * d)) + 64 * u * u;
  }
  if (is(t, "euclidean")) return (1 + sum / 2) * u * d + least;
  if (is(t, "minkowski") && d > 0) {
    return (3 + sum / t->power + fabsq(logq(d))) * u * d + least;
  }
  return (2 + sum) * u * d + least * (is(t, "sqeuclidean") ? t->p * t->p : 1);
}

static bool identical_rows(const struct trial *t, size_t i, size_t j) {
  for (size_t k = 0; k < t->p; k++) {
    if (x_at(t, i, k) != y_at(t, j, k)) return false;
  }
  return true;
}

static bool distance_good(const struct trial *t, size_t i, size_t j) {
  const struct want want = t->want[i + j * t->n];
  const double got = t->d[i + j * t->n];
  if (want.missing || isnan(got)) return want.missing && isnan(got);
  if (t->strict) return got == want.value;
  if (identical_rows(t, i, j)) return got == 0;
  if (got < 0 || (has_units(t) && got > 2)) return false;
  if (isinfq(want.value)) return isinf(got);
  const quad most = bound(t, want.value);
  if (isinf(got)) return want.value + most > DBL_MAX;
  const quad error = fabsq(got - want.value);
  if (most > 0) note_share(t->name, (double)(error / most));
  return error <= most;
}

/* ---- Calls --------------------------------------------------------------- */

static void prepare(struct trial *t, const struct edist_isa *isa) {
  t->isa = isa;
  t->raise = (struct edist_power){.exponent = t->power, .raise = pow};
  t->metric = *edist_metric_find(t->name);
  if (t->weights) t->metric = edist_metric_weighted();
  if (is(t, "minkowski")) {
    t->metric = edist_metric_minkowski(&t->raise, t->strict);
  }
  t->sx = edist_source_double(t->x, t->n, t->p);
  t->sy = edist_source_double(t->y, t->m, t->p);
  if (!has_units(t)) return;
  edist_unit_rows(&t->sx, isa->kernel, t->metric.centred, t->units);
  edist_unit_rows(&t->sy, isa->kernel, t->metric.centred, t->units + t->n);
  t->sx.unit = t->units;
  t->sy.unit = t->units + t->n;
}

static struct edist_job job_of(const struct trial *t, struct edist_sink *sink) {
  return (struct edist_job){.x = &t->sx,
                            .y = &t->sy,
                            .metric = &t->metric,
                            .strict = t->strict,
                            .power = &t->raise,
                            .weights = t->weights,
                            .missing = NAN,
                            .kernel = t->isa->kernel,
                            .sink = sink,
                            .threads = t->threads};
}

static void run(const struct edist_job *job) {
  calls++;
  if (edist_run(job) == EDIST_STATUS_done) return;
  puts("a call was not done");
  exit(1);
}

static void check_cross(struct trial *t) {
  struct edist_sink_matrix sink = edist_sink_cross(t->d, t->n, t->m);
  const struct edist_job job = job_of(t, &sink.sink);
  run(&job);
  for (size_t j = 0; j < t->m; j++) {
    for (size_t i = 0; i < t->n; i++) {
      const struct want want = t->want[i + j * t->n];
      if (distance_good(t, i, j)) continue;
      fail(t, "matrix", i, j, t->d[i + j * t->n],
           want.missing ? (quad)NAN : want.value, "");
    }
  }
}

static void check_triangles(struct trial *t) {
  const size_t n = t->n;
  double *full = malloc(n * n * sizeof *full);
  double *packed = malloc((edist_packed_length(n) + 1) * sizeof *packed);
  struct edist_sink_matrix symmetric = edist_sink_symmetric(full, n);
  struct edist_sink_packed triangle = edist_sink_packed(packed, n);
  struct edist_job job = job_of(t, &symmetric.sink);
  job.y = NULL;
  run(&job);
  job.sink = &triangle.sink;
  run(&job);
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < n; i++) {
      const double d = i == j ? 0 : t->d[i + j * n];
      const double got = full[i + j * n];
      if (!same(got, d)) fail(t, "symmetric", i, j, got, d, "");
      const double half = i > j ? packed[edist_packed_index(n, i, j)] : d;
      if (!same(half, d)) fail(t, "packed", i, j, half, d, "");
    }
  }
  free(full);
  free(packed);
}

static void check_pairs(struct trial *t) {
  enum { PAIRS = 30 };
  int i[PAIRS], j[PAIRS];
  struct edist_unit_row ux[PAIRS], uy[PAIRS];
  double out[PAIRS];
  const struct edist_picked left = {&t->sx, i}, right = {&t->sy, j};
  struct edist_source x = edist_source_picked(&left, PAIRS);
  struct edist_source y = edist_source_picked(&right, PAIRS);
  for (size_t c = 0; c < PAIRS; c++) {
    i[c] = (int)below(t->n) + 1;
    j[c] = (int)below(t->m) + 1;
    if (!has_units(t)) continue;
    ux[c] = t->sx.unit[i[c] - 1];
    uy[c] = t->sy.unit[j[c] - 1];
    x.unit = ux;
    y.unit = uy;
  }
  struct edist_sink_pairs sink = edist_sink_pairs(out);
  struct edist_job job = job_of(t, &sink.sink);
  job.x = &x;
  job.y = &y;
  job.diagonal = true;
  run(&job);
  for (size_t c = 0; c < PAIRS; c++) {
    const size_t row = (size_t)i[c] - 1, column = (size_t)j[c] - 1;
    const double d = t->d[row + column * t->n];
    if (!same(out[c], d)) fail(t, "pairs", row, column, out[c], d, "");
  }
}

/* ---- Calls that compare: rows of y are the queries ----------------------- */

static bool counts_as(const struct trial *t, size_t i, size_t j) {
  return !(t->self && i == j) && !isnan(t->d[i + j * t->n]);
}

static void run_compare(struct edist_job *job, struct edist_compare *compare,
                        size_t stretch, bool finished) {
  calls++;
  job->stretch = stretch;
  if (edist_run_compare(job, compare, finished) == EDIST_STATUS_done) return;
  puts("a call was not done");
  exit(1);
}

/* The row after `last` in the order of distance and index; n if there is none. */
static size_t next_nearest(const struct trial *t, size_t j, size_t last) {
  const double *d = t->d + j * t->n;
  size_t best = t->n;
  for (size_t i = 0; i < t->n; i++) {
    if (!counts_as(t, i, j)) continue;
    const bool after = last == t->n || d[i] > d[last] ||
                       (d[i] == d[last] && i > last);
    if (after && (best == t->n || d[i] < d[best])) best = i;
  }
  return best;
}

static void check_nearest(struct trial *t, const int *own) {
  const size_t k = 1 + below(t->n + 1);
  int *index = malloc(t->m * k * sizeof *index);
  double *distance = malloc(t->m * k * sizeof *distance);
  struct edist_sink_nearest sink = edist_sink_nearest(
      index, distance, t->n, t->m, k, t->self ? own : NULL, -1);
  struct edist_job job = job_of(t, &sink.sink);
  run_compare(&job, &sink.compare, sink.stretch, false);
  for (size_t j = 0; j < t->m; j++) {
    size_t row = t->n;
    bool more = true;
    for (size_t c = 0; c < k; c++) {
      if (more) row = next_nearest(t, j, row);
      if (row == t->n) more = false;
      const double d = more ? t->d[row + j * t->n] : NAN;
      const int at = index[j + c * t->m];
      const double got = distance[j + c * t->m];
      if (at == (more ? (int)row + 1 : -1) && same(got, d)) continue;
      char text[64];
      snprintf(text, sizeof text, ", neighbour %zu is row %d", c + 1, at - 1);
      fail(t, "nearest", more ? row : 0, j, got, d, text);
      break;
    }
  }
  free(index);
  free(distance);
}

/* One of the distances, or near it, or any number. */
static double draw_radius(const struct trial *t) {
  const double d = t->d[below(t->n * t->m)];
  if (isnan(d) || chance(6)) return chance(4) ? INFINITY : ldexp(unit(), exponent(3));
  return chance(2) ? d : d * (1 + unit());
}

/* What values are compared with, as src/r-request.c has it. */
static bool by_squares(const struct trial *t, double radius) {
  return t->metric.finish == EDIST_FINISH_root && edist_square_safe(radius);
}

static void check_within(struct trial *t, double radius, bool triangle) {
  const bool squares = by_squares(t, radius);
  double limit[MOST_ROWS], start[MOST_ROWS + 1];
  size_t count[MOST_ROWS];
  for (size_t j = 0; j < t->m; j++) {
    limit[j] = squares ? edist_square_limit(radius) : radius;
  }
  struct edist_sink_within sink = edist_sink_within(
      t->n, t->m, limit, count, t->self, triangle, true, (size_t)1 << 30);
  struct edist_job job = job_of(t, &sink.sink);
  if (triangle) job.y = NULL;
  run_compare(&job, &sink.compare, sink.stretch, !squares);
  edist_within_starts(&sink, start);
  const size_t hits = (size_t)start[t->m];
  int *index = malloc((hits + 1) * sizeof *index);
  double *distance = malloc((hits + 1) * sizeof *distance);
  edist_within_fill(&sink, 0, NULL, index, distance);
  edist_within_free(&sink);
  for (size_t j = 0; j < t->m; j++) {
    size_t at = (size_t)start[j];
    for (size_t i = triangle ? j + 1 : 0; i < t->n; i++) {
      const double d = t->d[i + j * t->n];
      const bool there = at < (size_t)start[j + 1] && index[at] == (int)i;
      const bool near = counts_as(t, i, j) && d <= radius;
      if (there != near || (there && !same(distance[at], d))) {
        char text[64];
        snprintf(text, sizeof text, ", radius %a", radius);
        fail(t, "within", i, j, there ? distance[at] : NAN, d, text);
        break;
      }
      at += there;
    }
  }
  free(index);
  free(distance);
}

/* The sum of a query's distances, and how many; or the least or greatest, and
 * its place, from 1; or how many are within the radius. */
static struct edist_reduced reduce(const struct trial *t, enum edist_stat stat,
                                   double radius, size_t j, quad *sum) {
  struct edist_reduced r = {0};
  *sum = 0;
  for (size_t i = 0; i < t->n; i++) {
    const double d = t->d[i + j * t->n];
    if (!counts_as(t, i, j)) continue;
    *sum += d;
    if (stat == EDIST_STAT_sum) r.there++;
    if (stat == EDIST_STAT_count && d <= radius) r.there++;
    const bool better = r.there == 0 || (stat == EDIST_STAT_max ? d > r.value
                                                                : d < r.value);
    if ((stat == EDIST_STAT_min || stat == EDIST_STAT_max) && better) {
      r.value = d;
      r.there = i + 1;
    }
  }
  if (stat == EDIST_STAT_sum) r.value = (double)*sum;
  return r;
}

static void check_reduce(struct trial *t, const int *own, double radius,
                         enum edist_stat stat) {
  static const char *const calls_of[] = {"min", "max", "sum", "count"};
  const bool squares = by_squares(t, radius);
  struct edist_reduced got[MOST_ROWS];
  double limit[MOST_ROWS];
  const size_t end = t->n;
  for (size_t j = 0; j < t->m; j++) {
    limit[j] = squares ? edist_square_limit(radius) : radius;
  }
  struct edist_sink_reduce sink =
      edist_sink_reduce(stat, t->n, t->m, &end, 1, got);
  if (t->self) sink.self = own;
  sink.limit = limit;
  struct edist_job job = job_of(t, &sink.sink);
  run_compare(&job, &sink.compare, sink.stretch,
              stat == EDIST_STAT_sum || (stat == EDIST_STAT_count && !squares));
  for (size_t j = 0; j < t->m; j++) {
    quad sum;
    const struct edist_reduced want = reduce(t, stat, radius, j, &sum);
    bool good = got[j].there == want.there;
    if (stat == EDIST_STAT_sum) {
      /* 16 sums at a time, which are then added up: 24 roundings at most. */
      good = good && (got[j].value == want.value ||
                      fabsq(got[j].value - sum) <= 24 * (quad)0x1p-53 * sum);
    } else if (stat != EDIST_STAT_count && want.there) {
      good = good && got[j].value == want.value;
    }
    if (good) continue;
    char text[96];
    snprintf(text, sizeof text, ", %zu, not %zu, radius %a", got[j].there,
             want.there, radius);
    fail(t, calls_of[stat], 0, j, got[j].value,
         stat == EDIST_STAT_sum ? sum : want.value, text);
  }
}

/* ---- All of it ----------------------------------------------------------- */

static void check_trial(uint64_t seed) {
  struct trial t = draw_trial(seed);
  int own[MOST_ROWS];
  for (int i = 0; i < MOST_ROWS; i++) own[i] = i;
  for (size_t j = 0; j < t.m; j++) {
    for (size_t i = 0; i < t.n; i++) t.want[i + j * t.n] = define(&t, i, j);
  }
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    if (!isa->runs()) continue;
    prepare(&t, isa);
    check_cross(&t);
    if (t.self) check_triangles(&t);
    check_pairs(&t);
    check_nearest(&t, own);
    const double radius = draw_radius(&t);
    check_within(&t, radius, false);
    if (t.self) check_within(&t, radius, true);
    for (int stat = EDIST_STAT_min; stat <= EDIST_STAT_count; stat++) {
      check_reduce(&t, own, radius, (enum edist_stat)stat);
    }
  }
  trial_free(&t);
}

static double setting(const char *name) {
  const char *value = getenv(name);
  return value && *value ? strtod(value, NULL) : 0;
}

int main(int argc, char **argv) {
  const time_t start = time(NULL);
  const double seconds = setting("EDIST_FUZZ_SECONDS");
  double most = setting("EDIST_FUZZ_CALLS"), from = setting("EDIST_FUZZ_FROM");
  if (most <= 0) most = seconds > 0 ? INFINITY : 20000;
  uint64_t seed = from >= 1 ? (uint64_t)from : 1;
  if (argc > 1) {
    one_seed = true;
    seed = strtoull(argv[1], NULL, 10);
    check_trial(seed++);
  }
  while (!one_seed && (double)calls < most &&
         !(seconds > 0 && difftime(time(NULL), start) >= seconds)) {
    check_trial(seed++);
  }
  printf("%ld calls up to seed %llu, %ld failures\n", calls,
         (unsigned long long)seed - 1, failures);
  for (const struct kind *k = kinds; k->call; k++) {
    printf("  failed: %s of %s%s%s, %ld\n", k->call, k->strict ? "strict " : "",
           k->weighted ? "weighted " : "", k->name, k->count);
  }
  for (size_t w = 0; worst[w].name; w++) {
    printf("  %s: up to %.3g of what is allowed\n", worst[w].name, worst[w].share);
  }
  return failures != 0;
}
