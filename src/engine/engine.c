/* Five loops around the kernel, named as their sizes are (engine/blocks.h):
 *
 *   jc  slabs of nc rows of b            thread_run, through the queue
 *   ic  blocks of mc rows of a           grains_run
 *   pc  panels of kc columns of data     block_run     has a and b packed
 *   jr  micro-panels of nr rows of b     block_run
 *   ir  strips, and in them tiles of     micro_panel_run, strip_accumulate
 *       mr rows of a
 *
 * A strip whose sums are complete goes to the sink at once. */
#include "engine/engine.h"

#include <float.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/blocks.h"
#include "engine/packed.h"
#include "engine/parallel.h"
#include "engine/queue.h"
#include "engine/rescue.h"
#include "engine/scratch.h"
#include "kernel/size.h"
#include "kernel/target.h"

/* Packed rows of both sides. */
struct sides {
  struct edist_packed a, b;
};

/* What all threads of a run share. */
struct run {
  const struct edist_job *job;
  const struct edist_source *b; /* side b; side a again if the job has none */
  struct edist_blocks blocks;
  size_t ncol;
  bool groups;   /* of columns are summed apart */
  bool counting; /* every block counts the columns it uses */
  bool totals;   /* what is counted follows from the totals of all rows */
  bool rescues;  /* pairs whose sums overflow or underflow are computed again */
  bool zeros;    /* even sums of common values may underflow to 0 */
  bool rounded;  /* products are rounded, as in dist() */
  bool by_weight; /* tiles for missing values are those that know weights */
  edist_column_fn *column; /* for few columns; NULL: tiles compute sums */
  struct edist_epilogue epilogue;
  struct sides tiles;   /* in micro-panels, if threads share them */
  struct sides columns; /* for run->column: rows of b one by one, and those of a
                           in long columns */
  struct edist_queue queue;
  struct edist_progress progress; /* in pairs */
};

/* What one thread owns: the sums of its block, and packed rows if none are
 * shared. */
struct workspace {
  struct sides tiles;
  double *group; /* sums of the current group of columns */
  double *total,
      *compensation; /* of all groups before it; NULL for one group */
  double *used;      /* weights of the columns used */
  double *raw;       /* a column of doubtful sums */
  double *ones;      /* weights of columns that have none */
};

/* The block at hand, and how far it is. */
struct block {
  struct edist_extent extent;
  size_t pc, ncol; /* columns in the panels */
  struct sides *sides;
  bool direct; /* distances by run->column */
  unsigned flags;
  bool last, group_ends;
  bool masked;   /* since a panel with a missing value */
  bool counting; /* the columns used, since the first masked panel at latest */
  bool starts_counting;
};

/* If all columns fit in one panel, every strip is complete at once: its sums
 * stay in the second-level cache, and room for one strip is enough. */
static bool one_panel(const struct run *run) {
  return run->ncol <= run->blocks.kc;
}

/* Leading dimension of the sums. */
static size_t sums_ld(const struct run *run) {
  return one_panel(run) ? run->blocks.strip_rows : run->blocks.mc;
}

static size_t sums_room(const struct run *run) {
  return sums_ld(run) *
         (one_panel(run) ? run->job->kernel->nr : run->blocks.nc);
}

/* Micro-panels of a window, or, of a thread's own, those of one block. */
static struct sides tiles_make(const struct run *run) {
  const struct edist_blocks *blocks = &run->blocks;
  const struct edist_kernel *kernel = run->job->kernel;
  const size_t kc = edist_size_min(blocks->kc, run->ncol);
  return (struct sides){
      .a = edist_packed_make(run->job->a, kernel, kernel->mr, kc,
                             blocks->shared ? blocks->a_rows : blocks->mc,
                             blocks->shared ? run->ncol : kc),
      .b = edist_packed_make(run->b, kernel, kernel->nr, kc,
                             blocks->shared ? blocks->b_rows : blocks->nc,
                             blocks->b_kept ? run->ncol : kc)};
}

/* Columns of a are long, for long runs of the result, but not so long that one
 * thread packs all of them. */
static struct sides columns_make(const struct run *run) {
  enum { LONG = 2400 };
  const struct edist_kernel *kernel = run->job->kernel;
  const size_t vectors = edist_size_ceil(run->blocks.a_rows, EDIST_MAX_LANES);
  const size_t lanes = edist_size_min(vectors * EDIST_MAX_LANES, LONG);
  return (struct sides){
      .a = edist_packed_make(run->job->a, kernel, lanes, run->ncol,
                             run->blocks.a_rows, run->ncol),
      .b = edist_packed_make(run->b, kernel, 1, run->ncol, run->blocks.b_rows,
                             run->ncol)};
}

static size_t sides_room(const struct sides *sides) {
  return edist_packed_room(&sides->a) + edist_packed_room(&sides->b);
}

static double *sides_place(struct sides *sides, double *room) {
  return edist_packed_place(&sides->b, edist_packed_place(&sides->a, room));
}

static void sides_move(struct sides *sides, struct edist_extent rows,
                       size_t ncol) {
  edist_packed_move(&sides->a, rows.i0, rows.i1 - rows.i0, 0, ncol);
  edist_packed_move(&sides->b, rows.j0, rows.j1 - rows.j0, 0, ncol);
}

static size_t shared_room(const struct run *run) {
  return (run->blocks.shared ? sides_room(&run->tiles) : 0) +
         (run->column ? sides_room(&run->columns) : 0);
}

static void place_shared(struct run *run, double *room) {
  if (run->blocks.shared) room = sides_place(&run->tiles, room);
  if (run->column) sides_place(&run->columns, room);
}

static size_t workspace_room(const struct run *run) {
  return (run->blocks.shared ? 0 : sides_room(&run->tiles)) +
         (run->groups ? 4 : 2) * sums_room(run) + run->blocks.strip_rows +
         run->blocks.kc;
}

static struct workspace workspace_make(const struct run *run, double *room) {
  struct workspace w = {.tiles = run->tiles};
  w.group = run->blocks.shared ? room : sides_place(&w.tiles, room);
  w.used = w.group + sums_room(run);
  w.raw = w.used + sums_room(run);
  w.ones = w.raw + run->blocks.strip_rows;
  for (size_t k = 0; k < run->blocks.kc; k++) w.ones[k] = 1;
  if (run->groups) {
    w.total = w.ones + run->blocks.kc;
    w.compensation = w.total + sums_room(run);
  }
  return w;
}

/* A strip: ir and jr are offsets from the block's first rows. */
struct strip {
  struct edist_strip out; /* for the sink, once the sums are complete */
  const struct run *run;
  const struct workspace *w;
  size_t ir, ir_end, jr;
  size_t at;   /* where its sums begin */
  size_t rows; /* of sums: up to the end of the last tile */
  bool zeros;  /* even sums of 0 may come from underflow */
  bool doubt;  /* whether any sum may have lost digits */
};

static struct strip strip_make(const struct run *run, const struct workspace *w,
                               size_t ir, size_t ir_end, size_t jr) {
  const size_t mr = run->job->kernel->mr;
  return (struct strip){.run = run,
                        .w = w,
                        .ir = ir,
                        .ir_end = ir_end,
                        .jr = jr,
                        .at = one_panel(run) ? 0 : jr * run->blocks.mc + ir,
                        .rows = edist_size_ceil(ir_end - ir, mr) * mr};
}

/* Begins to count: all columns before these were used. */
static void strip_count(const struct strip *p, const struct block *block) {
  const double before = edist_weights_sum(p->run->job->weights, block->pc);
  for (size_t c = 0; c < p->run->job->kernel->nr; c++) {
    double *used = p->w->used + p->at + c * sums_ld(p->run);
    for (size_t r = 0; r < p->rows; r++) used[r] = before;
  }
}

static edist_tile_fn *tile_for(const struct run *run,
                               const struct block *block) {
  edist_tile_fn *const *tiles =
      run->job->kernel->tile[run->job->metric->accumulate];
  if (run->totals) {
    return run->job->kernel->tile[EDIST_ACCUMULATE_absdiff][EDIST_MODE_plain];
  }
  if (run->job->strict || (run->rounded && block->masked)) {
    return tiles[EDIST_MODE_strict];
  }
  if (run->rounded) return tiles[EDIST_MODE_rounded];
  if ((block->flags & EDIST_VALUES_huge) && tiles[EDIST_MODE_huge]) {
    return tiles[EDIST_MODE_huge];
  }
  if (block->masked || !tiles[EDIST_MODE_plain]) {
    return tiles[EDIST_MODE_masked];
  }
  return tiles[EDIST_MODE_plain];
}

/* Panels of one column hold the rows one after the other. */
static bool strip_get(const struct strip *p, const struct block *block) {
  const struct run *run = p->run;
  const struct edist_given *given = run->job->given;
  const struct edist_extent e = block->extent;
  const size_t j = e.j0 + p->jr, n = p->ir_end - p->ir;
  const size_t m = edist_size_min(run->job->kernel->nr, e.j1 - j);
  return given->get(given->data, n,
                    edist_packed_at(&block->sides->a, e.i0 + p->ir, 0, 1), m,
                    edist_packed_at(&block->sides->b, j, 0, 1),
                    p->w->group + p->at, sums_ld(run));
}

/* Sums over the columns in the panels. */
static void strip_accumulate(const struct strip *p, const struct block *block) {
  const struct run *run = p->run;
  const bool fresh =
      run->groups ? block->pc % EDIST_SUM_GROUP == 0 : block->pc == 0;
  const size_t mr = run->job->kernel->mr, ld = sums_ld(run);
  const double *weights = run->job->weights;
  edist_tile_fn *tile = tile_for(run, block);
  struct edist_panels panels = {
      .ncol = block->ncol,
      .b = edist_packed_at(&block->sides->b, block->extent.j0 + p->jr,
                           block->pc, block->ncol),
      .weights = weights ? weights + block->pc : p->w->ones,
      .scale = run->job->scale ? run->job->scale + block->pc : p->w->ones,
      .power = run->job->power};
  const double *a = edist_packed_at(&block->sides->a, block->extent.i0 + p->ir,
                                    block->pc, block->ncol);
  for (size_t r = 0; r < p->rows; r += mr) {
    panels.a = a + r * block->ncol;
    tile(&panels, p->w->group + p->at + r, p->w->used + p->at + r, ld, fresh);
  }
}

/* Adds a complete group of columns to the totals. */
static void strip_fold(const struct strip *p, bool first) {
  const struct workspace *w = p->w;
  for (size_t c = 0; c < p->run->job->kernel->nr; c++) {
    const size_t at = p->at + c * sums_ld(p->run);
    if (first) {
      memset(w->total + at, 0, p->rows * sizeof *w->total);
      memset(w->compensation + at, 0, p->rows * sizeof *w->compensation);
    }
    p->run->job->kernel->fold(p->rows, w->group + at, w->total + at,
                              w->compensation + at);
  }
}

/* Computes again what overflow or underflow may have spoilt of the distances of
 * n rows from row i on. */
static void rescue_doubtful(const struct strip *p, size_t i, size_t n, size_t j,
                            const double *sum, const double *used, double *to) {
  const struct run *run = p->run;
  for (size_t r = 0; r < n; r++) {
    const bool low = sum[r] < EDIST_SMALLEST_SUM && (p->zeros || sum[r] > 0);
    const bool high = sum[r] > DBL_MAX || to[r] > DBL_MAX || /* once rescaled */
                      (used && sum[r] + used[r] > DBL_MAX / 2);
    const bool rare =
        used && used[r] > 0 && used[r] < DBL_MIN * run->epilogue.weights;
    if ((low || high || rare) && !(run->job->b == NULL && i + r == j)) {
      to[r] = edist_rescue(run->job, i + r, j);
    }
  }
}

/* The distances of rows i .. i_end-1 from row j. */
static void strip_epilogue(const struct edist_strip *out, size_t i,
                           size_t i_end, size_t j, double *to) {
  const struct strip *p = (const struct strip *)out;
  const struct run *run = p->run;
  const size_t n = i_end - i;
  const size_t at = (j - out->j0) * out->ld + (i - out->i0);
  const double *sum = out->sum + at;
  if (p->doubt) sum = memcpy(p->w->raw, sum, n * sizeof *sum);
  const double *used = out->counted ? p->w->used + p->at + at : NULL;
  run->job->kernel->epilogue(&run->epilogue, n, sum, used, to,
                             run->job->sink->stream);
  if (p->doubt) rescue_doubtful(p, i, n, j, sum, used, to);
}

static bool doubtful(const struct strip *p) {
  const struct edist_kernel *kernel = p->run->job->kernel;
  if (!p->run->rescues) return false;
  if (p->out.counted) return true; /* rescaling may overflow, too */
  for (size_t j = p->out.j0; j < p->out.j1; j++) {
    const double *column = p->out.sum + (j - p->out.j0) * p->out.ld;
    if (kernel->doubtful(p->rows, column, p->zeros)) return true;
  }
  return false;
}

/* The same for n rows of few columns, whose sums are computed again. */
static void column_rescue(const struct strip *p, struct edist_column column,
                          size_t i, size_t n, size_t j, double *to) {
  const struct run *run = p->run;
  const size_t step = run->blocks.strip_rows;
  column.root = column.stream = false;
  for (size_t done = 0; done < n; done += step, column.x += step) {
    const size_t count = edist_size_min(step, n - done);
    run->column(&column, count, p->w->raw);
    rescue_doubtful(p, i + done, count, j, p->w->raw, NULL, to + done);
  }
}

/* The distances of rows i .. i_end-1 from row j, of few columns, one piece of
 * them after the other. Those with doubtful sums are looked at one by one. */
static void column_epilogue(const struct edist_strip *out, size_t i,
                            size_t i_end, size_t j, double *to) {
  const struct strip *p = (const struct strip *)out;
  const struct run *run = p->run;
  const struct edist_packed *a = &run->columns.a;
  struct edist_column column = {
      .y = edist_packed_at(&run->columns.b, j, 0, run->ncol),
      .ncol = run->ncol,
      .ld = a->lanes,
      .zeros = p->zeros};
  for (size_t n; i < i_end; i += n, to += n) {
    const size_t r = (i - a->i0) % a->lanes;
    n = edist_size_min(i_end - i, a->lanes - r);
    column.x = edist_packed_at(a, i - r, 0, run->ncol) + r;
    column.root = run->epilogue.transform == EDIST_TRANSFORM_root;
    column.stream = run->job->sink->stream;
    if (run->column(&column, n, to) && run->rescues) {
      column_rescue(p, column, i, n, j, to);
    }
  }
}

/* Writes what follows from the totals of two rows, and what differs, where the
 * tiles of the metric would have counted it. */
static void strip_totals(const struct strip *p, const double *sums,
                         struct edist_extent e) {
  const struct run *run = p->run;
  const double *a = run->job->a->total + e.i0, *b = run->b->total;
  const double columns = (double)run->ncol * EDIST_BINARY_USED;
  const size_t j0 = e.j0 + p->jr;
  const size_t j1 = edist_size_min(j0 + run->job->kernel->nr, e.j1);
  for (size_t j = j0; j < j1; j++) {
    const size_t at = p->at + (j - j0) * sums_ld(run);
    for (size_t r = p->ir; r < p->ir_end; r++) {
      const size_t here = at + (r - p->ir);
      const double both = a[r] + b[j];
      p->w->used[here] =
          run->job->a->on ? (both + sums[here]) / 2 + columns : both;
    }
  }
}

/* Hands the strip, its sums complete, to the sink. */
static void strip_deliver(struct strip *p, const struct block *block) {
  const struct run *run = p->run;
  const struct edist_extent e = block->extent;
  double *sums = p->w->total ? p->w->total : p->w->group;
  if (run->totals) strip_totals(p, sums, e);
  const size_t j0 = e.j0 + p->jr;
  p->out = (struct edist_strip){
      .i0 = e.i0 + p->ir,
      .i1 = e.i0 + p->ir_end,
      .j0 = j0,
      .j1 = edist_size_min(j0 + run->job->kernel->nr, e.j1),
      .sum = sums + p->at,
      .ld = sums_ld(run),
      .slab = e.j0,
      .flags = block->flags,
      .counted = block->counting || run->totals,
      .thread = edist_parallel_thread(),
      .epilogue = block->direct ? column_epilogue : strip_epilogue};
  p->zeros = run->zeros || (block->flags & EDIST_VALUES_tiny);
  p->doubt = !block->direct && doubtful(p);
}

/* The first row of the block that the micro-panel at jr needs, rounded down to
 * a tile; past the block's end if the micro-panel lies above the triangle. */
static size_t first_row(const struct run *run, struct edist_extent e,
                        size_t jr) {
  const size_t mr = run->job->kernel->mr;
  const size_t diagonal = e.j0 + jr;
  if (run->blocks.region != EDIST_REGION_triangle || diagonal <= e.i0) return 0;
  return (diagonal - e.i0) / mr * mr;
}

/* Sees to it that the block's rows are packed; false if the run stops. */
static bool need(struct run *run, struct block *block, struct sides *sides) {
  const struct edist_extent e = block->extent;
  const atomic_bool *stop = &run->progress.stop;
  block->sides = sides;
  return edist_packed_need(&sides->a, e.i0, e.i1 - e.i0, block->pc, block->ncol,
                           stop, &block->flags) &&
         edist_packed_need(&sides->b, e.j0, e.j1 - e.j0, block->pc, block->ncol,
                           stop, &block->flags);
}

/* Few columns without missing values: for run->column. Otherwise micro-panels,
 * shared or the thread's own. */
static bool pack_block(struct run *run, struct workspace *w,
                       struct block *block) {
  const struct edist_extent e = block->extent;
  if (run->column) {
    if (!need(run, block, &run->columns)) return false;
    block->direct = !(block->flags & EDIST_VALUES_nonfinite);
    if (block->direct) return true;
  }
  if (run->blocks.shared) return need(run, block, &run->tiles);
  const bool kept = run->blocks.b_kept;
  edist_packed_move(&w->tiles.a, e.i0, e.i1 - e.i0, block->pc, block->ncol);
  edist_packed_move(&w->tiles.b, e.j0, e.j1 - e.j0, kept ? 0 : block->pc,
                    kept ? run->ncol : block->ncol);
  return need(run, block, &w->tiles);
}

/* All strips of one micro-panel of b. In a triangle, tiles that lie wholly
 * above the diagonal are left out. */
static void micro_panel_run(struct run *run, const struct workspace *w,
                            const struct block *block, size_t jr) {
  const size_t nrow = block->extent.i1 - block->extent.i0;
  const size_t rows = block->direct ? run->blocks.mc : run->blocks.strip_rows;
  for (size_t ir = first_row(run, block->extent, jr); ir < nrow; ir += rows) {
    struct strip p =
        strip_make(run, w, ir, edist_size_min(ir + rows, nrow), jr);
    if (block->starts_counting) strip_count(&p, block);
    if (run->job->given) {
      if (!strip_get(&p, block)) {
        edist_progress_cancel(&run->progress);
        return;
      }
    } else if (!block->direct) {
      strip_accumulate(&p, block);
    }
    if (block->group_ends) strip_fold(&p, block->pc < EDIST_SUM_GROUP);
    if (!block->last) continue;
    strip_deliver(&p, block);
    if (!run->job->sink->take(run->job->sink, &p.out)) {
      atomic_store(&run->progress.stop, true);
    }
  }
}

static void block_run(struct run *run, struct workspace *w,
                      struct edist_extent e) {
  const size_t nr = run->job->kernel->nr, kc = run->blocks.kc;
  struct block block = {.extent = e};
  for (block.pc = 0; block.pc < run->ncol; block.pc += kc) {
    if (!edist_progress_go_on(&run->progress)) return;
    const bool counted_before = block.counting;
    block.ncol = edist_size_min(kc, run->ncol - block.pc);
    const size_t pc_end = block.pc + block.ncol;
    block.last = pc_end == run->ncol;
    block.group_ends =
        run->groups && (block.last || pc_end % EDIST_SUM_GROUP == 0);
    if (!pack_block(run, w, &block)) return;
    block.masked =
        run->by_weight || ((block.flags & EDIST_VALUES_nonfinite) &&
                           run->job->metric->rows == EDIST_ROWS_given);
    block.counting = block.counting || run->counting || block.masked;
    block.starts_counting = block.counting && !counted_before;
    for (size_t jr = 0; jr < e.j1 - e.j0; jr += nr) {
      micro_panel_run(run, w, &block, jr);
    }
  }
  atomic_fetch_add(&run->progress.done, edist_blocks_pairs(&run->blocks, e));
}

/* All that was taken from the queue: one block, or several of a large grain. */
static void grains_run(struct run *run, struct workspace *w,
                       struct edist_extent taken) {
  struct edist_extent e = taken;
  for (; e.i0 < taken.i1; e.i0 = e.i1) {
    e.i1 = edist_size_min(e.i0 + run->blocks.mc, taken.i1);
    if (edist_blocks_pairs(&run->blocks, e) > 0) block_run(run, w, e);
  }
}

struct team {
  struct run *run;
  const struct edist_scratch *scratch;
};

static void thread_run(void *data, int thread) {
  const struct team *team = data;
  struct run *run = team->run;
  const struct edist_scratch *scratch = team->scratch;
  struct workspace w =
      workspace_make(run, scratch->data + scratch->per_thread * (size_t)thread);
  struct edist_extent extent;
  size_t slab = (size_t)-1;
  edist_progress_enter(&run->progress);
  while (edist_progress_go_on(&run->progress) &&
         edist_queue_take(&run->queue, &slab, &extent)) {
    grains_run(run, &w, extent);
  }
  EDIST_STREAM_END();
  edist_progress_leave(&run->progress);
}

struct edist_epilogue edist_job_epilogue(const struct edist_job *job) {
  return (struct edist_epilogue){
      .transform =
          job->surrogates ? EDIST_TRANSFORM_none : job->metric->transform,
      .rescale = job->metric->rescale,
      .weights = edist_weights_sum(job->weights, job->a->ncol),
      .missing = job->missing,
      .unit = job->unit,
      .power = job->power};
}

bool edist_job_rounds(const struct edist_job *job) {
  return job->a->ncol <= EDIST_DIST_COLUMNS &&
         job->kernel->tile[job->metric->accumulate][EDIST_MODE_rounded];
}

bool edist_job_by_weight(const struct edist_job *job) {
  return job->weights && job->metric->accumulate != EDIST_ACCUMULATE_weighted;
}

static bool all_finite(const struct edist_job *job) {
  enum { ROWS = 128 };
  double value[ROWS * EDIST_FEW_COLUMNS];
  for (size_t i = 0; i < job->a->nrow; i += ROWS) {
    const size_t rows = edist_size_min(ROWS, job->a->nrow - i);
    if (edist_source_pack(job->a, job->kernel, i, rows, 0, job->a->ncol, ROWS,
                          value) &
        EDIST_VALUES_nonfinite) {
      return false;
    }
  }
  return true;
}

/* Distances of few columns go from registers to the sink, as long as no value
 * is missing: writing them takes most of the time. Then it takes no longer to
 * compute both halves of a table than to copy one, but where values are missing
 * it does. */
static edist_column_fn *column_for(const struct edist_job *job) {
  const enum edist_transform transform = job->metric->transform;
  const size_t ncol = job->a->ncol;
  const bool direct =
      job->sink->direct && !job->strict && !job->surrogates && !job->diagonal &&
      !job->given && job->metric->rows == EDIST_ROWS_given &&
      ncol <= EDIST_FEW_COLUMNS && !edist_job_by_weight(job) &&
      (transform == EDIST_TRANSFORM_none || transform == EDIST_TRANSFORM_root);
  if (!direct) return NULL;
  if (job->sink->halves && !job->b && !all_finite(job)) return NULL;
  return edist_job_rounds(job) ? job->kernel->column_rounded
                               : job->kernel->column[job->metric->accumulate];
}

/* What the job implies for every block. */
static void set_up(struct run *run) {
  const struct edist_job *job = run->job;
  run->totals = job->a->total && run->b->total;
  const enum edist_accumulate accumulate = job->metric->accumulate;
  edist_tile_fn *const *tiles = job->kernel->tile[accumulate];
  run->groups = run->ncol > EDIST_SUM_GROUP && !job->strict &&
                accumulate != EDIST_ACCUMULATE_maxdiff;
  run->by_weight = edist_job_by_weight(job);
  run->counting = !run->totals && (job->strict || job->metric->counts ||
                                   run->by_weight || !tiles[EDIST_MODE_plain]);
  run->rounded = edist_job_rounds(job);
  run->column = column_for(job);
  run->rescues = !job->strict && !job->surrogates && edist_rescues(job->metric);
  run->zeros = edist_zeros(job);
  run->epilogue = edist_job_epilogue(job);
}

static enum edist_region region_of(const struct run *run) {
  const struct edist_job *job = run->job;
  if (job->diagonal) return EDIST_REGION_diagonal;
  const bool both = job->b || (job->sink->halves && run->column);
  return both ? EDIST_REGION_rectangle : EDIST_REGION_triangle;
}

static double pairs_of(const struct edist_blocks *blocks) {
  const double n = (double)blocks->nrow;
  if (blocks->region == EDIST_REGION_diagonal) return n;
  if (blocks->region == EDIST_REGION_triangle) return n * (n + 1) / 2;
  return n * (double)blocks->ncol;
}

/* One window after the other, each by all threads. */
static void windows_run(struct run *run, const struct edist_scratch *scratch) {
  const struct edist_blocks *blocks = &run->blocks;
  struct team team = {run, scratch};
  for (size_t i = 0; i < blocks->nrow; i += blocks->a_rows) {
    for (size_t j = 0; j < blocks->ncol; j += blocks->b_rows) {
      const struct edist_extent window = edist_blocks_window(blocks, i, j);
      if (atomic_load(&run->progress.stop)) return;
      if (edist_blocks_pairs(blocks, window) == 0) continue;
      if (blocks->shared) sides_move(&run->tiles, window, run->ncol);
      if (run->column) sides_move(&run->columns, window, run->ncol);
      edist_queue_fill(&run->queue, window);
      edist_parallel(blocks->threads, thread_run, &team);
    }
  }
}

/* All that is decided before memory is allocated. */
static void plan(struct run *run, const struct edist_job *job) {
  *run = (struct run){
      .job = job, .b = job->b ? job->b : job->a, .ncol = job->a->ncol};
  set_up(run);
  run->blocks =
      edist_blocks_make(job->a->nrow, run->b->nrow, run->ncol, region_of(run),
                        job->chunk, job->kernel, job->threads);
  run->tiles = tiles_make(run);
  if (run->column) run->columns = columns_make(run);
}

size_t edist_run_scratch(const struct edist_job *job) {
  struct run run;
  plan(&run, job);
  return sizeof(double) * (shared_room(&run) +
                           (size_t)run.blocks.threads * workspace_room(&run));
}

enum edist_status edist_run(const struct edist_job *job) {
  struct run run;
  plan(&run, job);
  edist_progress_begin(&run.progress, job->callback, pairs_of(&run.blocks));
  run.queue = edist_queue_make(&run.blocks);
  struct edist_scratch shared = edist_scratch_make(shared_room(&run), 1);
  struct edist_scratch scratch =
      edist_scratch_make(workspace_room(&run), run.blocks.threads);
  const struct edist_walk walk = {
      .threads = run.blocks.threads,
      .slab = run.blocks.nc,
      .both_halves = run.blocks.region == EDIST_REGION_rectangle};
  const bool begun = shared.data && scratch.data && run.queue.taken &&
                     job->sink->begin(job->sink, &walk);
  if (begun) {
    place_shared(&run, shared.data);
    windows_run(&run, &scratch);
    job->sink->end(job->sink);
  }
  edist_scratch_free(&scratch);
  edist_scratch_free(&shared);
  edist_queue_free(&run.queue);
  if (!begun) return EDIST_STATUS_no_memory;
  if (run.progress.cancelled) return EDIST_STATUS_cancelled;
  return run.progress.stop ? EDIST_STATUS_stopped : EDIST_STATUS_done;
}
