/* A source holds observations (rows) of any kind and packs micro-panels of them
 * for the kernels. Work that is done once per row belongs here. */
#ifndef EDIST_SOURCE_H
#define EDIST_SOURCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

struct edist_source {
  size_t nrow, ncol;
  /* Writes columns k0 .. k0+ncol-1 of rows i0 .. i0+nrow-1 as micro-panels of
   * `lanes` rows, one after the other; lanes past the last row are zero.
   * Returns a combination of edist_value_flags. */
  unsigned (*pack)(const struct edist_source *source,
                   const struct edist_kernel *kernel, size_t i0, size_t nrow,
                   size_t k0, size_t ncol, size_t lanes, double *panels);
  const void *data;
  /* Unless NULL, packing changes the rows with these, and takes the roots of
   * what they give. */
  const struct edist_unit_row *unit;
  bool roots;
  /* Unless NULL, the sum of each row's values, or how many are on if `on`: then
   * packing writes 1 for these, which are all but 0. */
  const double *total;
  bool on;
};

/* What packing makes of the rows. */
enum edist_rows {
  EDIST_ROWS_given,
  EDIST_ROWS_unit,       /* vectors of length 1 */
  EDIST_ROWS_centred,    /* ... after subtracting their mean */
  EDIST_ROWS_shares,     /* of their sum */
  EDIST_ROWS_root_shares /* square roots of these */
};

/* (value * scale - centre - rest) * factor. The scale, a power of two, prevents
 * overflow and underflow. The mean is the sum of centre and rest: rounding it
 * to one double would spoil rows whose values hardly vary. */
struct edist_unit_row {
  double scale, centre, rest, factor;
};

/* The power of two that brings `max` near 1. */
static inline double edist_unit_scale(double max) {
  int exponent;
  frexp(max, &exponent);
  return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

static inline double edist_unit_centred(const struct edist_unit_row *unit,
                                        double value) {
  return value * unit->scale - unit->centre - unit->rest;
}

/* Packs, and changes the rows if the source says so. */
unsigned edist_source_pack(const struct edist_source *source,
                           const struct edist_kernel *kernel, size_t i0,
                           size_t nrow, size_t k0, size_t ncol, size_t lanes,
                           double *panels);

/* Whether none of n packed values is missing or infinite: 0 times a finite
 * value is 0, and sums keep NaN. */
static inline bool edist_source_complete(size_t n, const double *value) {
  double spoilt = 0;
  for (size_t k = 0; k < n; k++) spoilt += value[k] * 0;
  return spoilt == 0;
}

/* Column-major matrices. Integers are signed, 32 bits wide, and INT_MIN stands
 * for a missing value, as in R; R's logical values are such integers. */
struct edist_source edist_source_double(const double *data, size_t nrow,
                                        size_t ncol);
struct edist_source edist_source_integer(const int *data, size_t nrow,
                                         size_t ncol);

/* The values of each row together. */
struct edist_source edist_source_by_row(const double *data, size_t nrow,
                                        size_t ncol);

/* Compressed columns: column k has the values value[start[k]] up to, without,
 * value[start[k + 1]], in the rows row[], ascending. */
struct edist_sparse {
  const int *start, *row;
  const double *value;
};
struct edist_source edist_source_sparse(const struct edist_sparse *sparse,
                                        size_t nrow, size_t ncol);

/* A subset of the rows of another source, in any order and number. */
struct edist_subset {
  const struct edist_source *of;
  const int *row; /* from 1 */
};
struct edist_source edist_source_subset(const struct edist_subset *subset,
                                        size_t nrow);

/* Has the source change its rows, by numbers that are found here, one struct
 * for each row. For values of any size; rows become missing that have a missing
 * or infinite value, no direction, or, for shares, a negative value or no sum.
 */
void edist_source_change(struct edist_source *source,
                         const struct edist_kernel *kernel,
                         enum edist_rows rows, struct edist_unit_row *units);

/* Finds the totals of both sources, one for each row, if all values are finite,
 * and, unless `on`, whole numbers from 0: then all sums are exact. Otherwise,
 * and for so few rows that finding them takes longer than it saves, changes
 * nothing. y may be NULL. */
void edist_source_totals(struct edist_source *x, struct edist_source *y,
                         const struct edist_kernel *kernel, bool on,
                         double *of_x, double *of_y);

#endif
