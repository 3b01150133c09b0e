#include "edist-r.h"

static bool is_finite_at(SEXP x, R_xlen_t at) {
  if (TYPEOF(x) == REALSXP) return R_FINITE(REAL(x)[at]);
  if (TYPEOF(x) == INTSXP) return INTEGER(x)[at] != NA_INTEGER;
  return LOGICAL(x)[at] != NA_LOGICAL;
}

void edist_r_check_finite(SEXP x, const char *argument) {
  const R_xlen_t length = XLENGTH(x);
  R_xlen_t at = 0;
  while (at < length && is_finite_at(x, at)) at++;
  if (at == length) return;
  const double row = (double)(at % Rf_nrows(x)) + 1;
  const double column = (double)(at / Rf_nrows(x)) + 1;
  const char *what = "NA";
  if (TYPEOF(x) == REALSXP && !ISNAN(REAL(x)[at])) {
    what = REAL(x)[at] > 0 ? "Inf" : "-Inf";
  } else if (TYPEOF(x) == REALSXP && !R_IsNA(REAL(x)[at])) {
    what = "NaN";
  }
  Rf_errorcall(R_NilValue,
               "`%s` must have no missing or infinite values, but its row "
               "%.0f, column %.0f is %s.",
               argument, row, column, what);
}

struct edist_source edist_r_source(SEXP x, const char *argument) {
  const size_t nrow = (size_t)Rf_nrows(x), ncol = (size_t)Rf_ncols(x);
  switch (TYPEOF(x)) {
    case REALSXP:
      return edist_source_double(REAL(x), nrow, ncol);
    case INTSXP:
      return edist_source_integer(INTEGER(x), nrow, ncol);
    case LGLSXP:
      return edist_source_integer(LOGICAL(x), nrow, ncol);
    default:
      Rf_errorcall(R_NilValue, "`%s` must be a numeric matrix, not of type %s.",
                   argument, Rf_type2char(TYPEOF(x)));
  }
}
