/* A good, plain parallel distance matrix, as a careful C programmer writes it
 * first: no tiles, no vector instructions, no blocking. */
#ifndef EDIST_OPENMP_OUTER_H
#define EDIST_OPENMP_OUTER_H

#include <stddef.h>

/* x is nrow_x by ncol and y nrow_y by ncol, both row-major; out is nrow_x by
 * nrow_y, column-major. */
void edist_openmp_outer_fill(const double *x, size_t nrow_x, const double *y,
                             size_t nrow_y, size_t ncol, double *out,
                             int threads);

#endif
