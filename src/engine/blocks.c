#include "engine/blocks.h"

/* The panels of y stay in a thread's scratch while it goes down a column of
 * blocks, if all their columns fit in this many doubles (8 MB). Packing then
 * costs as little with low blocks as with square ones, and low blocks share the
 * work evenly and keep strips in the first-level cache. */
enum { HELD_DOUBLES = 1 << 20, HELD_ROWS = 240, HELD_COLS = 960 };

/* Otherwise every block packs its panels anew, and must be large and square for
 * packing to be a small part of the work. */
enum { SQUARE_ROWS = 480 };

/* Below this blocks would be too low to repay fetching a panel of y. */
enum { LEAST_ROWS = 48 };

/* Columns packed at a time: a panel of nr rows then stays in a first-level cache
 * of 32 kB. Divides EDIST_SUM_GROUP, and EDIST_SUM_BLOCK divides it. */
enum { PANEL_COLUMNS = 128 };

/* Enough blocks for the last ones to finish together. */
enum { BLOCKS_PER_THREAD = 16 };

static size_t ceil_div(size_t a, size_t b) { return a / b + (a % b != 0); }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* n cut into equal parts of at most about `most` rows, in whole tiles. */
static size_t part(size_t n, size_t most, size_t tile) {
  return ceil_div(ceil_div(n, ceil_div(n, most)), tile) * tile;
}

struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region,
                                      const struct edist_kernel *kernel,
                                      int threads) {
  struct edist_blocks b = {
      .nrow = nrow, .ncol = ncol, .region = region, .kc = PANEL_COLUMNS};
  b.held = columns <= HELD_DOUBLES / SQUARE_ROWS;
  b.nc = part(ncol, b.held ? least(HELD_COLS, HELD_DOUBLES / columns)
                           : SQUARE_ROWS,
              kernel->nr);
  size_t rows = b.held ? HELD_ROWS : SQUARE_ROWS;
  if (threads > 1) {
    const size_t wanted = ceil_div((size_t)threads * BLOCKS_PER_THREAD,
                                   ceil_div(ncol, b.nc));
    const size_t enough = ceil_div(nrow, wanted);
    if (enough < rows) rows = enough > LEAST_ROWS ? enough : LEAST_ROWS;
  }
  b.mc = part(nrow, rows, kernel->mr);
  b.count = ceil_div(nrow, b.mc) * ceil_div(ncol, b.nc);
  return b;
}

struct edist_extent edist_blocks_extent(const struct edist_blocks *b,
                                        size_t t) {
  const size_t rows = ceil_div(b->nrow, b->mc);
  const size_t i0 = t % rows * b->mc, j0 = t / rows * b->nc;
  return (struct edist_extent){
      .i0 = i0,
      .i1 = b->nrow - i0 < b->mc ? b->nrow : i0 + b->mc,
      .j0 = j0,
      .j1 = b->ncol - j0 < b->nc ? b->ncol : j0 + b->nc};
}

size_t edist_blocks_pairs(const struct edist_blocks *b,
                          struct edist_extent e) {
  if (b->region == EDIST_REGION_rectangle) {
    return (e.i1 - e.i0) * (e.j1 - e.j0);
  }
  size_t pairs = 0;
  for (size_t j = e.j0; j < e.j1 && j < e.i1; j++) {
    pairs += e.i1 - (e.i0 > j ? e.i0 : j);
  }
  return pairs;
}
