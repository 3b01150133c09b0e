/* What a search finds has the bits of what computing every pair finds. The data
 * are made to mislead: ties, duplicates, missing values, offsets, few or many
 * columns, scales next to the limits of doubles. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/rescue.h"
#include "search/run-selection.h"
#include "search/search.h"
#include "sink/selection.h"

enum { K_MAX = 100 };

/* One set of data, and how it is asked. */
struct trial {
  const char *what;
  size_t n, m, p; /* m is 0: the rows themselves are the queries */
  size_t k;
  const char *method;
  double scale, offset;
  int levels;   /* values are whole numbers below this; 0: any */
  int copies;   /* every row is there so often */
  bool missing; /* in some rows */
  bool weighted, paired;
  bool never;  /* searched: every pair is computed for good reason */
  int factors; /* other columns are combinations of so many; 0: they are not */
};

static const struct trial trials[] = {
    {"plane", 1050, 0, 2, 10, "euclidean", 1, 0, 0, 1, 0, 0, 0, 0, 0},
    {"lattice", 1050, 0, 3, 10, "euclidean", 1, 0, 4, 1, 0, 0, 0, 0, 0},
    {"rows all alike", 750, 0, 2, 7, "euclidean", 1, 0, 1, 1, 0, 0, 0, 0, 0},
    {"duplicates", 950, 0, 5, 3, "euclidean", 1, 0, 0, 40, 0, 0, 0, 0, 0},
    {"other queries", 1150, 377, 4, 5, "euclidean", 1, 0, 9, 1, 0, 0, 0, 0, 0},
    {"many neighbours", 650, 0, 3, K_MAX, "euclidean", 1, 0, 20, 1, 0, 0, 0, 0,
     0},
    {"offset", 650, 0, 6, 5, "euclidean", 1, 1e8, 0, 1, 0, 0, 0, 0, 0},
    {"large", 650, 0, 3, 5, "euclidean", 0x1p400, 0, 0, 1, 0, 0, 0, 0, 0},
    {"small", 650, 0, 3, 5, "euclidean", 0x1p-440, 0, 0, 1, 0, 0, 0, 1, 0},
    {"denormal", 650, 0, 3, 5, "euclidean", 0x1p-1060, 0, 0, 1, 0, 0, 0, 1, 0},
    {"columns", 600, 0, 70, 4, "euclidean", 1, 0, 3, 1, 0, 0, 0, 0, 0},
    {"missing", 1050, 0, 4, 6, "euclidean", 1, 0, 7, 1, 1, 0, 0, 0, 0},
    {"missing, more columns", 850, 300, 9, 6, "euclidean", 1, 0, 7, 1, 1, 0, 0,
     0, 0},
    {"weights", 650, 0, 6, 5, "euclidean", 1, 0, 5, 1, 0, 1, 0, 0, 0},
    {"weights, missing", 850, 0, 6, 5, "euclidean", 1, 0, 5, 1, 1, 1, 0, 0, 0},
    {"paired columns", 650, 0, 8, 5, "euclidean", 1, 0, 0, 1, 0, 0, 1, 0, 0},
    {"squares", 650, 0, 3, 5, "sqeuclidean", 1, 0, 6, 1, 0, 0, 0, 0, 0},
    {"manhattan", 650, 0, 5, 30, "manhattan", 1, 0, 6, 1, 1, 0, 0, 0, 0},
    {"maximum", 650, 0, 5, 5, "maximum", 1, 0, 9, 1, 1, 0, 0, 0, 0},
    {"minkowski", 650, 0, 3, 5, "minkowski", 1, 0, 9, 1, 1, 0, 0, 0, 0},
    {"cosine", 650, 0, 3, 5, "cosine", 1, 0, 5, 1, 1, 0, 0, 0, 0},
    {"correlation", 650, 300, 9, 5, "correlation", 1, 3, 0, 1, 0, 0, 0, 0, 0},
    {"screen", 700, 0, 16, 5, "euclidean", 1, 0, 0, 1, 0, 0, 0, 0, 0},
    {"screen, other queries", 600, 377, 70, 5, "euclidean", 1, 0, 0, 1, 0, 0, 0,
     0, 0},
    {"screen, bytes", 500, 0, 129, 5, "euclidean", 1, 0, 256, 1, 0, 0, 0, 0, 0},
    {"screen, whole", 500, 0, 13, 5, "euclidean", 1, 0, 5000, 1, 0, 0, 0, 0, 0},
    {"screen, offset", 500, 0, 12, 5, "euclidean", 1, 1e8, 0, 1, 0, 0, 0, 0, 0},
    {"screen, duplicates", 800, 0, 20, 5, "euclidean", 1, 0, 0, 40, 0, 0, 0, 0,
     0},
    {"screen, ties", 800, 0, 10, 5, "euclidean", 1, 0, 2, 1, 0, 0, 0, 0, 0},
    {"screen, missing", 800, 0, 24, 5, "euclidean", 1, 0, 0, 1, 1, 0, 0, 0, 0},
    {"screen, many neighbours", 500, 0, 9, K_MAX, "euclidean", 1, 0, 0, 1, 0, 0,
     0, 0, 0},
    {"screen, large", 500, 0, 9, 5, "euclidean", 0x1p400, 0, 0, 1, 0, 0, 0, 0,
     0},
    {"screen, squares", 500, 0, 11, 5, "sqeuclidean", 1, 0, 0, 1, 0, 0, 0, 0,
     0},
    {"screen, cosine", 500, 0, 30, 5, "cosine", 1, 0, 0, 1, 0, 0, 0, 0, 0},
    {"canberra", 600, 0, 3, 5, "canberra", 1, 1, 5, 1, 0, 0, 0, 1, 0},
    {"axes", 900, 0, 12, 6, "euclidean", 1, 0, 0, 1, 0, 0, 0, 0, 3},
    {"axes, other queries", 700, 300, 9, 3, "euclidean", 1, 0, 0, 1, 0, 0, 0, 0,
     2},
    {"axes, many columns", 600, 0, 150, 5, "euclidean", 1, 0, 0, 1, 0, 0, 0, 0,
     20},
    {"axes, offset", 700, 0, 10, 5, "euclidean", 1, 1e8, 0, 1, 0, 0, 0, 0, 3},
    {"axes, ties", 900, 0, 8, 7, "euclidean", 1, 0, 3, 1, 0, 0, 0, 0, 4},
    {"axes, duplicates", 900, 0, 16, 5, "euclidean", 1, 0, 0, 30, 0, 0, 0, 0,
     5},
    {"axes, missing", 900, 0, 11, 5, "euclidean", 1, 0, 0, 1, 1, 0, 0, 0, 3},
    {"axes, large", 600, 0, 9, 5, "euclidean", 0x1p400, 0, 0, 1, 0, 0, 0, 0, 2},
    {"axes, small", 600, 0, 9, 5, "euclidean", 0x1p-350, 0, 0, 1, 0, 0, 0, 0,
     2},
    {"axes, line", 900, 0, 8, 5, "euclidean", 1, 0, 0, 1, 0, 0, 0, 0, 1},
    {"axes, squares", 700, 0, 20, 40, "sqeuclidean", 1, 0, 0, 1, 0, 0, 0, 0, 4},
    {"axes, overflow", 600, 0, 9, 5, "sqeuclidean", 0x1p600, 0, 0, 1, 0, 0, 0,
     1, 2},
    {"axes, underflow", 600, 0, 9, 5, "sqeuclidean", 0x1p-535, 0, 0, 1, 0, 0, 0,
     0, 2},
    {"axes, cosine", 700, 0, 30, 5, "cosine", 1, 0, 0, 1, 0, 0, 0, 0, 4},
};

static unsigned long long state;

static double unit(void) { return next_unit(&state); }

/* A combination of the first columns of row i. */
static double combined(const struct trial *t, const double *x, size_t n,
                       size_t i, size_t k) {
  double sum = 0;
  for (int f = 0; f < t->factors; f++) {
    sum += sin((double)(7 * k) + 3 * f) * x[i + (size_t)f * n];
  }
  return sum;
}

static double *draw(const struct trial *t, size_t n) {
  double *x = malloc(n * t->p * sizeof *x);
  if (!x) abort();
  for (size_t k = 0; k < t->p; k++) {
    double *column = x + k * n;
    for (size_t i = 0; i < n; i++) {
      const double value = t->levels ? floor(t->levels * unit()) : unit();
      const bool copy = i % (size_t)t->copies != 0;
      column[i] = copy ? column[i - 1] : value * t->scale + t->offset;
      if (t->factors && k >= (size_t)t->factors) {
        column[i] = combined(t, x, n, i, k);
      }
      if (t->missing && unit() < 0.01)
        column[i] = unit() < 0.3 ? INFINITY : NAN;
      if (t->paired && k % 2) column[i] = (unit() - 0.5) * 0x1p-54;
    }
  }
  return x;
}

/* All that a job needs and the search must not change. */
struct question {
  const struct trial *trial;
  struct edist_source a, b;
  struct edist_unit_row *unit[2];
  struct edist_metric metric;
  struct edist_power power;
  double *x, *y, weights[256];
  int *own;
  size_t queries;
  struct edist_job job;
};

static void unit_rows(struct edist_source *source, struct edist_unit_row **unit,
                      const struct edist_kernel *kernel, enum edist_rows rows) {
  *unit = malloc((source->nrow + 1) * sizeof **unit);
  if (!*unit) abort();
  edist_source_change(source, kernel, rows, *unit);
  source->unit = *unit;
}

static void question_make(struct question *q, const struct trial *t,
                          const struct edist_kernel *kernel, int threads) {
  *q = (struct question){.trial = t, .power = {.exponent = 3, .raise = pow}};
  state = 1 + t->n + t->p;
  q->queries = t->m ? t->m : t->n;
  q->x = draw(t, t->n);
  q->y = t->m ? draw(t, t->m) : NULL;
  q->a = edist_source_double(q->x, t->n, t->p);
  if (q->y) q->b = edist_source_double(q->y, t->m, t->p);
  q->metric = *edist_metric_find(t->method);
  if (strcmp(t->method, "minkowski") == 0) {
    q->metric = edist_metric_minkowski(&q->power, false);
  }
  if (t->weighted) q->metric = edist_metric_weighted(q->metric);
  if (t->paired) q->metric = edist_metric_paired();
  for (size_t k = 0; k < t->p; k++) q->weights[k] = 0.25 + (double)(k % 3);
  if (q->metric.rows != EDIST_ROWS_given) {
    unit_rows(&q->a, &q->unit[0], kernel, q->metric.rows);
    if (q->y) unit_rows(&q->b, &q->unit[1], kernel, q->metric.rows);
  }
  q->own = malloc(q->queries * sizeof *q->own);
  if (!q->own) abort();
  for (size_t j = 0; j < q->queries; j++) q->own[j] = (int)j;
  q->job = (struct edist_job){.a = &q->a,
                              .b = q->y ? &q->b : &q->a,
                              .metric = &q->metric,
                              .power = &q->power,
                              .weights = t->weighted ? q->weights : NULL,
                              .missing = NAN,
                              .kernel = kernel,
                              .threads = threads};
}

static void question_free(struct question *q) {
  free(q->x);
  free(q->y);
  free(q->own);
  free(q->unit[0]);
  free(q->unit[1]);
}

/* Counts the batches that a search has begun. */
static atomic_size_t begun;
static const struct edist_selector *counted;

static void count_open(struct edist_sink *sink,
                       const struct edist_batch *batch) {
  atomic_fetch_add(&begun, 1);
  counted->open(sink, batch);
}

/* Runs the question with this sink; with `search` it must be searched, or never
 * if the trial says so. */
static void run(const struct question *q, struct edist_job job,
                struct edist_ranking *ranking, bool distances, bool search) {
  struct edist_selector selector = *job.sink->selector;
  counted = job.sink->selector;
  selector.open = count_open;
  job.sink->selector = &selector;
  job.search = search;
  atomic_store(&begun, 0);
  if (edist_run_selection(&job, ranking, distances)) abort();
  const bool searched = atomic_load(&begun) > 0;
  CHECK(searched == (search && !q->trial->never), "%s was %ssearched",
        q->trial->what, searched ? "" : "not ");
}

static void nearest(struct question *q, bool search, int *index,
                    double *distance) {
  struct edist_sink_nearest sink =
      edist_sink_nearest(index, distance, q->a.nrow, q->queries, q->trial->k,
                         q->y ? NULL : q->own, -1);
  struct edist_job job = q->job;
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  run(q, job, &sink.ranking, false, search);
}

static void check_nearest(struct question *q, double *radius) {
  const size_t length = q->queries * q->trial->k;
  int *index[2];
  double *distance[2];
  for (int s = 0; s < 2; s++) {
    index[s] = malloc(length * sizeof *index[s]);
    distance[s] = malloc(length * sizeof *distance[s]);
    if (!index[s] || !distance[s]) abort();
    nearest(q, s == 1, index[s], distance[s]);
  }
  CHECK(memcmp(index[0], index[1], length * sizeof *index[0]) == 0 &&
            memcmp(distance[0], distance[1], length * sizeof(double)) == 0,
        "nearest, %s", q->trial->what);
  *radius = distance[0][length - 1]; /* some pairs are exactly so far apart */
  for (int s = 0; s < 2; s++) {
    free(index[s]);
    free(distance[s]);
  }
}

/* Each in an array that the caller frees. */
struct hits {
  double *start, *distance;
  int *query, *index;
  size_t count;
};

static struct hits within(struct question *q, bool search, bool triangle,
                          const double *limit, const double *radius) {
  struct edist_sink_within sink = edist_sink_within(
      q->a.nrow, q->queries, limit, radius, !q->y, triangle, (size_t)1 << 24);
  struct edist_job job = q->job;
  struct hits hits;
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  if (triangle) job.b = NULL;
  run(q, job, &sink.ranking, limit == radius, search);
  hits.start = malloc((q->queries + 1) * sizeof *hits.start);
  if (!hits.start) abort();
  edist_within_starts(&sink, hits.start);
  hits.count = (size_t)hits.start[q->queries];
  hits.query = malloc((hits.count + 1) * sizeof *hits.query);
  hits.index = malloc((hits.count + 1) * sizeof *hits.index);
  hits.distance = malloc((hits.count + 1) * sizeof *hits.distance);
  if (!hits.query || !hits.index || !hits.distance) abort();
  edist_within_fill(&sink, 0, hits.query, hits.index, hits.distance);
  edist_within_free(&sink);
  return hits;
}

static void check_within(struct question *q, bool triangle, bool squares,
                         double radius) {
  double *limit = malloc(2 * q->queries * sizeof *limit);
  if (!limit) abort();
  double *radii = limit + q->queries;
  for (size_t j = 0; j < q->queries; j++) {
    limit[j] = edist_square_limit(radius);
    radii[j] = radius;
  }
  struct hits hits[2];
  for (int s = 0; s < 2; s++) {
    hits[s] = within(q, s == 1, triangle, squares ? limit : radii, radii);
  }
  const size_t n = hits[0].count;
  CHECK(n == hits[1].count &&
            memcmp(hits[0].query, hits[1].query, n * sizeof(int)) == 0 &&
            memcmp(hits[0].index, hits[1].index, n * sizeof(int)) == 0 &&
            memcmp(hits[0].distance, hits[1].distance, n * sizeof(double)) == 0,
        "within %g, %s, %zu and %zu hits", radius, q->trial->what, n,
        hits[1].count);
  for (int s = 0; s < 2; s++) {
    free(hits[s].start);
    free(hits[s].query);
    free(hits[s].index);
    free(hits[s].distance);
  }
  free(limit);
}

static void check_reduce(struct question *q, enum edist_stat stat,
                         double radius) {
  struct edist_reduced *got = calloc(2 * q->queries, sizeof *got);
  double *radii = malloc(q->queries * sizeof *radii);
  const size_t end = q->a.nrow;
  if (!got || !radii) abort();
  for (size_t j = 0; j < q->queries; j++) radii[j] = radius;
  for (size_t s = 0; s < 2; s++) {
    struct edist_sink_reduce sink =
        edist_sink_reduce(stat, q->a.nrow, q->queries, q->queries, &end, 1,
                          q->y ? NULL : q->own, radii, got + s * q->queries);
    struct edist_job job = q->job;
    job.sink = &sink.sink;
    job.chunk = sink.chunk;
    run(q, job, &sink.ranking, stat == EDIST_STAT_count, s == 1);
  }
  size_t bad = 0;
  for (size_t j = 0; j < q->queries; j++) {
    const struct edist_reduced *one = got + j, *other = one + q->queries;
    bad += one->count != other->count || one->at != other->at ||
           memcmp(&one->value, &other->value, sizeof one->value) != 0;
  }
  CHECK(bad == 0, "statistic %d, %s, %zu differ", (int)stat, q->trial->what,
        bad);
  free(got);
  free(radii);
}

static void check_trial(const struct trial *t,
                        const struct edist_kernel *kernel, int threads) {
  struct question q;
  double radius;
  question_make(&q, t, kernel, threads);
  check_nearest(&q, &radius);
  if (!(radius < INFINITY)) radius = 0;
  const bool squares =
      q.metric.transform == EDIST_TRANSFORM_root &&
      edist_square_safe(radius, edist_max_rescale(q.job.weights, t->p));
  check_within(&q, !q.y, squares, radius);
  check_reduce(&q, EDIST_STAT_min, radius);
  /* The farthest rows are found without axes. */
  if (!(t->never && t->factors)) check_reduce(&q, EDIST_STAT_max, radius);
  check_reduce(&q, EDIST_STAT_count, radius);
  check_reduce(&q, EDIST_STAT_count, 4 * radius);
  check_reduce(&q, EDIST_STAT_count, INFINITY);
  question_free(&q);
}

static void test_search(const struct edist_kernel *kernel) {
  for (size_t t = 0; t < sizeof trials / sizeof *trials; t++) {
    check_trial(trials + t, kernel, 1 + (int)(t % 3));
  }
}

/* The callback cancels a search, too. */
static bool never(void *data, double done) {
  (void)done;
  ++*(int *)data;
  return false;
}

static void test_cancel(const struct edist_kernel *kernel) {
  /* Building the trees takes longer than the callback waits. */
  static const struct trial plane = {.what = "large plane",
                                     .n = 400000,
                                     .p = 2,
                                     .k = 10,
                                     .method = "euclidean",
                                     .scale = 1,
                                     .copies = 1};
  const struct trial *t = &plane;
  struct question q;
  int calls = 0;
  question_make(&q, t, kernel, 2);
  int *index = malloc(q.queries * t->k * sizeof *index);
  double *distance = malloc(q.queries * t->k * sizeof *distance);
  if (!index || !distance) abort();
  struct edist_sink_nearest sink =
      edist_sink_nearest(index, distance, q.a.nrow, q.queries, t->k, q.own, -1);
  struct edist_job job = q.job;
  job.sink = &sink.sink;
  job.chunk = sink.chunk;
  job.search = true;
  job.callback = (struct edist_callback){never, &calls};
  const enum edist_status status =
      edist_run_selection(&job, &sink.ranking, false);
  CHECK(status == EDIST_STATUS_cancelled && calls == 1,
        "cancelled by %d calls: status %d", calls, (int)status);
  free(index);
  free(distance);
  question_free(&q);
}

const struct test search_tests[] = {{"search", NULL, test_search},
                                    {"search-cancel", NULL, test_cancel},
                                    {NULL, NULL, NULL}};
