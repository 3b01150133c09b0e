#include "engine/blocks.h"

/* The panels of y stay in a thread's scratch while it goes down a column of
 * blocks, if all their columns fit in this many doubles (8 MB). */
enum { HELD_DOUBLES = 1 << 20, HELD_ROWS = 240, HELD_COLS = 960 };

/* Otherwise every block packs its panels anew, and is square for packing to be a
 * small part of the work. */
enum { SQUARE_ROWS = 480 };

/* Rows of the smallest piece of work, taken at the end of a run only: low blocks
 * fetch the panels of y for little arithmetic. Divides the sizes above. */
enum { UNIT_ROWS = 24 };

/* Columns packed at a time: a panel of mr rows then stays in a first-level cache
 * of 32 kB while a panel of nr rows passes by, and the sums of a block are
 * fetched seldom. Divides EDIST_SUM_GROUP, and EDIST_SUM_BLOCK divides it. */
enum { PANEL_COLUMNS = 256 };

static size_t ceil_div(size_t a, size_t b) { return a / b + (a % b != 0); }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* n cut into equal parts of at most about `most` rows, in whole tiles. */
static size_t part(size_t n, size_t most, size_t tile) {
  return ceil_div(ceil_div(n, ceil_div(n, most)), tile) * tile;
}

static size_t units_per_column(const struct edist_blocks *b) {
  return ceil_div(b->nrow, b->unit);
}

/* Each thread is to have several stretches, so that all finish together; but for
 * few rows of y those of x would be packed again and again. */
enum { STRETCHES_EACH = 8, LEAST_COLS = 120 };

static void own_stretches(struct edist_blocks *b, size_t stretch,
                          const struct edist_kernel *kernel) {
  const size_t wanted = (size_t)b->threads * STRETCHES_EACH;
  const size_t columns = ceil_div(wanted, ceil_div(b->nrow, stretch));
  const size_t share = ceil_div(b->ncol, columns);
  b->stretches = true;
  b->unit = stretch;
  b->nc = part(b->ncol, least(b->nc, share > LEAST_COLS ? share : LEAST_COLS),
               kernel->nr);
}

/* Blocks of one strip: little is done for nothing. One unit is a block. */
static void follow_diagonal(struct edist_blocks *b,
                            const struct edist_kernel *kernel) {
  b->nc = kernel->nr;
  b->mc = ceil_div(kernel->nr, kernel->mr) * kernel->mr;
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
  b.nc = part(ncol, b.held ? least(HELD_COLS, HELD_DOUBLES / columns)
                           : SQUARE_ROWS,
              kernel->nr);
  b.unit = part(nrow, UNIT_ROWS, kernel->mr);
  b.mc = (b.held ? HELD_ROWS : SQUARE_ROWS) / UNIT_ROWS * b.unit;
  if (stretch) own_stretches(&b, stretch, kernel);
  if (region == EDIST_REGION_diagonal) follow_diagonal(&b, kernel);
  b.units = units_per_column(&b) * ceil_div(ncol, b.nc);
  if (b.units < (size_t)threads) b.threads = (int)b.units;
  return b;
}

size_t edist_blocks_take(const struct edist_blocks *b, size_t from) {
  if (b->stretches || b->region == EDIST_REGION_diagonal) return 1;
  const size_t column_left = units_per_column(b) - from % units_per_column(b);
  const size_t share = (b->units - from) / (2 * (size_t)b->threads);
  return least(least(b->mc / b->unit, column_left), share ? share : 1);
}

struct edist_extent edist_blocks_extent(const struct edist_blocks *b,
                                        size_t from, size_t count) {
  const size_t column = from / units_per_column(b);
  const size_t i0 = from % units_per_column(b) * b->unit, j0 = column * b->nc;
  if (b->region == EDIST_REGION_diagonal) {
    const size_t end = least(j0 + b->nc, b->ncol);
    return (struct edist_extent){j0, end, j0, end};
  }
  return (struct edist_extent){.i0 = i0,
                               .i1 = least(i0 + count * b->unit, b->nrow),
                               .j0 = j0,
                               .j1 = least(j0 + b->nc, b->ncol)};
}

size_t edist_blocks_pairs(const struct edist_blocks *b,
                          struct edist_extent e) {
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
