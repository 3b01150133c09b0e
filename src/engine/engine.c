#include "engine/engine.h"

#include <float.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/blocks.h"
#include "engine/clock.h"
#include "engine/omp.h"
#include "engine/parallel.h"
#include "engine/queue.h"
#include "engine/rescue.h"
#include "engine/scratch.h"
#include "kernel/target.h"

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
  bool rounded;  /* products are, as in dist() */
  struct edist_finishing finishing;
  double pairs; /* in all */
  struct edist_queue queue;
  atomic_ullong pairs_done;
  atomic_int working; /* threads */
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
  bool last, group_ends;
  bool masked;   /* from the first columns with a missing value on */
  bool counting; /* what is used: from some columns on, too */
  bool starts_counting;
};

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Panels that are packed in one go leave each piece of a strip finished at
 * once: its sums stay in the second-level cache and one piece of room is
 * enough.
 */
static bool one_pass(const struct run *run) {
  return run->ncol <= run->blocks.kc;
}

/* Rows of the room for sums. */
static size_t sums_ld(const struct run *run) {
  return one_pass(run) ? run->blocks.piece : run->blocks.mc;
}

static size_t sums_room(const struct run *run) {
  const size_t columns = one_pass(run) ? run->job->kernel->nr : run->blocks.nc;
  return sums_ld(run) * columns;
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
         run->blocks.piece + run->blocks.kc + panels_held(run);
}

static struct worker worker_make(const struct run *run, double *room) {
  struct worker w = {.b_from = (size_t)-1};
  w.a = room;
  w.b = w.a + a_room(run);
  w.group = w.b + b_room(run);
  w.used = w.group + sums_room(run);
  w.raw = w.used + sums_room(run);
  w.ones = w.raw + run->blocks.piece;
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
  const double waited = edist_seconds() - run->watched;
  if (waited >= 0 && waited < WATCH_SECONDS) return true; /* clocks jump */
  const double done = (double)atomic_load(&run->pairs_done) / run->pairs;
  const bool on = run->job->watch.go_on(run->job->watch.data, done);
  run->watched = edist_seconds();
  if (!on) atomic_store(&run->stop, true);
  return on;
}

/* Some rows of a strip, a strip being nr rows of y: all offsets are from the
 * block's first rows. */
struct piece {
  struct edist_block block; /* for the sink, once the sums are complete */
  const struct run *run;
  const struct worker *w;
  size_t i, i_end, j;
  size_t at;   /* where its sums begin */
  size_t rows; /* of sums: up to the end of the last tile */
  bool zeros;  /* even sums of 0 may be spoiled by underflow */
  bool doubt;  /* whether one may be, or by overflow */
};

static struct piece piece_make(const struct run *run, const struct worker *w,
                               size_t i, size_t i_end, size_t j) {
  const size_t mr = run->job->kernel->mr;
  return (struct piece){.run = run,
                        .w = w,
                        .i = i,
                        .i_end = i_end,
                        .j = j,
                        .at = one_pass(run) ? 0 : j * run->blocks.mc + i,
                        .rows = (i_end - i + mr - 1) / mr * mr};
}

/* Weights of the first k1 columns, added up one after the other as kernels
 * do. */
static double weights_before(const struct run *run, size_t k1) {
  if (!run->job->weights) return (double)k1;
  double sum = 0;
  for (size_t k = 0; k < k1; k++) sum += run->job->weights[k];
  return sum;
}

/* Begins to count: all columns before these were used. */
static void piece_count(const struct piece *p, const struct state *s) {
  const double before = weights_before(p->run, s->k0);
  for (size_t c = 0; c < p->run->job->kernel->nr; c++) {
    double *column = p->w->used + p->at + c * sums_ld(p->run);
    for (size_t i = 0; i < p->rows; i++) column[i] = before;
  }
}

static edist_tile_fn *tile_for(const struct run *run, const struct state *s) {
  edist_tile_fn *const *tiles =
      run->job->kernel->tile[run->job->metric->accumulate];
  if (run->job->strict || (run->rounded && s->masked)) {
    return tiles[EDIST_MODE_strict];
  }
  if (run->rounded) return tiles[EDIST_MODE_rounded];
  if (s->masked || !tiles[EDIST_MODE_plain]) return tiles[EDIST_MODE_masked];
  return tiles[EDIST_MODE_plain];
}

/* Sums over the columns in the panels, those of y at `b`. */
static void piece_accumulate(const struct piece *p, const struct state *s,
                             const double *b) {
  const struct run *run = p->run;
  const bool fresh = run->groups ? s->k0 % EDIST_SUM_GROUP == 0 : s->k0 == 0;
  const size_t mr = run->job->kernel->mr, ld = sums_ld(run);
  edist_tile_fn *tile = tile_for(run, s);
  struct edist_panels panels = {
      .ncol = s->ncol,
      .b = b,
      .weights = run->job->weights ? run->job->weights + s->k0 : p->w->ones,
      .power = run->job->power};
  for (size_t r = 0; r < p->rows; r += mr) {
    panels.a = p->w->a + (p->i + r) * s->ncol;
    tile(&panels, p->w->group + p->at + r, p->w->used + p->at + r, ld, fresh);
  }
}

/* Adds a finished group of columns to the totals. */
static void piece_fold(const struct piece *p, bool first) {
  const struct worker *w = p->w;
  for (size_t c = 0; c < p->run->job->kernel->nr; c++) {
    const size_t at = p->at + c * sums_ld(p->run);
    if (first) {
      for (size_t i = at; i < at + p->rows; i++) w->total[i] = w->lost[i] = 0;
    }
    p->run->job->kernel->fold(p->rows, w->group + at, w->total + at,
                              w->lost + at);
  }
}

/* Distances of the rows i .. i_end-1 from row j of y. Those that overflow or
 * underflow have spoiled are computed anew. */
static void piece_finish(const struct edist_block *block, size_t i,
                         size_t i_end, size_t j, double *to) {
  const struct piece *p = (const struct piece *)block;
  const struct run *run = p->run;
  const size_t n = i_end - i;
  const size_t at = (j - block->j0) * block->ld + (i - block->i0);
  const double *sum = block->sum + at;
  if (p->doubt) sum = memcpy(p->w->raw, sum, n * sizeof *sum);
  const double *used = block->counted ? p->w->used + p->at + at : NULL;
  run->job->kernel->finish(&run->finishing, n, sum, used, to,
                           run->job->sink->stream);
  for (size_t r = 0; p->doubt && r < n; r++) {
    const bool low = sum[r] < EDIST_SMALLEST_SUM && (p->zeros || sum[r] > 0);
    const bool high = sum[r] > DBL_MAX || to[r] > DBL_MAX; /* once rescaled */
    const bool rare = used && used[r] > 0 &&
                      used[r] < DBL_MIN * run->finishing.weights;
    if ((low || high || rare) && !(run->job->y == NULL && i + r == j)) {
      to[r] = edist_rescue(run->job, i + r, j);
    }
  }
}

static bool doubtful(const struct piece *p) {
  const struct edist_kernel *kernel = p->run->job->kernel;
  if (!p->run->rescues) return false;
  if (p->block.counted) return true; /* rescaling may overflow, too */
  for (size_t j = p->block.j0; j < p->block.j1; j++) {
    const double *column = p->block.sum + (j - p->block.j0) * p->block.ld;
    if (kernel->doubtful(p->rows, column, p->zeros)) return true;
  }
  return false;
}

/* Hands the piece, its sums complete, to the sink. */
static void piece_deliver(struct piece *p, const struct state *s) {
  const struct run *run = p->run;
  const struct edist_extent e = s->extent;
  double *sums = p->w->total ? p->w->total : p->w->group;
  p->block = (struct edist_block){
      .i0 = e.i0 + p->i,
      .i1 = e.i0 + p->i_end,
      .j0 = e.j0 + p->j,
      .j1 = least(e.j0 + p->j + run->job->kernel->nr, e.j1),
      .sum = sums + p->at,
      .ld = sums_ld(run),
      .column = e.j0,
      .seen = s->seen,
      .counted = s->counting,
      .thread = omp_get_thread_num(),
      .finish = piece_finish};
  p->zeros = run->zeros || (s->seen & EDIST_SEEN_tiny);
  p->doubt = doubtful(p);
  run->job->sink->block(run->job->sink, &p->block);
}

/* The first row of the block that strip j needs, rounded down to a tile; past
 * the block's end if the strip lies above the triangle. */
static size_t first_row(const struct run *run, struct edist_extent e,
                        size_t j) {
  const size_t mr = run->job->kernel->mr;
  const size_t diagonal = e.j0 + j;
  if (run->blocks.region != EDIST_REGION_triangle || diagonal <= e.i0) return 0;
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

/* What a block does with a strip over the columns in the panels. In a triangle,
 * tiles wholly above the diagonal are left out. */
static void strip_run(const struct run *run, const struct worker *w,
                      const struct state *s, size_t j, const double *b) {
  const size_t nrow = s->extent.i1 - s->extent.i0;
  const size_t i_first = first_row(run, s->extent, j);
  for (size_t i = i_first; i < nrow; i += run->blocks.piece) {
    struct piece p =
        piece_make(run, w, i, least(i + run->blocks.piece, nrow), j);
    if (s->starts_counting) piece_count(&p, s);
    piece_accumulate(&p, s, b);
    if (s->group_ends) piece_fold(&p, s->k0 < EDIST_SUM_GROUP);
    if (s->last) piece_deliver(&p, s);
  }
}

static void block_run(struct run *run, struct worker *w,
                      struct edist_extent e) {
  const size_t nr = run->job->kernel->nr;
  struct state s = {.extent = e};
  for (s.k0 = 0; s.k0 < run->ncol; s.k0 += run->blocks.kc) {
    if (!go_on(run)) return;
    const bool counted_before = s.counting;
    double *b = w->b + (run->blocks.held ? s.k0 * run->blocks.nc : 0);
    s.ncol = least(run->blocks.kc, run->ncol - s.k0);
    s.last = s.k0 + s.ncol == run->ncol;
    s.group_ends =
        run->groups && (s.last || (s.k0 + s.ncol) % EDIST_SUM_GROUP == 0);
    s.seen |= pack(run, w, &s, b);
    s.masked = (s.seen & EDIST_SEEN_missing) && !run->job->metric->unit_rows;
    s.counting = s.counting || run->counting || s.masked;
    s.starts_counting = s.counting && !counted_before;
    for (size_t j = 0; j < e.j1 - e.j0; j += nr) {
      strip_run(run, w, &s, j, b + j * s.ncol);
    }
  }
  w->b_from = e.j0;
  atomic_fetch_add(&run->pairs_done, edist_blocks_pairs(&run->blocks, e));
}

/* All that was taken: one block, unless units are larger. */
static void units_run(struct run *run, struct worker *w,
                      struct edist_extent taken) {
  struct edist_extent e = taken;
  for (; e.i0 < taken.i1; e.i0 = e.i1) {
    e.i1 = least(e.i0 + run->blocks.mc, taken.i1);
    if (edist_blocks_pairs(&run->blocks, e) > 0) block_run(run, w, e);
  }
}

/* The thread that asks the watch goes on asking when it has nothing left to do.
 * It spins at first, as it would at the end of the parallel region. */
static void wait_for_others(struct run *run) {
  const double since = edist_seconds();
  while (atomic_load(&run->working) > 0 && go_on(run)) {
    edist_pause(edist_seconds() - since < WATCH_SECONDS ? 0
                                                        : WATCH_SECONDS / 10);
  }
}

static void worker_run(struct run *run, double *room) {
  struct worker w = worker_make(run, room);
  struct edist_extent extent;
  size_t column = (size_t)-1;
  atomic_fetch_add(&run->working, 1);
  while (go_on(run) && edist_queue_take(&run->queue, &column, &extent)) {
    units_run(run, &w, extent);
  }
  EDIST_STREAM_END();
  atomic_fetch_sub(&run->working, 1);
  if (omp_get_thread_num() == 0) wait_for_others(run);
}

struct crew {
  struct run *run;
  const struct edist_scratch *scratch;
};

static void worker_start(void *data, int thread) {
  const struct crew *crew = data;
  worker_run(crew->run, crew->scratch->data +
                            crew->scratch->per_thread * (size_t)thread);
}

/* What of the job decides how blocks are done. */
static void set_manner(struct run *run) {
  const struct edist_job *job = run->job;
  const enum edist_accumulate accumulate = job->metric->accumulate;
  run->groups = run->ncol > EDIST_SUM_GROUP && !job->strict &&
                accumulate != EDIST_ACCUMULATE_maxdiff;
  run->counting = job->strict || accumulate == EDIST_ACCUMULATE_canberra ||
                  !job->kernel->tile[accumulate][EDIST_MODE_plain];
  run->rounded = run->ncol <= EDIST_DIST_COLUMNS &&
                 job->kernel->tile[accumulate][EDIST_MODE_rounded];
  run->rescues = !job->strict && !job->unfinished && edist_rescues(job->metric);
  run->zeros = edist_zeros(job);
  run->finishing = (struct edist_finishing){
      .finish = job->unfinished ? EDIST_FINISH_none : job->metric->finish,
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
      edist_blocks_make(job->x->nrow, y->nrow, run.ncol, region_of(job),
                        job->stretch, job->kernel, job->threads);
  run.pairs = pairs_of(job);
  run.watched = edist_seconds();
  set_manner(&run);
  run.queue = edist_queue_make(&run.blocks);
  struct edist_scratch scratch =
      edist_scratch_make(worker_room(&run), run.blocks.threads);
  const struct edist_walk walk = {run.blocks.threads, run.blocks.nc};
  if (!scratch.data || !run.queue.taken ||
      !job->sink->begin(job->sink, &walk)) {
    edist_scratch_free(&scratch);
    edist_queue_free(&run.queue);
    return EDIST_STATUS_no_memory;
  }
  edist_parallel(run.blocks.threads, worker_start,
                 &(struct crew){&run, &scratch});
  edist_scratch_free(&scratch);
  edist_queue_free(&run.queue);
  job->sink->end(job->sink);
  return run.stop ? EDIST_STATUS_stopped : EDIST_STATUS_done;
}
