/* How the table of pairs is cut into blocks, the units of work. */
#ifndef EDIST_BLOCKS_H
#define EDIST_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

enum edist_region { EDIST_REGION_rectangle, EDIST_REGION_triangle };

struct edist_blocks {
  size_t nrow, ncol;         /* the table: rows of x by rows of y */
  enum edist_region region;  /* the whole of it, or pairs i >= j only */
  size_t mc, nc;             /* a block: mc by nc pairs, multiples of mr, nr */
  size_t kc;                 /* columns packed at a time */
  bool held;                 /* panels of y: kept for all columns */
  size_t count;              /* blocks, those above the triangle included */
};

struct edist_extent {
  size_t i0, i1, j0, j1;
};

/* For `columns` columns of data, at least one. */
struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region,
                                      const struct edist_kernel *kernel,
                                      int threads);

/* Block number t; blocks that share rows of y follow one another. */
struct edist_extent edist_blocks_extent(const struct edist_blocks *blocks,
                                        size_t t);

/* How many pairs of the region the extent holds: 0 above the triangle. */
size_t edist_blocks_pairs(const struct edist_blocks *blocks,
                          struct edist_extent extent);

#endif
