/* distances.c for points in rows: sizes and loops change places. */
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <math.h>

SEXP distances_of_rows(SEXP x, SEXP y, SEXP threads) {
  const size_t n = Rf_nrows(x), m = Rf_nrows(y), p = Rf_ncols(x);
  const int team = Rf_asInteger(threads);
  const double *a = REAL(x), *b = REAL(y);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, n, m));
  double *out = REAL(result);
#pragma omp parallel for num_threads(team)
  for (size_t j = 0; j < m; j++) {
    double *column = out + j * n;
    for (size_t i = 0; i < n; i++) column[i] = 0;
    for (size_t k = 0; k < p; k++) {
#pragma omp simd
      for (size_t i = 0; i < n; i++) {
        const double diff = a[i + k * n] - b[j + k * m];
        column[i] += diff * diff;
      }
    }
    for (size_t i = 0; i < n; i++) column[i] = sqrt(column[i]);
  }
  UNPROTECT(1);
  return result;
}

static const R_CallMethodDef routines[] = {
    {"distances_of_rows", (DL_FUNC)&distances_of_rows, 3}, {NULL, NULL, 0}};

void R_init_rows(DllInfo *dll) {
  R_registerRoutines(dll, NULL, routines, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
}
