/* A source holds observations (rows) of any kind and packs panels of them for
 * the kernels. Whatever can be done once per row belongs here. */
#ifndef EDIST_SOURCE_H
#define EDIST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

struct edist_source {
  size_t nrow, ncol;
  /* Writes columns k0 .. k0+ncol-1 of rows i0 .. i0+nrow-1 as panels of `lanes`
   * rows, one panel after the other; lanes past the last row are zero. Returns
   * what of edist_seen was among the values. */
  unsigned (*pack)(const struct edist_source *source,
                   const struct edist_kernel *kernel, size_t i0, size_t nrow,
                   size_t k0, size_t ncol, size_t lanes, double *panels);
  const void *data;
  /* Unless NULL, what packing makes unit vectors of the rows with. */
  const struct edist_unit_row *unit;
};

/* (value * scale - centre - rest) * factor; a scale that is a power of two keeps
 * all that follows from overflow and underflow. The mean is centre and rest: to
 * one double it would be rounded by as much as values differ that hardly vary. */
struct edist_unit_row {
  double scale, centre, rest, factor;
};

static inline double edist_unit_centred(const struct edist_unit_row *unit,
                                        double value) {
  return value * unit->scale - unit->centre - unit->rest;
}

/* Packs, and makes unit vectors if the source says so. */
unsigned edist_source_pack(const struct edist_source *source,
                           const struct edist_kernel *kernel, size_t i0,
                           size_t nrow, size_t k0, size_t ncol, size_t lanes,
                           double *panels);

/* Column-major matrices. Integers are signed, 32 bits wide, and INT_MIN stands
 * for a missing value, as in R; R's logical values are such integers. */
struct edist_source edist_source_double(const double *data, size_t nrow,
                                        size_t ncol);
struct edist_source edist_source_integer(const int *data, size_t nrow,
                                         size_t ncol);

/* Compressed columns: the values of column k are value[start[k]] to before
 * value[start[k + 1]], in the rows row[], in ascending order. */
struct edist_sparse {
  const int *start, *row;
  const double *value;
};
struct edist_source edist_source_sparse(const struct edist_sparse *sparse,
                                        size_t nrow, size_t ncol);

/* Rows of another source, in any order and number. */
struct edist_picked {
  const struct edist_source *of;
  const int *row; /* from 1 */
};
struct edist_source edist_source_picked(const struct edist_picked *picked,
                                        size_t nrow);

/* What makes unit vectors of the rows, of mean 0 if `centred`, for values of
 * any size; factors are NaN for rows that have a missing or infinite value, or
 * no direction. */
void edist_unit_rows(const struct edist_source *source,
                     const struct edist_kernel *kernel, bool centred,
                     struct edist_unit_row *rows);

#endif
