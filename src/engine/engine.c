#include "engine/engine.h"

#include <float.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "engine/blocks.h"
#include "engine/omp.h"
#include "engine/rescue.h"
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
  bool groups;   /* of columns are summed apart */
  bool counting; /* in every block what is used is counted */
  bool rescues;  /* sums may overflow or underflow, and are then done anew */
  bool zeros;    /* and even those of common values may underflow to 0 */
  struct edist_finishing finishing;
  double pairs; /* in all */
  atomic_size_t next, pairs_done;
  atomic_bool stop;
  double watched; /* when, by the calling thread alone */
};

/* What one thread owns: packed panels, and sums of the block at hand. */
struct worker {
  double *a, *b;
  size_t b_from;        /* first row of y in b, if its panels are held */
  unsigned *b_seen;     /* what was seen in them, one after the other */
  double *group;        /* sums of the current group of columns */
  double *total, *lost; /* sums of the groups before it: NULL for one group */
  double *used;         /* weights of the columns used */
  double *raw;          /* a column of sums that are doubtful */
  double *ones;         /* weights of columns that have none */
};

/* The block at hand. */
struct state {
  struct edist_extent extent;
  size_t k0, ncol; /* columns in the panels */
  unsigned seen;
  bool masked;   /* from the first columns with a missing value on */
  bool counting; /* what is used: from some columns on, too */
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
  const size_t columns = one_pass(run) ? run->job->kernel->nr : run->blocks.nc;
  return run->blocks.mc * columns;
}

static size_t a_room(const struct run *run) {
  return run->blocks.mc * least(run->blocks.kc, run->ncol);
}

static size_t b_room(const struct run *run) {
  return run->blocks.nc *
         (run->blocks.held ? run->ncol : least(run->blocks.kc, run->ncol));
}

static size_t panels_held(const struct run *run) {
  return run->blocks.held ? run->ncol / run->blocks.kc + 1 : 1;
}

static size_t worker_room(const struct run *run) {
  return a_room(run) + b_room(run) + (run->groups ? 4 : 2) * sums_room(run) +
         run->blocks.mc + run->blocks.kc + panels_held(run);
}

static struct worker worker_make(const struct run *run, double *room) {
  struct worker w = {.b_from = (size_t)-1};
  w.a = room;
  w.b = w.a + a_room(run);
  w.group = w.b + b_room(run);
  w.used = w.group + sums_room(run);
  w.raw = w.used + sums_room(run);
  w.ones = w.raw + run->blocks.mc;
  for (size_t k = 0; k < run->blocks.kc; k++) w.ones[k] = 1;
  w.b_seen = (unsigned *)(w.ones + run->blocks.kc);
  if (run->groups) {
    w.total = w.ones + run->blocks.kc + panels_held(run);
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

/* The rows of a strip that hold sums: from i_first to the last tile's end. */
static size_t summed_rows(const struct run *run, size_t i_first, size_t nrow) {
  const size_t mr = run->job->kernel->mr;
  return (nrow + mr - 1) / mr * mr - i_first;
}

/* Weights of the first k1 columns, added up one after the other as kernels
 * do. */
static double weights_before(const struct run *run, size_t k1) {
  if (!run->job->weights) return (double)k1;
  double sum = 0;
  for (size_t k = 0; k < k1; k++) sum += run->job->weights[k];
  return sum;
}

/* Begins to count in a strip: all columns before these were used. */
static void strip_count(const struct run *run, const struct state *s,
                        size_t i_first, size_t nrow, double *used) {
  const double before = weights_before(run, s->k0);
  const size_t n = summed_rows(run, i_first, nrow);
  for (size_t c = 0; c < run->job->kernel->nr; c++) {
    double *column = used + c * run->blocks.mc + i_first;
    for (size_t i = 0; i < n; i++) column[i] = before;
  }
}

/* Sums of one strip, all the block's rows by nr rows of y, over the columns in
 * the panels. In a triangle, tiles wholly above the diagonal are left out. */
static void strip_accumulate(const struct run *run, const struct worker *w,
                             const struct state *s, const double *b,
                             size_t i_first, size_t nrow, size_t offset) {
  const struct edist_kernel *kernel = run->job->kernel;
  edist_tile_fn *const *tiles = kernel->tile[run->job->metric->accumulate];
  edist_tile_fn *tile = tiles[EDIST_MODE_plain];
  if (s->masked || !tile) tile = tiles[EDIST_MODE_masked];
  if (run->job->strict) tile = tiles[EDIST_MODE_strict];
  const bool fresh = run->groups ? s->k0 % EDIST_SUM_GROUP == 0 : s->k0 == 0;
  struct edist_panels panels = {
      .ncol = s->ncol,
      .b = b,
      .weights = run->job->weights ? run->job->weights + s->k0 : w->ones,
      .power = run->job->power};
  for (size_t i = i_first; i < nrow; i += kernel->mr) {
    panels.a = w->a + i * s->ncol;
    tile(&panels, w->group + offset + i, w->used + offset + i, run->blocks.mc,
         fresh);
  }
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

/* Turns n sums of the pairs (i, j), (i + 1, j), ... into distances. Those that
 * overflow or underflow have spoiled are computed anew. */
static void column_finish(const struct run *run, const struct worker *w,
                          const struct state *s, size_t i, size_t i_end,
                          size_t j, size_t n, double *d, const double *used) {
  const struct edist_kernel *kernel = run->job->kernel;
  const bool zeros = run->zeros || (s->seen & EDIST_SEEN_tiny);
  const bool doubt = run->rescues && kernel->doubtful(n, d, zeros);
  if (doubt) memcpy(w->raw, d, n * sizeof *d);
  if (used || !run->job->unfinished) {
    kernel->finish(&run->finishing, n, d, used);
  }
  if (!doubt) return;
  for (size_t r = 0; i + r < i_end; r++) {
    const bool low = w->raw[r] < EDIST_SMALLEST_SUM && (zeros || w->raw[r] > 0);
    if ((low || w->raw[r] > DBL_MAX) && !(run->job->y == NULL && i + r == j)) {
      d[r] = edist_rescue(run->job, i + r, j);
    }
  }
}

/* Hands the strip, its sums complete, to the sink. */
static void strip_finish(const struct run *run, const struct worker *w,
                         const struct state *s, size_t i_first, size_t j,
                         double *strip, const double *used) {
  const struct edist_extent e = s->extent;
  const struct edist_block block = {
      .i0 = e.i0 + i_first,
      .i1 = e.i1,
      .j0 = e.j0 + j,
      .j1 = least(e.j0 + j + run->job->kernel->nr, e.j1),
      .value = strip + i_first,
      .ld = run->blocks.mc,
      .column = e.j0,
      .seen = s->seen,
      .thread = omp_get_thread_num()};
  const size_t n = summed_rows(run, i_first, e.i1 - e.i0);
  for (size_t c = 0; c < block.j1 - block.j0; c++) {
    const size_t at = i_first + c * block.ld;
    column_finish(run, w, s, block.i0, block.i1, block.j0 + c, n, strip + at,
                  s->counting ? used + at : NULL);
  }
  run->job->sink->block(run->job->sink, &block);
}

/* The first row of the block that strip j needs, rounded down to a tile; past
 * the block's end if the strip lies above the triangle. */
static size_t first_row(const struct run *run, struct edist_extent e,
                        size_t j) {
  const size_t mr = run->job->kernel->mr;
  const size_t diagonal = e.j0 + j;
  if (run->blocks.region != EDIST_REGION_triangle || diagonal <= e.i0)
    return 0;
  return (diagonal - e.i0) / mr * mr;
}

/* Packs the next columns of both sides. */
static unsigned pack(const struct run *run, struct worker *w,
                     const struct state *s, double *b) {
  const struct edist_kernel *kernel = run->job->kernel;
  const struct edist_extent e = s->extent;
  unsigned *b_seen =
      w->b_seen + (run->blocks.held ? s->k0 / run->blocks.kc : 0);
  if (!run->blocks.held || w->b_from != e.j0) {
    *b_seen = edist_source_pack(run->y, kernel, e.j0, e.j1 - e.j0, s->k0,
                                s->ncol, kernel->nr, b);
  }
  return *b_seen | edist_source_pack(run->job->x, kernel, e.i0, e.i1 - e.i0,
                                     s->k0, s->ncol, kernel->mr, w->a);
}

static void block_run(struct run *run, struct worker *w,
                      struct edist_extent e) {
  const struct edist_kernel *kernel = run->job->kernel;
  const size_t nrow = e.i1 - e.i0;
  double *sums = w->total ? w->total : w->group;
  struct state s = {.extent = e};
  for (s.k0 = 0; s.k0 < run->ncol; s.k0 += run->blocks.kc) {
    if (!go_on(run)) return;
    s.ncol = least(run->blocks.kc, run->ncol - s.k0);
    const bool last = s.k0 + s.ncol == run->ncol;
    const bool group_ends = last || (s.k0 + s.ncol) % EDIST_SUM_GROUP == 0;
    double *b = w->b + (run->blocks.held ? s.k0 * run->blocks.nc : 0);
    s.seen |= pack(run, w, &s, b);
    const bool counted_before = s.counting;
    s.masked = (s.seen & EDIST_SEEN_missing) && !run->job->metric->unit_rows;
    s.counting = s.counting || run->counting || s.masked;
    for (size_t j = 0; j < e.j1 - e.j0; j += kernel->nr) {
      const size_t i_first = first_row(run, e, j);
      const size_t offset = one_pass(run) ? 0 : j * run->blocks.mc;
      if (i_first >= nrow) break;
      if (s.counting && !counted_before) {
        strip_count(run, &s, i_first, nrow, w->used + offset);
      }
      strip_accumulate(run, w, &s, b + j * s.ncol, i_first, nrow, offset);
      if (run->groups && group_ends) {
        strip_fold(run, w, i_first, nrow, offset, s.k0 < EDIST_SUM_GROUP);
      }
      if (last) {
        strip_finish(run, w, &s, i_first, j, sums + offset, w->used + offset);
      }
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

/* All that was taken: one block, unless the job asks for stretches. */
static void stretch_run(struct run *run, struct worker *w,
                        struct edist_extent taken) {
  struct edist_extent e = taken;
  for (; e.i0 < taken.i1; e.i0 = e.i1) {
    e.i1 = least(e.i0 + run->blocks.mc, taken.i1);
    if (edist_blocks_pairs(&run->blocks, e) > 0) block_run(run, w, e);
  }
}

static void worker_run(struct run *run, double *room) {
  struct worker w = worker_make(run, room);
  struct edist_extent extent;
  while (go_on(run) && take(run, &extent)) {
    stretch_run(run, &w, extent);
  }
}

/* What of the job decides how blocks are done. */
static void set_manner(struct run *run) {
  const struct edist_job *job = run->job;
  const enum edist_accumulate accumulate = job->metric->accumulate;
  run->groups = run->ncol > EDIST_SUM_GROUP && !job->strict &&
                accumulate != EDIST_ACCUMULATE_maxdiff;
  run->counting = job->strict || accumulate == EDIST_ACCUMULATE_canberra ||
                  !job->kernel->tile[accumulate][EDIST_MODE_plain];
  run->rescues =
      !job->strict && !job->unfinished && edist_rescues(job->metric);
  run->zeros = edist_zeros(job);
  run->finishing =
      (struct edist_finishing){.finish = job->unfinished ? EDIST_FINISH_none
                                                         : job->metric->finish,
                               .rescale = job->metric->rescale,
                               .weights = weights_before(run, run->ncol),
                               .missing = job->missing,
                               .power = job->power};
}

static enum edist_region region_of(const struct edist_job *job) {
  if (job->diagonal) return EDIST_REGION_diagonal;
  return job->y ? EDIST_REGION_rectangle : EDIST_REGION_triangle;
}

static double pairs_of(const struct edist_job *job) {
  const double n = (double)job->x->nrow;
  if (job->diagonal) return n;
  return job->y ? n * (double)job->y->nrow : n * (n + 1) / 2;
}

enum edist_status edist_run(const struct edist_job *job) {
  const struct edist_source *y = job->y ? job->y : job->x;
  struct run run = {.job = job, .y = y, .ncol = job->x->ncol};
  run.blocks =
      edist_blocks_make(job->x->nrow, y->nrow, run.ncol,
                        region_of(job), job->stretch, job->kernel, job->threads);
  run.pairs = pairs_of(job);
  run.watched = seconds();
  set_manner(&run);
  struct edist_scratch scratch =
      edist_scratch_make(worker_room(&run), run.blocks.threads);
  if (!scratch.data) return EDIST_STATUS_no_memory;
  const struct edist_walk walk = {run.blocks.threads, run.blocks.nc};
  if (!job->sink->begin(job->sink, &walk)) {
    edist_scratch_free(&scratch);
    return EDIST_STATUS_no_memory;
  }
#ifdef _OPENMP
#pragma omp parallel num_threads(run.blocks.threads)
#endif
  worker_run(&run,
             scratch.data + scratch.per_thread * (size_t)omp_get_thread_num());
  edist_scratch_free(&scratch);
  job->sink->end(job->sink);
  return run.stop ? EDIST_STATUS_stopped : EDIST_STATUS_done;
}
