#include "engine/blocks.h"

#include "isa/caches.h"

/* Rows of the smallest piece of work, taken at the end of a run only: low
 * blocks fetch the panels of y for little arithmetic. Divides the sizes below.
 */
enum { UNIT_ROWS = 24 };

/* Columns packed at a time: a panel of mr rows then stays in a first-level
 * cache of 32 kB while a panel of nr rows passes by, and the sums of a block
 * are fetched seldom. Divides EDIST_SUM_GROUP, and EDIST_SUM_BLOCK divides it.
 */
enum { PANEL_COLUMNS = 256 };

/* The panels of x take half of a second-level cache: few columns make blocks
 * tall, so that the result is written in long runs, page after page. */
enum { LEAST_CACHE = 256 << 10, MOST_CACHE = 2 << 20 };

/* Pairs of a block, unless it is one strip: enough to pay for its panels. */
enum { BLOCK_PAIRS = 240 * 960, HELD_COLS = 960 };

/* The panels of y stay in a thread's scratch while it goes down a column of
 * blocks, if all their columns fit in this many doubles (8 MB). Otherwise every
 * block packs its panels anew, and is square for packing to be a small part of
 * the work. */
enum { HELD_DOUBLES = 1 << 20, SQUARE_ROWS = 480 };

/* Sums that are finished together, in long runs of the result and before they
 * leave the second-level cache. */
enum { PIECE_SUMS = 480 * 24 };

static size_t ceil_div(size_t a, size_t b) { return a / b + (a % b != 0); }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t most(size_t a, size_t b) { return a > b ? a : b; }

/* n cut into equal parts of at most about `size` rows, in whole tiles. */
static size_t part(size_t n, size_t size, size_t tile) {
  return ceil_div(ceil_div(n, ceil_div(n, size)), tile) * tile;
}

static size_t second_level_cache(void) {
  static size_t size = 0; /* asking takes as long as a small call */
  if (size == 0) {
    size = least(most(edist_cache_size(2), LEAST_CACHE), MOST_CACHE);
  }
  return size;
}

/* Rows of x in a block whose panels have `columns` columns. */
static size_t rows_in_cache(size_t columns) {
  return second_level_cache() / 2 / sizeof(double) / columns;
}

/* Each thread is to have several stretches, so that all finish together; but
 * for few rows of y those of x would be packed again and again. */
enum { STRETCHES_EACH = 8, LEAST_COLS = 120 };

static void own_stretches(struct edist_blocks *b, size_t stretch, size_t rows,
                          size_t cols, const struct edist_kernel *kernel) {
  const size_t wanted = (size_t)b->threads * STRETCHES_EACH;
  const size_t share =
      ceil_div(b->ncol, ceil_div(wanted, ceil_div(b->nrow, stretch)));
  b->whole = true;
  b->unit = stretch;
  b->nc = part(b->ncol, least(cols, most(share, LEAST_COLS)), kernel->nr);
  b->mc = most(rows / EDIST_STRETCH_STEP, 1) * EDIST_STRETCH_STEP;
  b->piece = least(b->mc, 2 * EDIST_STRETCH_STEP);
}

/* Blocks of one strip: little is done for nothing. */
static void follow_diagonal(struct edist_blocks *b,
                            const struct edist_kernel *kernel) {
  b->whole = true;
  b->nc = kernel->nr;
  b->mc = b->piece = ceil_div(kernel->nr, kernel->mr) * kernel->mr;
  b->unit = b->nrow;
}

struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region, size_t stretch,
                                      const struct edist_kernel *kernel,
                                      int threads) {
  struct edist_blocks b = {.nrow = nrow,
                           .ncol = ncol,
                           .region = region,
                           .kc = PANEL_COLUMNS,
                           .held = columns <= HELD_DOUBLES / SQUARE_ROWS,
                           .threads = threads};
  size_t rows = SQUARE_ROWS, most_cols = SQUARE_ROWS;
  if (b.held) {
    rows = most(rows_in_cache(least(columns, PANEL_COLUMNS)), UNIT_ROWS);
    most_cols = least(HELD_COLS, HELD_DOUBLES / columns);
  }
  const size_t cols = most(BLOCK_PAIRS / least(rows, nrow), kernel->nr);
  b.nc = part(ncol, least(cols, most_cols), kernel->nr);
  b.unit = part(nrow, UNIT_ROWS, kernel->mr);
  b.mc = least(rows / UNIT_ROWS, ceil_div(nrow, b.unit)) * b.unit;
  b.piece =
      least(ceil_div(PIECE_SUMS / kernel->nr, kernel->mr) * kernel->mr, b.mc);
  if (stretch) own_stretches(&b, stretch, rows, most_cols, kernel);
  if (region == EDIST_REGION_diagonal) follow_diagonal(&b, kernel);
  b.units = ceil_div(nrow, b.unit);
  b.columns = ceil_div(ncol, b.nc);
  if (b.units * b.columns < (size_t)threads)
    b.threads = (int)(b.units * b.columns);
  return b;
}

size_t edist_blocks_first(const struct edist_blocks *b, size_t column) {
  if (b->region != EDIST_REGION_triangle) return 0;
  return column * b->nc / b->unit;
}

struct edist_extent edist_blocks_extent(const struct edist_blocks *b,
                                        size_t column, size_t from,
                                        size_t count) {
  const size_t i0 = from * b->unit, j0 = column * b->nc;
  if (b->region == EDIST_REGION_diagonal) {
    const size_t end = least(j0 + b->nc, b->ncol);
    return (struct edist_extent){j0, end, j0, end};
  }
  return (struct edist_extent){.i0 = i0,
                               .i1 = least(i0 + count * b->unit, b->nrow),
                               .j0 = j0,
                               .j1 = least(j0 + b->nc, b->ncol)};
}

size_t edist_blocks_pairs(const struct edist_blocks *b, struct edist_extent e) {
  if (b->region == EDIST_REGION_diagonal) return e.i1 - e.i0;
  if (b->region == EDIST_REGION_rectangle) {
    return (e.i1 - e.i0) * (e.j1 - e.j0);
  }
  size_t pairs = 0;
  for (size_t j = e.j0; j < e.j1 && j < e.i1; j++) {
    pairs += e.i1 - (e.i0 > j ? e.i0 : j);
  }
  return pairs;
}
