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
  size_t kc;                /* columns packed at a time */
  bool held;                /* panels of y: kept for all columns */
  size_t units;             /* in all, those above the triangle included */
  bool stretches;           /* a unit is a stretch, of many rows */
  int threads;              /* those asked for that have work */
};

struct edist_extent {
  size_t i0, i1, j0, j1;
};

/* For `columns` columns of data, at least one. With a `stretch` other than 0, so
 * many rows of x, a multiple of the kernel's mr, are one unit. */
struct edist_blocks edist_blocks_make(size_t nrow, size_t ncol, size_t columns,
                                      enum edist_region region, size_t stretch,
                                      const struct edist_kernel *kernel,
                                      int threads);

/* How many units to take next where `from` have been taken: fewer towards the
 * end, so that all threads finish together. Blocks that share rows of y follow
 * one another. */
size_t edist_blocks_take(const struct edist_blocks *blocks, size_t from);

/* The rows of `count` units from `from` on, as taken: a block, or a stretch to be
 * done block by block. */
struct edist_extent edist_blocks_extent(const struct edist_blocks *blocks,
                                        size_t from, size_t count);

/* How many pairs of the region the extent holds: 0 above the triangle. */
size_t edist_blocks_pairs(const struct edist_blocks *blocks,
                          struct edist_extent extent);

#endif
