/* How the table of pairs is cut into blocks, the shares of work.
 *
 *            j:  side b
 *            jc            jc + nc
 *          +--+--+--+--+--+------+
 *  i:   ic |  |  |  |  |  |      |   slab        nc rows of b, all rows of a:
 *   side   |  |  |  |  |  |      |               loop jc
 *    a     +--+--+--+--+--+------+   block       mc rows of a by nc of b:
 *  ic + mc |  jr .. jr + nr      |               loop ic
 *          |                     |   strip       nr rows of b by strip_rows of
 *          |                     |               a: loop jr
 *          |                     |   tile        nr rows of b by mr of a, in
 *          +---------------------+               registers: loop ir
 *
 * Every block walks the columns of data in panels of kc: loop pc.
 *
 * Threads share packed rows. If those of a whole side take too much memory, the
 * table is done window by window, a_rows by b_rows. */
#ifndef EDIST_BLOCKS_H
#define EDIST_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

enum edist_region {
  EDIST_REGION_rectangle, /* all pairs */
  EDIST_REGION_triangle,  /* i >= j */
  EDIST_REGION_diagonal   /* i = j */
};

struct edist_blocks {
  size_t nrow, ncol; /* the table: rows of a by rows of b */
  enum edist_region region;
  size_t grain;      /* rows of a in the smallest piece of work */
  size_t mc, nc;     /* rows of a and of b in the largest block */
  size_t kc;         /* columns of data packed at a time */
  size_t strip_rows; /* rows of a in a strip */
  bool shared;       /* packed rows are; otherwise each thread has its own */
  bool b_kept;       /* ... and keeps those of b while it is in a slab */
  size_t a_rows, b_rows; /* of a window; all if threads share nothing */
  bool whole;            /* a block is one grain, or part of one */
  int threads;           /* those asked for that have work */
};

struct edist_extent {
  size_t i0, i1, j0, j1;
};

/* For `columns` columns of data, at least one. With a `chunk` other than 0, a
 * grain has that many rows of a, a multiple of EDIST_CHUNK_STEP (kernel.h). */
struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region, size_t chunk,
                                      const struct edist_kernel *kernel,
                                      int threads);

/* The window from row i of a and row j of b on. */
struct edist_extent edist_blocks_window(const struct edist_blocks *blocks,
                                        size_t i, size_t j);

/* The first grain of a slab that holds pairs of the region. */
size_t edist_blocks_first(const struct edist_blocks *blocks, size_t slab);

/* The block of `count` grains of a slab, beginning with grain `from`. */
struct edist_extent edist_blocks_extent(const struct edist_blocks *blocks,
                                        size_t slab, size_t from, size_t count);

/* How many pairs of the region the extent holds. */
size_t edist_blocks_pairs(const struct edist_blocks *blocks,
                          struct edist_extent extent);

#endif
