#include <string.h>

#include "request.h"
#include "sink/select.h"

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
  const char *names[] = {"value", "there", ""};
  SEXP answer = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(answer, 0, Rf_allocVector(REALSXP, (R_xlen_t)length));
  SET_VECTOR_ELT(answer, 1, Rf_allocVector(INTSXP, (R_xlen_t)length));
  double *value = REAL(VECTOR_ELT(answer, 0));
  int *there = INTEGER(VECTOR_ELT(answer, 1));
  for (size_t i = 0; i < length; i++) {
    value[i] = reduced[i].value;
    there[i] = (int)reduced[i].there;
  }
  UNPROTECT(1);
  return answer;
}

/* NULL if the user interrupted. Rows of y, or of x without y, stand group by group,
 * up to before `end`; `self` says which of them each row of x is, from 0, or is
 * NULL. `there` is the place of the least or the greatest, from 1, or how many
 * distances went into the sum or the mean, or are within `radius`. The bits of
 * sums are those of a call with so many `queries`. */
SEXP edist_reduce(SEXP x, SEXP y, SEXP how, SEXP stat, SEXP radius, SEXP end,
                  SEXP self, SEXP queries, SEXP progress) {
  struct edist_r_request r;
  edist_r_read(&r, x, y, how);
  const size_t n = r.x.source.nrow, m = edist_r_base(&r)->nrow;
  const size_t groups = (size_t)XLENGTH(end), length = n * groups;
  struct edist_reduced *reduced =
      (struct edist_reduced *)R_alloc(length + 1, sizeof *reduced);
  memset(reduced, 0, length * sizeof *reduced);
  bool squares = true;
  if (length > 0 && m > 0 && r.x.source.ncol > 0) {
    struct edist_sink_reduce sink =
        edist_sink_reduce(stat_of(stat), m, n, ends_of(end), groups, reduced);
    if (self != R_NilValue) sink.self = INTEGER(self);
    sink.stretch = edist_stretch(m, (size_t)Rf_asReal(queries));
    if (sink.stat == EDIST_STAT_sum || sink.stat == EDIST_STAT_mean) {
      squares = false;
    }
    if (sink.stat == EDIST_STAT_count) {
      const struct edist_r_limits limits = edist_r_limits(&r, radius);
      sink.limit = limits.limit;
      squares = limits.squares;
    }
    if (!edist_r_run_compare(&r, &sink.sink, &sink.compare, sink.stretch, false,
                             !squares, progress)) {
      return R_NilValue;
    }
  }
  return answer_of(reduced, length);
}
