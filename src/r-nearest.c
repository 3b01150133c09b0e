#include "r-request.h"
#include "sink/selection.h"

static SEXP answer_of(size_t nrow, size_t k) {
  const char *names[] = {"index", "distance", "computed", "screened", ""};
  SEXP answer = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(answer, 0, Rf_allocMatrix(INTSXP, (int)nrow, (int)k));
  SET_VECTOR_ELT(answer, 1, Rf_allocMatrix(REALSXP, (int)nrow, (int)k));
  UNPROTECT(1);
  return answer;
}

/* Without columns every distance is missing. */
static void fill_missing(int *index, double *distance, size_t length) {
  for (size_t i = 0; i < length; i++) {
    index[i] = NA_INTEGER;
    distance[i] = NA_REAL;
  }
}

/* NULL if the user interrupted. `base_row` says which row of the base each row
 * of x is, from 0; NULL if it is none. `radius` may be NULL, too. */
SEXP edist_nearest(SEXP x, SEXP y, SEXP spec, SEXP k, SEXP radius,
                   SEXP base_row, SEXP progress) {
  struct edist_r_request r;
  edist_r_read(&r, x, y, spec);
  const size_t nrow = r.x.source.nrow, count = (size_t)Rf_asInteger(k);
  SEXP answer = PROTECT(answer_of(nrow, count));
  int *index = INTEGER(VECTOR_ELT(answer, 0));
  double *distance = REAL(VECTOR_ELT(answer, 1));
  struct edist_shares shares = {1, 0};
  bool done = true;
  if (r.x.source.ncol == 0) {
    fill_missing(index, distance, nrow * count);
  } else if (nrow > 0) {
    struct edist_sink_nearest sink = edist_sink_nearest(
        index, distance, edist_r_base(&r)->nrow, nrow, count,
        base_row != R_NilValue ? INTEGER(base_row) : NULL, NA_INTEGER);
    struct edist_r_limits limits = {.surrogates = true};
    if (radius != R_NilValue) limits = edist_r_limits(&r, radius);
    sink.limit = limits.limit;
    sink.radius = limits.radius;
    done = edist_r_run_selection(&r, &sink.sink, &sink.ranking, sink.chunk,
                                 false, !limits.surrogates, progress, &shares);
  }
  SET_VECTOR_ELT(answer, 2, Rf_ScalarReal(shares.computed));
  SET_VECTOR_ELT(answer, 3, Rf_ScalarReal(shares.screened));
  UNPROTECT(1);
  return done ? answer : R_NilValue;
}
