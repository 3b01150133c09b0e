#include "edist-r.h"

/* Reads from a dist object. R/dist.R has checked it: doubles, and observations
 * from 1. */

static double value_at(const double *d, size_t n, size_t i, size_t j) {
  if (i == j) return 0;
  return i > j ? d[edist_packed_index(n, i, j)]
               : d[edist_packed_index(n, j, i)];
}

static size_t size_of(SEXP d) {
  return (size_t)Rf_asReal(Rf_getAttrib(d, Rf_install("Size")));
}

/* A value for each pair of i and j, which have the same length. */
SEXP edist_dist_values(SEXP d, SEXP i, SEXP j) {
  const size_t n = size_of(d);
  const R_xlen_t length = XLENGTH(i);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, length));
  for (R_xlen_t k = 0; k < length; k++) {
    REAL(out)
    [k] = value_at(REAL(d), n, (size_t)INTEGER(i)[k] - 1,
                   (size_t)INTEGER(j)[k] - 1);
  }
  UNPROTECT(1);
  return out;
}

/* The dist of some observations, in the order of `index`. */
SEXP edist_dist_subset(SEXP d, SEXP index) {
  const size_t n = size_of(d), m = (size_t)XLENGTH(index);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)edist_packed_length(m)));
  double *to = REAL(out);
  for (size_t b = 0; b < m; b++) {
    const size_t j = (size_t)INTEGER(index)[b] - 1;
    for (size_t a = b + 1; a < m; a++) {
      *to++ = value_at(REAL(d), n, (size_t)INTEGER(index)[a] - 1, j);
    }
  }
  UNPROTECT(1);
  return out;
}

/* The full matrix. A column of the lower triangle is read as it stands; the
 * upper one is its mirror image, in tiles that stay in the cache. */
SEXP edist_dist_full(SEXP d) {
  enum { TILE = 32 };
  const size_t n = size_of(d);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)(n * n)));
  const double *from = REAL(d);
  double *to = REAL(out);
  for (size_t j0 = 0; j0 < n; j0 += TILE) {
    const size_t j1 = n - j0 < TILE ? n : j0 + TILE;
    for (size_t i0 = j0; i0 < n; i0 += TILE) {
      const size_t i1 = n - i0 < TILE ? n : i0 + TILE;
      for (size_t j = j0; j < j1; j++) {
        for (size_t i = i0 > j ? i0 : j; i < i1; i++) {
          to[i + j * n] = to[j + i * n] =
              i == j ? 0 : from[edist_packed_index(n, i, j)];
        }
      }
    }
  }
  UNPROTECT(1);
  return out;
}
