/* Three mistakes. All else is as in distances.c. */
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <math.h>

static void no_simd(const double *a, size_t n, const double *b, size_t m,
                    size_t p, double *out, int team) {
#pragma omp parallel for num_threads(team)
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < n; i++) {
      double sum = 0;
      for (size_t k = 0; k < p; k++) {
        const double diff = a[i * p + k] - b[j * p + k];
        sum += diff * diff;
      }
      out[i + j * n] = sqrt(sum);
    }
  }
}

static void shared_diff(const double *a, size_t n, const double *b, size_t m,
                        size_t p, double *out, int team) {
  double *diff = (double *)R_alloc(p, sizeof(double));
#pragma omp parallel for num_threads(team)
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < n; i++) {
      double sum = 0;
      for (size_t k = 0; k < p; k++) diff[k] = a[i * p + k] - b[j * p + k];
#pragma omp simd reduction(+ : sum)
      for (size_t k = 0; k < p; k++) sum += diff[k] * diff[k];
      out[i + j * n] = sqrt(sum);
    }
  }
}

static void wrong_order(const double *a, size_t n, const double *b, size_t m,
                        size_t p, double *out, int team) {
#pragma omp parallel for num_threads(team)
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < n; i++) out[i + j * n] = 0;
    for (size_t k = 0; k < p; k++) {
#pragma omp simd
      for (size_t i = 0; i < n; i++) {
        const double diff = a[i * p + k] - b[j * p + k];
        out[i + j * n] += diff * diff;
      }
    }
    for (size_t i = 0; i < n; i++) out[i + j * n] = sqrt(out[i + j * n]);
  }
}

typedef void fill(const double *a, size_t n, const double *b, size_t m,
                  size_t p, double *out, int team);

static SEXP call(fill *with, SEXP x, SEXP y, SEXP threads) {
  const size_t p = Rf_nrows(x), n = Rf_ncols(x), m = Rf_ncols(y);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, n, m));
  with(REAL(x), n, REAL(y), m, p, REAL(result), Rf_asInteger(threads));
  UNPROTECT(1);
  return result;
}

SEXP call_no_simd(SEXP x, SEXP y, SEXP threads) {
  return call(no_simd, x, y, threads);
}
SEXP call_shared_diff(SEXP x, SEXP y, SEXP threads) {
  return call(shared_diff, x, y, threads);
}
SEXP call_wrong_order(SEXP x, SEXP y, SEXP threads) {
  return call(wrong_order, x, y, threads);
}

static const R_CallMethodDef routines[] = {
    {"no_simd", (DL_FUNC)&call_no_simd, 3},
    {"shared_diff", (DL_FUNC)&call_shared_diff, 3},
    {"wrong_order", (DL_FUNC)&call_wrong_order, 3},
    {NULL, NULL, 0}};

void R_init_mistakes(DllInfo *dll) {
  R_registerRoutines(dll, NULL, routines, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
}
