#include "search/search.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine/parallel.h"
#include "engine/rescue.h"
#include "kernel/size.h"
#include "search/walk.h"

/* Fewer rows are not worth a tree; nor is a search or a screen that costs more
 * than this share of doing without. tools/core-build.sh does both always. */
#ifndef EDIST_SEARCH_MIN_ROWS
#define EDIST_SEARCH_MIN_ROWS 1000
#define EDIST_SEARCH_MAX_COST 0.8
#endif

enum {
  MIN_BASE = EDIST_SEARCH_MIN_ROWS,
  MIN_QUERIES = EDIST_SEARCH_MIN_ROWS / 4,
  MIN_SCREEN_COLUMNS = 8, /* boxes leave little to do for fewer */
  MIN_AXES_COLUMNS = 8    /* with fewer, columns are as good */
};

/* A run of all threads. */
struct run {
  struct edist_search search; /* what they share and do not change */
  double *ones;               /* weights of columns that have none */
  size_t trial_step;          /* the trial did each batch that this divides */
  size_t positions;           /* of queries: those of leaves, in their order */
  atomic_size_t next;         /* position */
  atomic_ullong pairs;        /* computed */
  atomic_ullong screened;     /* compared by codes */
  atomic_bool no_memory;
  struct edist_progress progress; /* in queries */
};

/* Whether the queries are the base. */
static bool one_side(const struct edist_job *job) {
  return !job->b || job->b == job->a;
}

static size_t queries_of(const struct edist_job *job) {
  return job->b ? job->b->nrow : job->a->nrow;
}

static void count_pairs(struct run *run, const struct edist_work *work) {
  atomic_fetch_add(&run->pairs, (unsigned long long)work->pairs);
  atomic_fetch_add(&run->screened, (unsigned long long)work->screened);
}

static void thread_run(void *data, int thread) {
  struct run *run = data;
  struct edist_searcher w;
  const struct edist_tree *query = run->search.query;
  struct edist_queries taken;
  if (!edist_searcher_make(&w, &run->search, thread)) {
    atomic_store(&run->no_memory, true);
    atomic_store(&run->progress.stop, true);
    return;
  }
  edist_progress_enter(&run->progress);
  while (edist_progress_go_on(&run->progress) &&
         edist_queries_take(&run->next, run->positions, query->leaf, query->mr,
                            run->search.job->threads, &taken)) {
    if (taken.leaf % run->trial_step == 0 && taken.leaf < query->nleaf)
      continue;
    if (!edist_batch_run(&w, taken)) atomic_store(&run->progress.stop, true);
    atomic_fetch_add(&run->progress.done, w.batch.count);
  }
  count_pairs(run, &w.work);
  edist_searcher_free(&w);
  edist_progress_leave(&run->progress);
}

/* Chooses the way that costs least. False if computing every pair does. */
static bool choose_way(struct run *run, const struct edist_work *plain,
                       const struct edist_work *screened) {
  struct edist_search *search = &run->search;
  const size_t ncol = search->base.ncol;
  double cost = edist_work_cost(plain, 0);
  if (screened->queries > 0) {
    const double code = search->screen.kernel->cost;
    const double with = edist_work_cost(screened, code);
    const double without = edist_work_cost_without_boxes(screened, code);
    search->way.screens = fmin(with, without) < EDIST_SEARCH_MAX_COST * cost;
    search->way.boxes = !search->way.screens || with < without;
    cost = fmin(cost, fmin(with, without));
  }
  return cost <
         EDIST_SEARCH_MAX_COST * edist_cost_of_all(search->base.nrow, ncol);
}

/* Does trial batches number `from` to `to` - 1. Every third is not screened,
 * unless others have shown that this takes too long. */
static bool try_batches(struct run *run, size_t from, size_t to,
                        struct edist_work work[2], double *limit) {
  const struct edist_search *search = &run->search;
  const struct edist_tree *base = &search->base;
  struct edist_searcher w;
  bool good = true;
  if (!edist_searcher_make(&w, search, 0)) return false;
  for (size_t i = from; good && i < to; i++) {
    const size_t g = i * run->trial_step;
    const struct edist_queries queries = {g, 0, search->query->leaf};
    const bool slow =
        edist_work_cost(work, 0) > edist_cost_of_all(base->nrow, base->ncol);
    const bool screens = search->screen.kernel && (slow || i % 3 > 0);
    if (g >= search->query->nleaf) break;
    w.way.screens = screens;
    w.work = work[screens];
    good = edist_progress_go_on(&run->progress) && edist_batch_run(&w, queries);
    work[screens] = w.work;
    atomic_fetch_add(&run->progress.done, w.batch.count);
  }
  *limit = edist_searcher_mean_root(&w);
  edist_searcher_free(&w);
  return good;
}

/* Does a fortieth of all batches, at most a few, and keeps what they find. How
 * near neighbours of the first are decides how fine codes must be. */
static bool trial(struct run *run) {
  enum { MAX_BATCHES = 12 };
  struct edist_search *search = &run->search;
  const size_t batches = search->query->nleaf; /* of complete rows */
  const size_t ways = search->base.rows ? 2 : 1;
  const size_t wanted =
      edist_size_min(edist_size_max(batches / 40, ways), MAX_BATCHES);
  struct edist_work work[2];
  work[0] = work[1] = (struct edist_work){.ncol = search->base.ncol,
                                          .ncoord = search->base.ncoord};
  double limit;
  run->trial_step = edist_size_ceil(batches, wanted);
  if (!try_batches(run, 0, 1, work, &limit)) return false;
  /* Without codes there is nothing else to try. */
  const double most = fmax(1, EDIST_SEARCH_MAX_COST) *
                      edist_cost_of_all(search->base.nrow, search->base.ncol);
  if (ways == 1 && edist_work_cost(work, 0) > most) return false;
  if (search->base.rows &&
      !edist_screen_make(&search->screen,
                         edist_screen_kernel_of(search->job->kernel),
                         &search->base, limit, search->job->threads)) {
    return false;
  }
  if (!try_batches(run, 1, wanted, work, &limit)) return false;
  count_pairs(run, work);
  count_pairs(run, work + 1);
  return choose_way(run, work, work + 1);
}

/* Whether no sum of a pair can have lost digits: whatever is computed, the
 * answer is that of edist_run(). The smallest difference of two values is a
 * rounding error of the smallest of them. Coordinates must not overflow even
 * where sums may. */
static bool sums_safe(const struct run *run) {
  const struct edist_job *job = run->search.job;
  const bool rescues = edist_rescues(job->metric);
  if (!rescues && !run->search.axes.ncol) return true;
  const struct edist_tree *a = &run->search.base, *b = run->search.query;
  const bool power = job->metric->transform == EDIST_TRANSFORM_power;
  const double exponent = power ? job->power->exponent : 2;
  const double smallest = fmin(a->smallest, b->smallest);
  const double largest = fmax(a->largest, b->largest);
  double min_weight = 1, max_weight = 1;
  for (size_t k = 0; job->weights && k < a->ncol; k++) {
    if (job->weights[k] > 0) min_weight = fmin(min_weight, job->weights[k]);
    max_weight = fmax(max_weight, job->weights[k]);
  }
  if (largest == 0) return true;
  const bool rescale = a->nextra + b->nextra > 0 && job->metric->rescale;
  const double factor =
      rescale ? log2(edist_max_rescale(job->weights, a->ncol)) : 0;
  const double low = exponent * (log2(smallest) - 54) + log2(min_weight);
  const double high = exponent * (log2(largest) + 1) + log2(max_weight) +
                      log2((double)a->ncol) + factor;
  if (!(high < 1000)) return false;
  return !rescues || (low > log2(EDIST_SMALLEST_SUM) + factor &&
                      high / fmin(exponent, 1) < 1000);
}

/* Sums of squares of that many columns have coordinates of their own. */
static bool has_axes(const struct edist_job *job) {
  return job->metric->accumulate == EDIST_ACCUMULATE_sqdist &&
         !job->sink->selector->farthest && job->a->ncol >= MIN_AXES_COLUMNS;
}

static bool can_screen(const struct edist_job *job) {
  return job->metric->accumulate == EDIST_ACCUMULATE_sqdist &&
         !job->sink->selector->farthest && job->a->ncol >= MIN_SCREEN_COLUMNS &&
         edist_screen_kernel_of(job->kernel);
}

/* The share of computing every pair that trees may cost: much for few columns,
 * where a search is sure to pay, little where it rarely does. */
static double max_trees(const struct edist_job *job) {
  if (job->a->ncol < MIN_SCREEN_COLUMNS) return 0.8;
  return can_screen(job) ? 0.3 : 0.05;
}

/* Whether building trees costs little enough: it does not for few queries. */
static bool trees_pay(const struct edist_job *job) {
  const size_t ncol = job->a->ncol, nrow = job->a->nrow;
  const double trees =
      edist_cost_of_tree(nrow, ncol) +
      (one_side(job) ? 0 : edist_cost_of_tree(job->b->nrow, ncol));
  const double all = (double)queries_of(job) * edist_cost_of_all(nrow, ncol);
  return trees < EDIST_SEARCH_MAX_COST * max_trees(job) * all;
}

/* What is known without looking at the data. */
static bool may_search(const struct edist_job *job) {
  return job->search && job->sink->selector && !job->strict && !job->diagonal &&
         !edist_job_by_weight(job) &&
         job->kernel->search[job->metric->accumulate].one &&
         job->a->ncol <= EDIST_SUM_GROUP && job->a->nrow >= MIN_BASE &&
         queries_of(job) >= MIN_QUERIES && trees_pay(job);
}

static bool set_up(struct run *run) {
  const struct edist_job *job = run->search.job;
  edist_progress_begin(&run->progress, job->callback, (double)queries_of(job));
  const bool rounds = edist_job_rounds(job);
  run->search.tiles = rounds ? job->kernel->search_rounded
                             : job->kernel->search[job->metric->accumulate];
  run->search.masked =
      job->kernel->tile[job->metric->accumulate]
                       [rounds ? EDIST_MODE_strict : EDIST_MODE_masked];
  run->search.epilogue = edist_job_epilogue(job);
  run->search.plain = run->search.epilogue.transform == EDIST_TRANSFORM_none;
  run->search.paired = job->metric->accumulate == EDIST_ACCUMULATE_paired;
  run->search.farthest = job->sink->selector->farthest;
  /* How far a box is at most says too little to test each query. */
  run->search.way.boxes = !run->search.farthest;
  run->search.weights = job->weights;
  if (run->search.weights) return true;
  const size_t ones = edist_size_max(job->a->ncol, EDIST_COORDINATES);
  run->ones = malloc(ones * sizeof *run->ones);
  if (!run->ones) return false;
  for (size_t k = 0; k < ones; k++) run->ones[k] = 1;
  run->search.weights = run->ones;
  return true;
}

static bool tree_sides(struct run *run) {
  const struct edist_job *job = run->search.job;
  struct edist_axes *axes = &run->search.axes;
  if (has_axes(job) && !edist_axes_find(axes, job->a, job->kernel))
    return false;
  if (!axes->ncol) axes = NULL;
  if (!edist_tree_make(&run->search.base, job->a, job->kernel, job->threads,
                       axes, can_screen(job), &run->progress)) {
    return false;
  }
  run->search.query =
      one_side(job) ? &run->search.base : &run->search.own_query;
  if (!one_side(job) &&
      !edist_tree_make(&run->search.own_query, job->b, job->kernel,
                       job->threads, axes, false, &run->progress)) {
    return false;
  }
  run->search.axes_error =
      edist_axes_error(run->search.base.radius, run->search.query->radius);
  run->positions =
      edist_tree_extra(run->search.query) + run->search.query->nextra;
  return run->search.base.nrow >= MIN_BASE;
}

static enum edist_status run_all(struct run *run) {
  const struct edist_job *job = run->search.job;
  edist_parallel(job->threads, thread_run, run);
  run->search.sink->end(run->search.sink);
  if (job->shares) {
    const double all = (double)job->a->nrow * run->progress.total;
    job->shares->computed = (double)atomic_load(&run->pairs) / all;
    job->shares->screened = (double)atomic_load(&run->screened) / all;
  }
  if (run->progress.cancelled) return EDIST_STATUS_cancelled;
  if (atomic_load(&run->no_memory)) return EDIST_STATUS_no_memory;
  return run->progress.stop ? EDIST_STATUS_stopped : EDIST_STATUS_done;
}

/* After a trial that does not pay, everything is as before. */
static bool try_search(struct run *run, enum edist_status *status) {
  struct edist_sink *sink = run->search.sink;
  const struct edist_walk walk = {.threads = run->search.job->threads,
                                  .slab = run->search.base.leaf,
                                  .any_order = true};
  if (!sink->begin(sink, &walk)) return false;
  run->search.start_rows = sink->selector->start_rows(sink);
  if (trial(run)) {
    *status = run_all(run);
    return true;
  }
  sink->end(sink);
  return false;
}

bool edist_search_run(const struct edist_job *job, enum edist_status *status) {
  if (!may_search(job)) return false;
  struct run run = {.search = {.job = job, .sink = job->sink}};
  bool searched = set_up(&run) && tree_sides(&run) && sums_safe(&run) &&
                  try_search(&run, status);
  if (!searched && run.progress.cancelled) {
    *status = EDIST_STATUS_cancelled;
    searched = true;
  }
  edist_screen_free(&run.search.screen);
  edist_axes_free(&run.search.axes);
  edist_tree_free(&run.search.base);
  edist_tree_free(&run.search.own_query);
  free(run.ones);
  return searched;
}
