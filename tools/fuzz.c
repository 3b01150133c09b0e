/* Compares every method, mode, instruction set and answer of the C core with
 * definitions in 128-bit arithmetic, on inputs drawn from a seed: ordinary
 * values, values that overflow, underflow or cancel, and missing ones.
 *
 * The matrix of distances must agree with the definitions, within bounds
 * (fuzz-define.h), or with the bits of dist() where these are promised. All
 * other answers must agree with the matrix, bit by bit.
 *
 * `fuzz SEED` runs one trial, and prints all values of what fails. `fuzz` runs
 * trials from seed 1 on, or from EDIST_FUZZ_FROM, until EDIST_FUZZ_CALLS calls
 * are made or EDIST_FUZZ_SECONDS have passed. Exits with 1 if anything fails.
 */
#include <quadmath.h>
#include <stdio.h>
#include <time.h>

#include "fuzz-define.h"
#include "fuzz-draw.h"

#include "search/run-selection.h"
#include "engine/rescue.h"
#include "sink/selection.h"

/* ---- Failures ------------------------------------------------------------ */

static long calls = 0, failures = 0;
static bool one_seed = false;

/* Failures counted by kind; the first few of each kind are printed. */
enum { KINDS = 100 };
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
} worst[32];

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

/* Reports `got` instead of `want` for rows i of x and j of y; `more` says what
 * else matters. */
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

static bool same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

/* ---- Calls --------------------------------------------------------------- */

static void prepare(struct trial *t, const struct edist_isa *isa) {
  t->isa = isa;
  t->raise = (struct edist_power){.exponent = t->power, .raise = raise_to};
  t->metric = *edist_metric_find(t->name);
  if (t->weights) t->metric = edist_metric_weighted(t->metric);
  if (is(t, "minkowski")) {
    t->metric = edist_metric_minkowski(&t->raise, t->strict);
  }
  t->sx = edist_source_double(t->x, t->n, t->p);
  t->sy = edist_source_double(t->y, t->m, t->p);
  bool on;
  if (edist_metric_totals(&t->metric, &on)) {
    edist_source_totals(&t->sx, &t->sy, isa->kernel, on, t->totals,
                        t->totals + t->n);
  }
  if (t->metric.rows == EDIST_ROWS_given) return;
  edist_source_change(&t->sx, isa->kernel, t->metric.rows, t->units);
  edist_source_change(&t->sy, isa->kernel, t->metric.rows, t->units + t->n);
}

static struct edist_job job_of(const struct trial *t, struct edist_sink *sink) {
  return (struct edist_job){.a = &t->sx,
                            .b = &t->sy,
                            .metric = &t->metric,
                            .strict = t->strict,
                            .power = &t->raise,
                            .unit = 0.25,
                            .weights = t->weights,
                            .missing = NAN,
                            .kernel = t->isa->kernel,
                            .sink = sink,
                            .search = (t->n + t->m) % 2 == 0,
                            .threads = t->threads};
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
  if (want.exact) return got == want.value;
  if (identical_rows(t, i, j)) return got == 0;
  if (got < 0 || (has_units(t) && !is(t, "chord") && got > 2)) return false;
  const quad most = isinfq(want.value) ? 0 : bound(t, want.value);
  const quad error = fabsq(got - want.value);
  if (most > 0 && !isinf(got)) note_share(t->name, (double)(error / most));
  return close_to(got, want.value, most);
}

static void run(const struct edist_job *job) {
  calls++;
  if (edist_run(job) == EDIST_STATUS_done) return;
  puts("a call did not finish");
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
  job.b = NULL;
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
  const struct edist_subset left = {&t->sx, i}, right = {&t->sy, j};
  struct edist_source x = edist_source_subset(&left, PAIRS);
  struct edist_source y = edist_source_subset(&right, PAIRS);
  for (size_t c = 0; c < PAIRS; c++) {
    i[c] = (int)below(t->n) + 1;
    j[c] = (int)below(t->m) + 1;
    if (!t->sx.unit) continue;
    ux[c] = t->sx.unit[i[c] - 1];
    uy[c] = t->sy.unit[j[c] - 1];
    x.unit = ux;
    y.unit = uy;
    x.roots = t->sx.roots;
    y.roots = t->sy.roots;
  }
  struct edist_sink_pairs sink = edist_sink_pairs(out);
  struct edist_job job = job_of(t, &sink.sink);
  job.a = &x;
  job.b = &y;
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

static void run_selection(struct edist_job *job, struct edist_ranking *compare,
                          size_t chunk, bool finished) {
  calls++;
  job->chunk = chunk;
  if (edist_run_selection(job, compare, finished) == EDIST_STATUS_done) return;
  puts("a call did not finish");
  exit(1);
}

/* The row after `last` in the order of distance and index; n if there is none.
 */
static size_t next_nearest(const struct trial *t, size_t j, size_t last) {
  const double *d = t->d + j * t->n;
  size_t best = t->n;
  for (size_t i = 0; i < t->n; i++) {
    if (!counts_as(t, i, j)) continue;
    const bool after =
        last == t->n || d[i] > d[last] || (d[i] == d[last] && i > last);
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
  run_selection(&job, &sink.ranking, sink.chunk, false);
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
  if (isnan(d) || chance(6))
    return chance(4) ? INFINITY : ldexp(unit(), exponent(3));
  return chance(2) ? d : d * (1 + unit());
}

/* Whether squares are compared with a limit, as in src/r-request.c. */
static bool by_squares(const struct trial *t, double radius) {
  const double rescaled = edist_max_rescale(t->weights, t->p);
  return t->metric.transform == EDIST_TRANSFORM_root && !isinf(rescaled) &&
         edist_square_safe(radius, rescaled);
}

static void check_within(struct trial *t, double radius, bool triangle) {
  const bool squares = by_squares(t, radius);
  double limit[MAX_ROWS], radii[MAX_ROWS], start[MAX_ROWS + 1];
  for (size_t j = 0; j < t->m; j++) {
    limit[j] = squares ? edist_square_limit(radius) : radius;
    radii[j] = radius;
  }
  struct edist_sink_within sink = edist_sink_within(
      t->n, t->m, limit, radii, t->self, triangle, (size_t)1 << 30);
  struct edist_job job = job_of(t, &sink.sink);
  if (triangle) job.b = NULL;
  run_selection(&job, &sink.ranking, sink.chunk, !squares);
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

/* The sum or the mean of a query's distances, and their number; or the minimum
 * or maximum, and its place, from 1; or how many are within the radius. */
static bool adds(enum edist_stat stat) {
  return stat == EDIST_STAT_sum || stat == EDIST_STAT_mean;
}
static struct edist_reduced reduce(const struct trial *t, enum edist_stat stat,
                                   double radius, size_t j, quad *sum) {
  struct edist_reduced r = {0};
  *sum = 0;
  for (size_t i = 0; i < t->n; i++) {
    const double d = t->d[i + j * t->n];
    if (!counts_as(t, i, j)) continue;
    *sum += d;
    if (adds(stat)) r.count++;
    if (stat == EDIST_STAT_count && d <= radius) r.count++;
    const bool better =
        r.at == 0 || (stat == EDIST_STAT_max ? d > r.value : d < r.value);
    if ((stat == EDIST_STAT_min || stat == EDIST_STAT_max) && better) {
      r.value = d;
      r.at = i + 1;
    }
  }
  if (stat == EDIST_STAT_mean) *sum /= r.count;
  if (adds(stat)) r.value = (double)*sum;
  return r;
}

static void check_reduce(struct trial *t, const int *own, double radius,
                         enum edist_stat stat) {
  static const char *const calls_of[] = {"min", "max", "sum", "mean", "count"};
  const bool squares = by_squares(t, radius);
  struct edist_reduced got[MAX_ROWS];
  double limit[MAX_ROWS];
  const size_t end = t->n;
  for (size_t j = 0; j < t->m; j++) {
    limit[j] = squares ? edist_square_limit(radius) : radius;
  }
  struct edist_sink_reduce sink = edist_sink_reduce(
      stat, t->n, t->m, t->m, &end, 1, t->self ? own : NULL, limit, got);
  struct edist_job job = job_of(t, &sink.sink);
  run_selection(&job, &sink.ranking, sink.chunk,
                adds(stat) || (stat == EDIST_STAT_count && !squares));
  for (size_t j = 0; j < t->m; j++) {
    quad sum;
    const struct edist_reduced want = reduce(t, stat, radius, j, &sum);
    bool good = got[j].count == want.count && got[j].at == want.at;
    if (stat != EDIST_STAT_count && want.count + want.at > 0) {
      /* Sixteen sums at a time, which are then added up: at most 24 roundings,
       * and one of a quotient next to 0. */
      const quad most =
          adds(stat) ? 24 * (quad)0x1p-53 * sum + (quad)0x1p-1074 : 0;
      good =
          good && close_to(got[j].value, adds(stat) ? sum : want.value, most);
    }
    if (good) continue;
    char text[96];
    snprintf(text, sizeof text, ", %zu, not %zu, radius %a",
             got[j].count + got[j].at, want.count + want.at, radius);
    fail(t, calls_of[stat], 0, j, got[j].value, adds(stat) ? sum : want.value,
         text);
  }
}

/* ---- Everything ---------------------------------------------------------- */

static void check_trial(uint64_t seed) {
  struct trial t = draw_trial(seed);
  int own[MAX_ROWS];
  for (int i = 0; i < MAX_ROWS; i++) own[i] = i;
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
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* shows failures at once */
  const time_t start = time(NULL);
  const double seconds = setting("EDIST_FUZZ_SECONDS");
  double most = setting("EDIST_FUZZ_CALLS"), from = setting("EDIST_FUZZ_FROM");
  if (most <= 0) most = seconds > 0 ? INFINITY : 10000;
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
  for (const struct kind *k = kinds; k < kinds + KINDS && k->call; k++) {
    printf("  failed: %s of %s%s%s, %ld\n", k->call, k->strict ? "strict " : "",
           k->weighted ? "weighted " : "", k->name, k->count);
  }
  for (size_t w = 0; worst[w].name; w++) {
    printf("  %s: up to %.3g of what is allowed\n", worst[w].name,
           worst[w].share);
  }
  return failures != 0;
}
