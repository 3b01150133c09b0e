#include "approach/openmp-outer.h"
#include "edist-r.h"

/* x and y are numeric matrices of as many rows, transposed: their columns are
 * observations. */
SEXP edist_openmp_outer(SEXP x, SEXP y, SEXP threads) {
  const int n = Rf_ncols(x), m = Rf_ncols(y);
  x = PROTECT(Rf_coerceVector(x, REALSXP));
  y = PROTECT(Rf_coerceVector(y, REALSXP));
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, n, m));
  edist_openmp_outer_fill(REAL(x), (size_t)n, REAL(y), (size_t)m,
                          (size_t)Rf_nrows(x), REAL(out),
                          Rf_asInteger(threads));
  UNPROTECT(3);
  return out;
}
