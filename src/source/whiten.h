/* Whitening, for Mahalanobis's distance. */
#ifndef EDIST_WHITEN_H
#define EDIST_WHITEN_H

#include <stddef.h>

/* Solves t(R) z = x for every row x of an nrow by ncol matrix; R is upper
 * triangular, column-major. Each value of z is an unevaluated sum of two
 * doubles, a high and a low part, in columns 2k and 2k+1 of `z`, nrow by 2
 * ncol. So differences of rows that are close to each other and far from zero
 * keep their digits. A row with a value that is missing, infinite or too large
 * becomes missing as a whole. */
void edist_whiten(const double *x, size_t nrow, size_t ncol, const double *root,
                  double *z);

#endif
