/* How the table of pairs is cut into blocks, the units of work. */
#ifndef EDIST_BLOCKS_H
#define EDIST_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

enum edist_region {
  EDIST_REGION_rectangle,
  EDIST_REGION_triangle,
  EDIST_REGION_diagonal
};

struct edist_blocks {
  size_t nrow, ncol;        /* the table: rows of x by rows of y */
  enum edist_region region; /* the whole of it, or i >= j, or i = j */
  size_t unit;              /* rows of x in the smallest piece of work */
  size_t mc, nc;            /* the largest block, in rows of x and of y */
  size_t kc;                /* columns of data packed at a time */
  size_t piece;             /* rows whose sums are finished at a time */
  bool held;                /* panels of y: kept for all columns of data */
  size_t units, columns;    /* units of a column of blocks, and such columns */
  bool whole;  /* units are taken one by one, done block by block */
  int threads; /* those asked for that have work */
};

struct edist_extent {
  size_t i0, i1, j0, j1;
};

/* For `columns` columns of data, at least one. With a `stretch` other than 0,
 * so many rows of x, a multiple of EDIST_STRETCH_STEP (kernel.h), are one unit.
 */
struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region, size_t stretch,
                                      const struct edist_kernel *kernel,
                                      int threads);

/* The first unit of a column of blocks that holds pairs of the region. */
size_t edist_blocks_first(const struct edist_blocks *blocks, size_t column);

/* The block of `count` units from `from` on in a column of blocks. */
struct edist_extent edist_blocks_extent(const struct edist_blocks *blocks,
                                        size_t column, size_t from,
                                        size_t count);

/* How many pairs of the region the extent holds. */
size_t edist_blocks_pairs(const struct edist_blocks *blocks,
                          struct edist_extent extent);

#endif
