/* The parallel loop in the wrong place: inside the loop over rows, so all
 * threads are woken and awaited once for each row. */
#ifndef EDIST_OPENMP_INNER_H
#define EDIST_OPENMP_INNER_H

#include <stddef.h>

/* x is nrow_x by ncol and y nrow_y by ncol, both row-major; out is nrow_x by
 * nrow_y, column-major. */
void edist_openmp_inner_fill(const double *x, size_t nrow_x, const double *y,
                             size_t nrow_y, size_t ncol, double *out,
                             int threads);

#endif
