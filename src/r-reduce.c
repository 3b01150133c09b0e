#include <string.h>

#include "r-request.h"
#include "sink/selection.h"

static enum edist_stat stat_of(SEXP name) {
  const char *stat = CHAR(STRING_ELT(name, 0));
  if (strcmp(stat, "min") == 0) return EDIST_STAT_min;
  if (strcmp(stat, "max") == 0) return EDIST_STAT_max;
  if (strcmp(stat, "sum") == 0) return EDIST_STAT_sum;
  if (strcmp(stat, "mean") == 0) return EDIST_STAT_mean;
  return EDIST_STAT_count;
}

static const size_t *ends_of(SEXP end) {
  const R_xlen_t groups = XLENGTH(end);
  size_t *ends = (size_t *)R_alloc((size_t)groups + 1, sizeof *ends);
  for (R_xlen_t g = 0; g < groups; g++) ends[g] = (size_t)INTEGER(end)[g];
  return ends;
}

static SEXP answer_of(const struct edist_reduced *reduced, size_t length) {
  const char *names[] = {"value", "count", "at", ""};
  SEXP answer = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(answer, 0, Rf_allocVector(REALSXP, (R_xlen_t)length));
  SET_VECTOR_ELT(answer, 1, Rf_allocVector(INTSXP, (R_xlen_t)length));
  SET_VECTOR_ELT(answer, 2, Rf_allocVector(INTSXP, (R_xlen_t)length));
  double *value = REAL(VECTOR_ELT(answer, 0));
  int *count = INTEGER(VECTOR_ELT(answer, 1));
  int *at = INTEGER(VECTOR_ELT(answer, 2));
  for (size_t i = 0; i < length; i++) {
    value[i] = reduced[i].value;
    count[i] = (int)reduced[i].count;
    at[i] = (int)reduced[i].at;
  }
  UNPROTECT(1);
  return answer;
}

/* NULL if the user interrupted. The rows of the base stand group by group, and
 * `end` says where groups end; `base_row` says which of them each row of x is,
 * from 0; NULL if it is none. In the answer `at` is the position of the
 * minimum or maximum, from 1, or 0; `count` the number of distances of other
 * statistics. Sums have the bits of a call with this many `queries`. */
SEXP edist_reduce(SEXP x, SEXP y, SEXP spec, SEXP stat_name, SEXP radius,
                  SEXP end, SEXP base_row, SEXP queries, SEXP progress) {
  struct edist_r_request r;
  edist_r_read(&r, x, y, spec);
  const size_t nquery = r.x.source.nrow, nbase = edist_r_base(&r)->nrow;
  const size_t groups = (size_t)XLENGTH(end), length = nquery * groups;
  const enum edist_stat stat = stat_of(stat_name);
  struct edist_reduced *reduced =
      (struct edist_reduced *)R_alloc(length + 1, sizeof *reduced);
  memset(reduced, 0, length * sizeof *reduced);
  if (length == 0 || nbase == 0 || r.x.source.ncol == 0) {
    return answer_of(reduced, length);
  }
  struct edist_r_limits limits = {.surrogates = stat == EDIST_STAT_min ||
                                                stat == EDIST_STAT_max};
  if (stat == EDIST_STAT_count) limits = edist_r_limits(&r, radius);
  struct edist_sink_reduce sink = edist_sink_reduce(
      stat, nbase, nquery, (size_t)Rf_asReal(queries), ends_of(end), groups,
      base_row != R_NilValue ? INTEGER(base_row) : NULL, limits.limit, reduced);
  const bool done =
      edist_r_run_selection(&r, &sink.sink, &sink.ranking, sink.chunk, false,
                            !limits.surrogates, progress, NULL);
  return done ? answer_of(reduced, length) : R_NilValue;
}
