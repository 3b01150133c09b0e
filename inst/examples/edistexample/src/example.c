#include <math.h>
#include <string.h>

#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>

#include <edist.h>

/* An R matrix as edist takes it. */
static struct edist_data data_of(SEXP x) {
  struct edist_data data = {REAL(x), (size_t)Rf_nrows(x), (size_t)Rf_ncols(x),
                            0};
  return data;
}

static void check(enum edist_code code) {
  if (code != EDIST_OK) Rf_error("%s", edist_api()->text(code));
}

static SEXP distances(SEXP x, SEXP y, SEXP method, SEXP p, SEXP weights) {
  const int alone = Rf_isNull(y);
  struct edist_data rows = data_of(x), others;
  struct edist_options options = {0};
  options.method = CHAR(STRING_ELT(method, 0));
  options.p = Rf_asReal(p);
  if (!Rf_isNull(weights)) options.weights = REAL(weights);
  options.threads = 2;
  options.go_on = edist_go_on;
  if (!alone) others = data_of(y);
  SEXP out = PROTECT(
      Rf_allocMatrix(REALSXP, Rf_nrows(x), Rf_nrows(alone ? x : y)));
  check(edist_api()->distances(&rows, alone ? NULL : &others, &options,
                               REAL(out)));
  UNPROTECT(1);
  return out;
}

static SEXP neighbours(SEXP x, SEXP k, SEXP y, SEXP method) {
  const int alone = Rf_isNull(y), count = Rf_asInteger(k);
  struct edist_data rows = data_of(x), others;
  struct edist_options options = {0};
  options.method = CHAR(STRING_ELT(method, 0));
  options.threads = 2;
  if (!alone) others = data_of(y);
  SEXP index = PROTECT(Rf_allocMatrix(INTSXP, Rf_nrows(x), count));
  SEXP distance = PROTECT(Rf_allocMatrix(REALSXP, Rf_nrows(x), count));
  check(edist_api()->nearest(&rows, alone ? NULL : &others, &options,
                             (size_t)count, INTEGER(index), REAL(distance)));
  const char *names[] = {"index", "distance", ""};
  SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(out, 0, index);
  SET_VECTOR_ELT(out, 1, distance);
  UNPROTECT(3);
  return out;
}

static int count(void *data, size_t i, size_t n, const int *index,
                 const double *distance) {
  (void)index;
  (void)distance;
  ((int *)data)[i] = (int)n;
  return 1;
}

static SEXP count_within(SEXP x, SEXP radius) {
  struct edist_data rows = data_of(x);
  SEXP out = PROTECT(Rf_allocVector(INTSXP, Rf_nrows(x)));
  check(edist_api()->within(&rows, NULL, NULL, Rf_asReal(radius), count,
                            INTEGER(out)));
  UNPROTECT(1);
  return out;
}

static double clark_distance(const double *x, const double *y, size_t ncol,
                             void *data) {
  double sum = 0;
  (void)data;
  for (size_t k = 0; k < ncol; k++) {
    const double share = (x[k] - y[k]) / (x[k] + y[k]);
    if (isnan(x[k]) || isnan(y[k])) return NAN;
    if (x[k] + y[k] > 0) sum += share * share;
  }
  return sqrt(sum);
}

static SEXP clark(void) { return edist_metric(clark_distance, NULL); }

SEXP median_nearest(SEXP columns); /* median.cpp */

static const R_CallMethodDef entries[] = {
    {"C_distances", (DL_FUNC)distances, 5},
    {"C_neighbours", (DL_FUNC)neighbours, 4},
    {"C_count_within", (DL_FUNC)count_within, 2},
    {"C_median_nearest", (DL_FUNC)median_nearest, 1},
    {"C_clark", (DL_FUNC)clark, 0},
    {NULL, NULL, 0}};

void R_init_edistexample(DllInfo *dll) {
  R_registerRoutines(dll, NULL, entries, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
}
