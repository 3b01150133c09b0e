#include "approach/openmp-inner.h"
#include "approach/openmp-outer.h"
#include "edist-r.h"

typedef void fill_function(const double *x, size_t nrow_x, const double *y,
                           size_t nrow_y, size_t ncol, double *out,
                           int threads);

/* x and y are numeric matrices of as many rows, transposed: their columns are
 * observations. */
static SEXP filled(fill_function *fill, SEXP x, SEXP y, SEXP threads) {
  const int n = Rf_ncols(x), m = Rf_ncols(y);
  x = PROTECT(Rf_coerceVector(x, REALSXP));
  y = PROTECT(Rf_coerceVector(y, REALSXP));
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, n, m));
  fill(REAL(x), (size_t)n, REAL(y), (size_t)m, (size_t)Rf_nrows(x), REAL(out),
       Rf_asInteger(threads));
  UNPROTECT(3);
  return out;
}

SEXP edist_openmp_inner(SEXP x, SEXP y, SEXP threads) {
  return filled(edist_openmp_inner_fill, x, y, threads);
}

SEXP edist_openmp_outer(SEXP x, SEXP y, SEXP threads) {
  return filled(edist_openmp_outer_fill, x, y, threads);
}
