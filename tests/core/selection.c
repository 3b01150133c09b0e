/* Answers without a matrix: nearest rows, rows within a radius, numbers per
 * row, against the matrix of all distances. */
#include <math.h>
#include <stdlib.h>

#include "table.h"

/* ---- Nearest rows -------------------------------------------------------- */

/* How many rows come before row i among the neighbours of j. */
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

static void check_nearest(const struct table *t, size_t k) {
  int *index = malloc(t->m * k * sizeof *index);
  if (!index) abort();
  double *distance = guarded(t->m * k);
  struct edist_sink_nearest sink = edist_sink_nearest(
      index, distance, t->n, t->m, k, t->self ? t->own : NULL, -1);
  struct edist_job job = t->job;
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  const bool good =
      edist_run_selection(&job, &sink.ranking, false) == EDIST_STATUS_done &&
      guards_hold(distance, t->m * k) && nearest_good(t, k, index, distance);
  CHECK(good, "%zu nearest, %zu by %zu rows", k, t->n, t->m);
  free(index);
  guarded_free(distance);
}

/* ---- Rows within a radius ------------------------------------------------ */

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

/* Takes the hits out of the sink, and gives its memory back. */
static bool hits_good(struct edist_sink_within *sink, const struct table *t,
                      double radius, bool triangle) {
  double *start = malloc((t->m + 1) * sizeof *start);
  if (!start) abort();
  edist_within_starts(sink, start);
  const size_t hits = (size_t)start[t->m];
  int *query = malloc((hits + 1) * sizeof *query);
  int *index = malloc((hits + 1) * sizeof *index);
  double *distance = malloc((hits + 1) * sizeof *distance);
  if (!query || !index || !distance) abort();
  edist_within_fill(sink, 0, query, index, distance);
  edist_within_free(sink);
  const bool good =
      within_good(t, radius, triangle, start, query, index, distance);
  free(start);
  free(query);
  free(index);
  free(distance);
  return good;
}

static void check_within(const struct table *t, double radius, bool triangle) {
  double *limit = malloc(t->m * sizeof *limit);
  double *radii = malloc(t->m * sizeof *radii);
  if (!limit || !radii) abort();
  for (size_t j = 0; j < t->m; j++) {
    limit[j] = edist_square_limit(radius);
    radii[j] = radius;
  }
  struct edist_sink_within sink = edist_sink_within(
      t->n, t->m, limit, radii, t->self, triangle, (size_t)1 << 30);
  struct edist_job job = t->job;
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  if (triangle) job.b = NULL;
  const bool done =
      edist_run_selection(&job, &sink.ranking, false) == EDIST_STATUS_done;
  CHECK(hits_good(&sink, t, radius, triangle) && done,
        "radius %g, %zu by %zu rows%s", radius, t->n, t->m,
        triangle ? ", triangle" : "");
  free(limit);
  free(radii);
}

/* ---- Numbers per row ----------------------------------------------------- */

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
    if (seeks ? got[j].at != best : got[j].count != there) return false;
    if (seeks && best && got[j].value != d[best - 1]) return false;
    if (stat == EDIST_STAT_sum && fabs(got[j].value - sum) > 1e-12 * sum) {
      return false;
    }
  }
  return true;
}

/* Three groups, one of them empty. */
static void check_reduce(const struct table *t, enum edist_stat stat,
                         double radius) {
  const size_t end[] = {t->n / 3, t->n / 3, t->n};
  struct edist_reduced *got = malloc(3 * t->m * sizeof *got);
  double *limit = malloc(t->m * sizeof *limit);
  if (!got || !limit) abort();
  for (size_t j = 0; j < t->m; j++) limit[j] = edist_square_limit(radius);
  struct edist_sink_reduce sink = edist_sink_reduce(
      stat, t->n, t->m, t->m, end, 3, t->self ? t->own : NULL, limit, got);
  struct edist_job job = t->job;
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  bool good = edist_run_selection(&job, &sink.ranking,
                                  stat == EDIST_STAT_sum) == EDIST_STATUS_done;
  for (size_t g = 0; g < 3; g++) {
    good = good && reduced_good(t, stat, radius, g ? end[g - 1] : 0, end[g],
                                got + g * t->m);
  }
  CHECK(good, "statistic %d, %zu by %zu rows", (int)stat, t->n, t->m);
  free(got);
  free(limit);
}

/* ---- The tests ----------------------------------------------------------- */

static void test_nearest(const struct edist_kernel *kernel) {
  each_table(kernel, check_nearest);
}

static void within_two(const struct table *t, size_t k) {
  (void)k;
  check_within(t, 2, false);
  if (t->self) check_within(t, 2, true);
}
static void test_within(const struct edist_kernel *kernel) {
  each_table(kernel, within_two);
}

static void reduce_all(const struct table *t, size_t k) {
  (void)k;
  for (int stat = EDIST_STAT_min; stat <= EDIST_STAT_count; stat++) {
    check_reduce(t, (enum edist_stat)stat, 2);
  }
}
static void test_reduce(const struct edist_kernel *kernel) {
  each_table(kernel, reduce_all);
}

/* Values of any size: squares that overflow or underflow must not decide which
 * row is nearest. */
static void test_nearest_sizes(const struct edist_kernel *kernel) {
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
    CHECK(good, "values of size %g", sizes[s]);
  }
}

const struct test selection_tests[] = {
    {.name = "nearest", .run_with = test_nearest},
    {.name = "within", .run_with = test_within},
    {.name = "reduce", .run_with = test_reduce},
    {.name = "nearest-sizes", .run_with = test_nearest_sizes},
    {0}};
