#include "edist-r.h"

static void observe_sparse(struct edist_r_observations *o, SEXP x) {
  const int *dim = INTEGER(R_do_slot(x, Rf_install("Dim")));
  o->sparse =
      (struct edist_sparse){.start = INTEGER(R_do_slot(x, Rf_install("p"))),
                            .row = INTEGER(R_do_slot(x, Rf_install("i"))),
                            .value = REAL(R_do_slot(x, Rf_install("x")))};
  o->source = edist_source_sparse(&o->sparse, (size_t)dim[0], (size_t)dim[1]);
}

void edist_r_observe(struct edist_r_observations *o, SEXP x,
                     const char *argument) {
  if (Rf_inherits(x, "dgCMatrix")) {
    observe_sparse(o, x);
    return;
  }
  const size_t nrow = (size_t)Rf_nrows(x), ncol = (size_t)Rf_ncols(x);
  switch (TYPEOF(x)) {
    case REALSXP:
      o->source = edist_source_double(REAL(x), nrow, ncol);
      break;
    case INTSXP:
      o->source = edist_source_integer(INTEGER(x), nrow, ncol);
      break;
    case LGLSXP:
      o->source = edist_source_integer(LOGICAL(x), nrow, ncol);
      break;
    default:
      Rf_errorcall(R_NilValue, "`%s` must be a numeric matrix, not of type %s.",
                   argument, Rf_type2char(TYPEOF(x)));
  }
}

void edist_r_unit_rows(struct edist_r_observations *o,
                       const struct edist_kernel *kernel, bool centred) {
  struct edist_unit_row *unit = (struct edist_unit_row *)R_alloc(
      o->source.nrow + 1, sizeof(struct edist_unit_row));
  edist_unit_rows(&o->source, kernel, centred, unit);
  o->source.unit = unit;
}
