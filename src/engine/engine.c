#include "engine/engine.h"

#include <stdatomic.h>
#include <time.h>

#include "engine/blocks.h"
#include "engine/omp.h"
#include "engine/scratch.h"

/* How often the watch is asked: Ctrl-C feels immediate, and asking costs
 * nothing. */
static const double WATCH_SECONDS = 0.05;

/* What all threads of a run share. */
struct run {
  const struct edist_job *job;
  const struct edist_source *y; /* of the second side: x again without y */
  struct edist_blocks blocks;
  size_t ncol;
  double pairs; /* in all */
  atomic_size_t next, pairs_done;
  atomic_bool stop, missing;
  double watched; /* when, by the calling thread alone */
};

/* What one thread owns: packed panels, and sums of the block at hand. */
struct worker {
  double *a, *b;
  size_t b_from;        /* first row of y in b, if its panels are held */
  double *group;        /* sums of the current group of columns */
  double *total, *lost; /* sums of the groups before it: NULL for one group */
};

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static double seconds(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Panels that are packed in one go leave each strip finished at once: its sums
 * stay in the first-level cache and one strip of room is enough. */
static bool one_pass(const struct run *run) {
  return run->ncol <= run->blocks.kc;
}

static size_t sums_room(const struct run *run) {
  const size_t columns =
      one_pass(run) ? run->job->kernel->nr : run->blocks.nc;
  return run->blocks.mc * columns;
}

static size_t a_room(const struct run *run) {
  return run->blocks.mc * least(run->blocks.kc, run->ncol);
}

static size_t b_room(const struct run *run) {
  return run->blocks.nc *
         (run->blocks.held ? run->ncol : least(run->blocks.kc, run->ncol));
}

static bool several_groups(const struct run *run) {
  return run->ncol > EDIST_SUM_GROUP;
}

static size_t worker_room(const struct run *run) {
  return a_room(run) + b_room(run) +
         (several_groups(run) ? 3 : 1) * sums_room(run);
}

static struct worker worker_make(const struct run *run, double *room) {
  struct worker w = {.b_from = (size_t)-1};
  w.a = room;
  w.b = w.a + a_room(run);
  w.group = w.b + b_room(run);
  if (several_groups(run)) {
    w.total = w.group + sums_room(run);
    w.lost = w.total + sums_room(run);
  }
  return w;
}

/* Whether to go on. The calling thread asks the watch; the others see what it
 * learnt. R may be entered from the calling thread only. */
static bool go_on(struct run *run) {
  if (atomic_load_explicit(&run->stop, memory_order_relaxed)) return false;
  if (omp_get_thread_num() != 0 || !run->job->watch.go_on) return true;
  const double waited = seconds() - run->watched;
  if (waited >= 0 && waited < WATCH_SECONDS) return true; /* clocks jump */
  const double done = (double)atomic_load(&run->pairs_done) / run->pairs;
  const bool on = run->job->watch.go_on(run->job->watch.data, done);
  run->watched = seconds();
  if (!on) atomic_store(&run->stop, true);
  return on;
}

/* Sums of one strip, all the block's rows by nr rows of y, over the columns in
 * the panels. In a triangle, tiles wholly above the diagonal are left out. */
static void strip_accumulate(const struct run *run, const struct worker *w,
                             const double *b, size_t i_first, size_t nrow,
                             size_t ncol, double *strip, bool fresh) {
  const struct edist_kernel *kernel = run->job->kernel;
  edist_tile_fn *tile = kernel->tile[run->job->metric->accumulate];
  for (size_t i = i_first; i < nrow; i += kernel->mr) {
    tile(ncol, w->a + i * ncol, b, strip + i, run->blocks.mc, fresh);
  }
}

/* The rows of a strip that hold sums: from i_first to the last tile's end. */
static size_t summed_rows(const struct run *run, size_t i_first, size_t nrow) {
  const size_t mr = run->job->kernel->mr;
  return (nrow + mr - 1) / mr * mr - i_first;
}

/* Adds a finished group of columns to the strip's totals. */
static void strip_fold(const struct run *run, const struct worker *w,
                       size_t i_first, size_t nrow, size_t offset, bool first) {
  const struct edist_kernel *kernel = run->job->kernel;
  const size_t n = summed_rows(run, i_first, nrow);
  for (size_t c = 0; c < kernel->nr; c++) {
    const size_t at = offset + c * run->blocks.mc + i_first;
    if (first) {
      for (size_t i = at; i < at + n; i++) w->total[i] = w->lost[i] = 0;
    }
    kernel->fold(n, w->group + at, w->total + at, w->lost + at);
  }
}

/* Hands the strip, its sums complete, to the sink. */
static void strip_finish(const struct run *run, struct edist_extent e,
                         size_t i_first, size_t j, double *strip) {
  const struct edist_kernel *kernel = run->job->kernel;
  const struct edist_block block = {.i0 = e.i0 + i_first,
                                    .i1 = e.i1,
                                    .j0 = e.j0 + j,
                                    .j1 = least(e.j0 + j + kernel->nr, e.j1),
                                    .value = strip + i_first,
                                    .ld = run->blocks.mc};
  if (run->job->metric->finish == EDIST_FINISH_root) {
    const size_t n = summed_rows(run, i_first, e.i1 - e.i0);
    for (size_t c = 0; c < block.j1 - block.j0; c++) {
      kernel->root(n, strip + i_first + c * block.ld);
    }
  }
  run->job->sink->block(run->job->sink, &block);
}

/* The first row of the block that strip j needs, rounded down to a tile; past
 * the block's end if the strip lies above the triangle. */
static size_t first_row(const struct run *run, struct edist_extent e,
                        size_t j) {
  const size_t mr = run->job->kernel->mr;
  const size_t diagonal = e.j0 + j;
  if (run->blocks.region == EDIST_REGION_rectangle || diagonal <= e.i0) return 0;
  return (diagonal - e.i0) / mr * mr;
}

static void block_run(struct run *run, struct worker *w,
                      struct edist_extent e) {
  const struct edist_kernel *kernel = run->job->kernel;
  const size_t nrow = e.i1 - e.i0;
  double *sums = w->total ? w->total : w->group;
  for (size_t k0 = 0; k0 < run->ncol; k0 += run->blocks.kc) {
    if (!go_on(run)) return;
    const size_t ncol = least(run->blocks.kc, run->ncol - k0);
    const bool fresh = k0 % EDIST_SUM_GROUP == 0;
    const bool last = k0 + ncol == run->ncol;
    const bool group_ends = last || (k0 + ncol) % EDIST_SUM_GROUP == 0;
    double *b = w->b + (run->blocks.held ? k0 * run->blocks.nc : 0);
    bool finite = run->job->x->pack(run->job->x, kernel, e.i0, nrow, k0, ncol,
                                    kernel->mr, w->a);
    if (!run->blocks.held || w->b_from != e.j0) {
      finite = run->y->pack(run->y, kernel, e.j0, e.j1 - e.j0, k0, ncol,
                            kernel->nr, b) && finite;
    }
    if (!finite) {
      atomic_store(&run->missing, true);
      atomic_store(&run->stop, true);
      return;
    }
    for (size_t j = 0; j < e.j1 - e.j0; j += kernel->nr) {
      const size_t i_first = first_row(run, e, j);
      const size_t offset = one_pass(run) ? 0 : j * run->blocks.mc;
      if (i_first >= nrow) break;
      strip_accumulate(run, w, b + j * ncol, i_first, nrow, ncol,
                       w->group + offset, fresh);
      if (w->total && group_ends) {
        strip_fold(run, w, i_first, nrow, offset, k0 < EDIST_SUM_GROUP);
      }
      if (last) strip_finish(run, e, i_first, j, sums + offset);
    }
  }
  w->b_from = e.j0;
  atomic_fetch_add(&run->pairs_done, edist_blocks_pairs(&run->blocks, e));
}

/* Takes the next units of work; false if there are none left. */
static bool take(struct run *run, struct edist_extent *extent) {
  size_t from = atomic_load(&run->next), count;
  do {
    if (from >= run->blocks.units) return false;
    count = edist_blocks_take(&run->blocks, from);
  } while (!atomic_compare_exchange_weak(&run->next, &from, from + count));
  *extent = edist_blocks_extent(&run->blocks, from, count);
  return true;
}

static void worker_run(struct run *run, double *room) {
  struct worker w = worker_make(run, room);
  struct edist_extent extent;
  while (go_on(run) && take(run, &extent)) {
    if (edist_blocks_pairs(&run->blocks, extent) > 0) {
      block_run(run, &w, extent);
    }
  }
}

enum edist_status edist_run(const struct edist_job *job) {
  const struct edist_source *y = job->y ? job->y : job->x;
  struct run run = {.job = job, .y = y, .ncol = job->x->ncol};
  run.blocks = edist_blocks_make(
      job->x->nrow, y->nrow, run.ncol,
      job->y ? EDIST_REGION_rectangle : EDIST_REGION_triangle, job->kernel,
      job->threads);
  run.pairs = job->y ? (double)job->x->nrow * (double)y->nrow
                     : (double)y->nrow * ((double)y->nrow + 1) / 2;
  run.watched = seconds();
  struct edist_scratch scratch =
      edist_scratch_make(worker_room(&run), run.blocks.threads);
  if (!scratch.data) return EDIST_STATUS_no_memory;
  job->sink->begin(job->sink);
#ifdef _OPENMP
#pragma omp parallel num_threads(run.blocks.threads)
#endif
  worker_run(&run, scratch.data +
                       scratch.per_thread * (size_t)omp_get_thread_num());
  edist_scratch_free(&scratch);
  job->sink->end(job->sink);
  if (run.missing) return EDIST_STATUS_missing;
  return run.stop ? EDIST_STATUS_stopped : EDIST_STATUS_done;
}
