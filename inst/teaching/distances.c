#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <math.h>

/* x and y have a point in each column. */
SEXP distances(SEXP x, SEXP y, SEXP threads) {
  const size_t p = Rf_nrows(x), n = Rf_ncols(x), m = Rf_ncols(y);
  const int team = Rf_asInteger(threads);
  const double *a = REAL(x), *b = REAL(y);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, n, m));
  double *out = REAL(result);
#pragma omp parallel for num_threads(team)
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < n; i++) {
      double sum = 0;
#pragma omp simd reduction(+ : sum)
      for (size_t k = 0; k < p; k++) {
        const double diff = a[i * p + k] - b[j * p + k];
        sum += diff * diff;
      }
      out[i + j * n] = sqrt(sum);
    }
  }
  UNPROTECT(1);
  return result;
}

static const R_CallMethodDef routines[] = {
    {"distances", (DL_FUNC)&distances, 3}, {NULL, NULL, 0}};

void R_init_distances(DllInfo *dll) {
  R_registerRoutines(dll, NULL, routines, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
}
