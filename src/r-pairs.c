#include "r-request.h"

#include "engine/threads.h"

/* Whole tiles are computed, though only their diagonal is used. */
static int threads_for(const struct edist_r_request *r, SEXP spec,
                       double pairs) {
  const double terms = pairs * (double)r->ncol * (double)r->isa->kernel->nr;
  return edist_threads_worthwhile(
      Rf_asInteger(edist_r_element(spec, "threads")), terms, pairs);
}

/* NULL if the user interrupted. Rows i of x and j of y, or of x, from 1;
 * equally many. */
SEXP edist_pairs(SEXP x, SEXP y, SEXP i, SEXP j, SEXP spec, SEXP progress) {
  struct edist_r_request r;
  edist_r_read(&r, x, y, spec);
  const R_xlen_t length = XLENGTH(i);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, length));
  bool done = true;
  if (r.x.source.ncol == 0) {
    for (R_xlen_t c = 0; c < length; c++) REAL(out)[c] = NA_REAL;
  } else if (length > 0) {
    struct edist_sink_pairs sink = edist_sink_pairs(REAL(out));
    r.threads = threads_for(&r, spec, (double)length);
    done = edist_r_run_pairs(&r, &sink.sink, INTEGER(i), INTEGER(j),
                             (size_t)length, progress);
  }
  UNPROTECT(1);
  return done ? out : R_NilValue;
}
