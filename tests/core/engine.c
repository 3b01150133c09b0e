/* How the engine divides its work among threads, and how it stops. */
#include "engine/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "engine/queue.h"
#include "imbalance.h"
#include "search/queries.h"
#include "sink/ranking.h"

/* Each pair of the region is taken once, whichever thread takes it. */
static bool taken_once(enum edist_region region, size_t n, size_t m,
                       const unsigned char *taken) {
  for (size_t j = 0; j < m; j++) {
    const size_t first = region == EDIST_REGION_rectangle ? 0 : j;
    const size_t end = region == EDIST_REGION_diagonal ? j + 1 : n;
    for (size_t i = 0; i < n; i++) {
      if (taken[i + j * n] > 1) return false;
      if (i >= first && i < end && !taken[i + j * n]) return false;
    }
  }
  return true;
}

/* One thread's part. */
static void take_all(struct edist_queue *queue, struct edist_extent window,
                     unsigned char *taken, size_t n, bool *inside) {
  size_t slab = (size_t)-1;
  struct edist_extent e;
  while (edist_queue_take(queue, &slab, &e)) {
    if (e.i0 < window.i0 || e.i1 > window.i1 || e.j0 < window.j0 ||
        e.j1 > window.j1 || e.i0 >= e.i1 || e.j0 >= e.j1) {
      *inside = false;
      return;
    }
    for (size_t j = e.j0; j < e.j1; j++) {
      for (size_t i = e.i0; i < e.i1; i++) taken[i + j * n]++;
    }
  }
}

static void check_queue(enum edist_region region, size_t chunk, size_t n,
                        size_t m, size_t columns, int threads) {
  const struct edist_kernel *kernel = &edist_kernel_portable;
  const struct edist_blocks blocks =
      edist_blocks_make(n, m, columns, region, chunk, kernel, threads);
  struct edist_queue queue = edist_queue_make(&blocks);
  unsigned char *taken = calloc(n * m, 1);
  if (!taken) abort();
  bool inside = true;
  for (size_t i = 0; i < n; i += blocks.a_rows) {
    for (size_t j = 0; j < m; j += blocks.b_rows) {
      const struct edist_extent window = edist_blocks_window(&blocks, i, j);
      edist_queue_fill(&queue, window);
#ifdef _OPENMP
#pragma omp parallel num_threads(threads)
#endif
      take_all(&queue, window, taken, n, &inside);
    }
  }
  CHECK(inside && taken_once(region, n, m, taken),
        "%zu by %zu rows of %zu columns, region %d, %d threads", n, m, columns,
        (int)region, threads);
  free(taken);
  edist_queue_free(&queue);
}

static void test_queue(void) {
  const size_t many = 9000; /* columns, and two windows a side */
  for (int threads = 1; threads <= 4; threads++) {
    check_queue(EDIST_REGION_rectangle, 0, 1000, 70, 300, threads);
    check_queue(EDIST_REGION_triangle, 0, 1000, 1000, 300, threads);
    check_queue(EDIST_REGION_rectangle, 0, 1, 5000, 300, threads);
    check_queue(EDIST_REGION_rectangle, 960, 3000, 50, 300, threads);
    check_queue(EDIST_REGION_diagonal, 0, 100, 100, 300, threads);
    check_queue(EDIST_REGION_rectangle, 0, 900, 800, many, threads);
    check_queue(EDIST_REGION_triangle, 0, 800, 800, many, threads);
    check_queue(EDIST_REGION_rectangle, 240, 400, 800, many, threads);
  }
}

/* However many threads, scratch memory has a bound. */
static void test_scratch(const struct edist_kernel *kernel) {
  const size_t shape[][2] = {{2000, 2000}, {6000, 1000}, {5000, 64},
                             {10000, 3},   {20000, 32},  {1000, 10000},
                             {50000, 3000}};
  for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
    const size_t n = shape[s][0], p = shape[s][1];
    const struct edist_source x = {.nrow = n, .ncol = p};
    struct edist_sink_matrix sink = edist_sink_cross(NULL, n, n);
    const struct edist_job job = {.a = &x,
                                  .b = &x,
                                  .metric = edist_metric_find("euclidean"),
                                  .kernel = kernel,
                                  .sink = &sink.sink,
                                  .threads = 128};
    const size_t bytes = edist_run_scratch(&job);
    CHECK(bytes < (size_t)128 << 20, "%zu rows of %zu columns: %zu bytes", n, p,
          bytes);
  }
}

static void test_imbalance(const struct edist_kernel *kernel) {
  const enum edist_region all = EDIST_REGION_rectangle;
  const enum edist_region half = EDIST_REGION_triangle;
  const struct {
    size_t n, p;
    enum edist_region region;
    size_t chunk;
  } task[] = {{2000, 2000, all, 0},
              {6000, 1000, all, 0},
              {5000, 64, all, 0},
              {5000, 3, all, 0},
              {10000, 3, half, 0},
              {2000, 2000, half, 0},
              {20000, 32, all, edist_chunk_rows(20000, 20000)}};
  for (size_t t = 0; t < sizeof task / sizeof *task; t++) {
    const struct edist_blocks blocks =
        edist_blocks_make(task[t].n, task[t].n, task[t].p, task[t].region,
                          task[t].chunk, kernel, 128);
    const double found = imbalance(&blocks);
    CHECK(blocks.threads == 128 && found <= 1.1,
          "%zu rows, %zu columns, region %d: %d threads, %g", task[t].n,
          task[t].p, (int)task[t].region, blocks.threads, found);
  }
}

/* The same for queries of a search, of which a trial has done some leaves. */
static void test_query_imbalance(void) {
  enum { THREADS = 128, LEAF = 96, MR = 8, QUERIES = 20000, TRIAL_STEP = 40 };
  atomic_size_t next = 0;
  struct edist_queries taken;
  size_t done[THREADS] = {0}, all = 0, most = 0;
  int at = 0;
  while (edist_queries_take(&next, QUERIES, LEAF, MR, THREADS, &taken)) {
    CHECK(taken.count > 0 && taken.from % MR == 0 &&
              taken.from + taken.count <= LEAF,
          "%zu of leaf %zu", taken.count, taken.leaf);
    if (taken.leaf % TRIAL_STEP == 0) continue;
    done[at] += taken.count;
    all += taken.count;
    if (done[at] > most) most = done[at];
    for (int t = 0; t < THREADS; t++) {
      if (done[t] < done[at]) at = t;
    }
  }
  const double found = (double)most * THREADS / (double)all;
  CHECK(found <= 1.1, "%g", found);
}

/* A side that does not fit in a window gives what its rows give one by one. */
static void check_windows(const struct edist_kernel *kernel, size_t n, size_t m,
                          size_t p) {
  double *x = whole_numbers(n * p, 5), *y = whole_numbers(m * p, 6);
  double *out = guarded(n * m), *one = guarded(m);
  struct edist_source sx = edist_source_double(x, n, p);
  struct edist_source sy = edist_source_double(y, m, p);
  struct edist_sink_matrix sink = edist_sink_cross(out, n, m);
  struct edist_job job = {.a = &sx,
                          .b = &sy,
                          .metric = edist_metric_find("manhattan"),
                          .kernel = kernel,
                          .sink = &sink.sink,
                          .threads = 2};
  const struct edist_blocks blocks =
      edist_blocks_make(n, m, p, EDIST_REGION_rectangle, 0, kernel, 2);
  CHECK(blocks.a_rows < n || blocks.b_rows < m, "one window");
  CHECK(edist_run(&job) == EDIST_STATUS_done, "%zu by %zu", n, m);
  bool same = true;
  for (size_t i = 0; i < n; i += 31) {
    const int row = (int)i + 1;
    const struct edist_subset subset = {&sx, &row};
    const struct edist_source si = edist_source_subset(&subset, 1);
    for (size_t j = 0; j < m; j += 31) {
      const int col = (int)j + 1;
      const struct edist_subset other = {&sy, &col};
      const struct edist_source sj = edist_source_subset(&other, 1);
      struct edist_sink_matrix to = edist_sink_cross(one, 1, 1);
      job.a = &si;
      job.b = &sj;
      job.sink = &to.sink;
      same = same && edist_run(&job) == EDIST_STATUS_done &&
             *one == out[i + j * n];
    }
  }
  CHECK(same, "%zu by %zu rows", n, m);
  guarded_free(one);
  guarded_free(out);
  free(y);
  free(x);
}

static void test_windows(const struct edist_kernel *kernel) {
  check_windows(kernel, 250, 5, 17000);
  check_windows(kernel, 5, 250, 17000);
}

static bool stop_at_once(void *data, double done) {
  int *asked = data;
  ++*asked;
  return done < 0;
}

/* A run that is interrupted must leave nothing behind: LeakSanitizer looks. */
static void test_interrupt(const struct edist_kernel *kernel) {
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
  CHECK(status == EDIST_STATUS_cancelled && asked == 1,
        "status %d, asked %d times", (int)status, asked);
  guarded_free(out);
  free(x);
}

const struct test engine_tests[] = {
    {.name = "queue", .run = test_queue},
    {.name = "scratch", .run_with = test_scratch},
    {.name = "imbalance", .run_with = test_imbalance},
    {.name = "imbalance of queries", .run = test_query_imbalance},
    {.name = "windows", .run_with = test_windows},
    {.name = "interrupt", .run_with = test_interrupt},
    {0}};
