/* The good plain form of a parallel distance matrix, what a careful C
 * programmer writes first: no tiles, no instruction set, no blocking. */
#ifndef EDIST_OPENMP_OUTER_H
#define EDIST_OPENMP_OUTER_H

#include <stddef.h>

/* x is nrow_x by ncol and y nrow_y by ncol, both row-major; out is nrow_x by
 * nrow_y, column-major. */
void edist_openmp_outer_fill(const double *x, size_t nrow_x, const double *y,
                             size_t nrow_y, size_t ncol, double *out,
                             int threads);

#endif
