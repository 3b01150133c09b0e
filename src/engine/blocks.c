#include "engine/blocks.h"

#include <math.h>

#include "isa/caches.h"
#include "kernel/size.h"

/* Rows of the smallest piece of work. Only the end of a run takes pieces this
 * small: low blocks fetch the panels of b for little arithmetic. Divides the
 * sizes below. */
enum { GRAIN_ROWS = 24 };

/* Columns packed at a time: a micro-panel of mr rows then stays in a
 * first-level cache of 32 kB while micro-panels of nr rows pass by, and the
 * sums of a block are fetched seldom. Divides EDIST_SUM_GROUP, and
 * EDIST_SUM_BLOCK divides it. */
enum { PANEL_COLUMNS = 256 };

/* The panels of a take half of a second-level cache: few columns make blocks
 * tall, so that the result is written in long runs, page after page. */
enum { MIN_CACHE = 256 << 10, MAX_CACHE = 2 << 20 };

/* Pairs of a block, unless it is one strip: enough to pay for its panels. */
enum { BLOCK_PAIRS = 240 * 960, MAX_COLS = 480 };

/* Packed rows of a side that threads share, in doubles: nearly 32 MB, so that
 * both sides together can be kept for the next run (engine/scratch.c). A window
 * has at least MIN_ROWS rows. */
enum { SHARED_DOUBLES = (4 << 20) - 16384, MIN_ROWS = 240 };

/* The sums of all threads' blocks take at most 48 MB, where they are kept from
 * panel to panel of columns. */
enum { SUMS_DOUBLES = 6 << 20 };

/* A thread whose packed rows are its own keeps those of b while it works in a
 * slab, if all their columns fit in this many doubles (8 MB). Otherwise every
 * block packs its panels anew, and is square so that packing remains a small
 * part of the work. */
enum { KEPT_DOUBLES = 1 << 20, KEPT_COLS = 960, SQUARE_ROWS = 480 };

/* The smallest piece of work is at most this part of what a thread does, so
 * that all finish together. */
enum { PIECES_EACH = 12 };

/* Sums of a strip: finished in long runs of the result, and before they leave
 * the second-level cache. */
enum { STRIP_SUMS = 480 * 24 };

/* n cut into equal shares of at most about `size` rows, in whole tiles. */
static size_t equal_share(size_t n, size_t size, size_t tile) {
  const size_t shares = edist_size_ceil(n, size);
  return edist_size_ceil(edist_size_ceil(n, shares), tile) * tile;
}

static size_t second_level_cache(void) {
  static size_t size = 0; /* asking takes as long as a small call */
  if (size == 0) {
    size = edist_size_max(edist_cache_size(2), MIN_CACHE);
    size = edist_size_min(size, MAX_CACHE);
  }
  return size;
}

/* Rows of a in a block whose panels have `columns` columns. */
static size_t rows_in_cache(size_t columns) {
  return second_level_cache() / 2 / sizeof(double) / columns;
}

/* Each thread should have several chunks, so that all finish together; but with
 * few rows of b in a slab, a thread that packs those of a for itself does so
 * again and again. */
enum { CHUNKS_EACH = 8, MIN_COLS = 120 };

static void cut_at_chunks(struct edist_blocks *b, size_t chunk, size_t rows,
                          size_t cols, const struct edist_kernel *kernel) {
  const size_t wanted = (size_t)b->threads * CHUNKS_EACH;
  const size_t chunks = edist_size_ceil(b->nrow, chunk);
  const size_t share =
      edist_size_ceil(b->ncol, edist_size_ceil(wanted, chunks));
  const size_t min_cols = b->shared ? kernel->nr : MIN_COLS;
  cols = edist_size_min(cols, edist_size_max(share, min_cols));
  b->whole = true;
  b->grain = chunk;
  b->nc = equal_share(b->ncol, cols, kernel->nr);
  b->mc = edist_size_max(rows / EDIST_CHUNK_STEP, 1) * EDIST_CHUNK_STEP;
  b->strip_rows = edist_size_min(b->mc, 2 * EDIST_CHUNK_STEP);
}

/* Blocks of one strip: little is computed that nobody wants. */
static void follow_diagonal(struct edist_blocks *b,
                            const struct edist_kernel *kernel) {
  b->whole = true;
  b->nc = kernel->nr;
  b->mc = b->strip_rows = edist_size_ceil(kernel->nr, kernel->mr) * kernel->mr;
  b->grain = b->nrow;
}

/* Whether packed rows can be shared, window by window: no window cuts a chunk.
 */
static bool can_share(size_t nrow, size_t columns, enum edist_region region,
                      size_t chunk) {
  if (region == EDIST_REGION_diagonal) return false;
  return columns <= SHARED_DOUBLES / (chunk ? nrow : MIN_ROWS);
}

/* Rows of a window, cut at multiples of `step`. */
static size_t window_rows(const struct edist_blocks *b, size_t nrow,
                          size_t columns, size_t step) {
  if (!b->shared || nrow <= SHARED_DOUBLES / columns) return nrow;
  const size_t max = SHARED_DOUBLES / columns / step * step;
  return equal_share(nrow, edist_size_max(max, step), step);
}

/* Pairs of a block whose sums are kept from panel to panel. */
static size_t pairs_kept(size_t columns, int threads) {
  const size_t each = columns > EDIST_SUM_GROUP ? 4 : 2;
  return edist_size_min(BLOCK_PAIRS, SUMS_DOUBLES / each / (size_t)threads);
}

/* Columns of the table in a slab, about `cols`: fewer if the smallest piece
 * would be too large; and if a thread would have no slab of its own, where a
 * block is complete at once. Threads that write to the same fresh page would
 * all clear it. */
static size_t slab_cols(const struct edist_blocks *b, size_t cols,
                        bool complete, const struct edist_kernel *kernel) {
  const size_t threads = (size_t)b->threads;
  if (threads > 1) {
    const size_t table = edist_size_product(b->nrow, b->ncol);
    const size_t pairs = b->region == EDIST_REGION_triangle ? table / 2 : table;
    cols = edist_size_min(cols, pairs / (threads * PIECES_EACH * GRAIN_ROWS));
    if (complete) {
      cols = edist_size_min(cols, edist_size_ceil(b->ncol, threads));
    }
  }
  cols = edist_size_max(cols, kernel->nr);
  const size_t rounded_up = equal_share(b->ncol, cols, kernel->nr);
  if (edist_size_ceil(b->ncol, rounded_up) >= threads) return rounded_up;
  return equal_share(b->ncol, cols / kernel->nr * kernel->nr, kernel->nr);
}

struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region, size_t chunk,
                                      const struct edist_kernel *kernel,
                                      int threads) {
  struct edist_blocks b = {.nrow = nrow,
                           .ncol = ncol,
                           .region = region,
                           .kc = PANEL_COLUMNS,
                           .shared = can_share(nrow, columns, region, chunk),
                           .threads = threads};
  b.b_kept = b.shared || columns <= KEPT_DOUBLES / SQUARE_ROWS;
  size_t rows = SQUARE_ROWS, max_cols = SQUARE_ROWS, pairs = BLOCK_PAIRS;
  if (b.b_kept) {
    const size_t panel_columns = edist_size_min(columns, PANEL_COLUMNS);
    rows = edist_size_max(rows_in_cache(panel_columns), GRAIN_ROWS);
    max_cols =
        b.shared ? MAX_COLS : edist_size_min(KEPT_COLS, KEPT_DOUBLES / columns);
  }
  if (b.shared && columns > PANEL_COLUMNS) {
    pairs = pairs_kept(columns, threads);
    rows = edist_size_min(rows, (size_t)sqrt((double)pairs));
  }
  size_t cols = edist_size_max(pairs / edist_size_min(rows, nrow), kernel->nr);
  cols = edist_size_min(cols, max_cols);
  b.nc = slab_cols(&b, cols, columns <= PANEL_COLUMNS, kernel);
  b.grain = equal_share(nrow, GRAIN_ROWS, kernel->mr);
  b.mc = b.grain * edist_size_min(edist_size_max(rows / GRAIN_ROWS, 1),
                                  edist_size_ceil(nrow, b.grain));
  b.strip_rows = edist_size_min(
      edist_size_ceil(STRIP_SUMS / kernel->nr, kernel->mr) * kernel->mr, b.mc);
  if (chunk) cut_at_chunks(&b, chunk, rows, max_cols, kernel);
  if (region == EDIST_REGION_diagonal) follow_diagonal(&b, kernel);
  b.a_rows = chunk ? nrow : window_rows(&b, nrow, columns, b.grain);
  b.b_rows = window_rows(&b, ncol, columns, b.nc);
  const size_t grains = edist_size_ceil(nrow, b.grain);
  const size_t slabs = edist_size_ceil(ncol, b.nc);
  if (grains * slabs < (size_t)threads) b.threads = (int)(grains * slabs);
  return b;
}

struct edist_extent edist_blocks_window(const struct edist_blocks *b, size_t i,
                                        size_t j) {
  return (struct edist_extent){i, edist_size_min(i + b->a_rows, b->nrow), j,
                               edist_size_min(j + b->b_rows, b->ncol)};
}

size_t edist_blocks_first(const struct edist_blocks *b, size_t slab) {
  if (b->region != EDIST_REGION_triangle) return 0;
  return slab * b->nc / b->grain;
}

struct edist_extent edist_blocks_extent(const struct edist_blocks *b,
                                        size_t slab, size_t from,
                                        size_t count) {
  const size_t i0 = from * b->grain, j0 = slab * b->nc;
  const size_t j1 = edist_size_min(j0 + b->nc, b->ncol);
  if (b->region == EDIST_REGION_diagonal) {
    return (struct edist_extent){j0, j1, j0, j1};
  }
  const size_t i1 = edist_size_min(i0 + count * b->grain, b->nrow);
  return (struct edist_extent){i0, i1, j0, j1};
}

size_t edist_blocks_pairs(const struct edist_blocks *b, struct edist_extent e) {
  if (b->region == EDIST_REGION_diagonal) return e.i1 - e.i0;
  if (b->region == EDIST_REGION_rectangle) {
    return (e.i1 - e.i0) * (e.j1 - e.j0);
  }
  size_t pairs = 0;
  for (size_t j = e.j0; j < e.j1 && j < e.i1; j++) {
    pairs += e.i1 - edist_size_max(e.i0, j);
  }
  return pairs;
}
