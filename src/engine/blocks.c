#include "engine/blocks.h"

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
enum { BLOCK_PAIRS = 240 * 960, KEPT_COLS = 960 };

/* A thread keeps the packed panels of b while it works in a slab, if all their
 * columns fit in this many doubles (8 MB). Otherwise every block packs its
 * panels anew, and is square so that packing remains a small part of the work.
 */
enum { KEPT_DOUBLES = 1 << 20, SQUARE_ROWS = 480 };

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
 * few rows of b in a slab, those of a would be packed again and again. */
enum { CHUNKS_EACH = 8, MIN_COLS = 120 };

static void cut_at_chunks(struct edist_blocks *b, size_t chunk, size_t rows,
                          size_t cols, const struct edist_kernel *kernel) {
  const size_t wanted = (size_t)b->threads * CHUNKS_EACH;
  const size_t chunks = edist_size_ceil(b->nrow, chunk);
  const size_t share =
      edist_size_ceil(b->ncol, edist_size_ceil(wanted, chunks));
  cols = edist_size_min(cols, edist_size_max(share, MIN_COLS));
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

struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region, size_t chunk,
                                      const struct edist_kernel *kernel,
                                      int threads) {
  struct edist_blocks b = {.nrow = nrow,
                           .ncol = ncol,
                           .region = region,
                           .kc = PANEL_COLUMNS,
                           .b_kept = columns <= KEPT_DOUBLES / SQUARE_ROWS,
                           .threads = threads};
  size_t rows = SQUARE_ROWS, max_cols = SQUARE_ROWS;
  if (b.b_kept) {
    const size_t panel_columns = edist_size_min(columns, PANEL_COLUMNS);
    rows = edist_size_max(rows_in_cache(panel_columns), GRAIN_ROWS);
    max_cols = edist_size_min(KEPT_COLS, KEPT_DOUBLES / columns);
  }
  const size_t cols =
      edist_size_max(BLOCK_PAIRS / edist_size_min(rows, nrow), kernel->nr);
  b.nc = equal_share(ncol, edist_size_min(cols, max_cols), kernel->nr);
  b.grain = equal_share(nrow, GRAIN_ROWS, kernel->mr);
  b.mc = b.grain *
         edist_size_min(rows / GRAIN_ROWS, edist_size_ceil(nrow, b.grain));
  b.strip_rows = edist_size_min(
      edist_size_ceil(STRIP_SUMS / kernel->nr, kernel->mr) * kernel->mr, b.mc);
  if (chunk) cut_at_chunks(&b, chunk, rows, max_cols, kernel);
  if (region == EDIST_REGION_diagonal) follow_diagonal(&b, kernel);
  b.grains = edist_size_ceil(nrow, b.grain);
  b.slabs = edist_size_ceil(ncol, b.nc);
  if (b.grains * b.slabs < (size_t)threads)
    b.threads = (int)(b.grains * b.slabs);
  return b;
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
