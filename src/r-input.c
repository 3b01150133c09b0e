#include "edist-r.h"

/* Names the first value that is not finite. Never returns. */
static void raise_not_finite(const struct edist_source *source, SEXP x,
                             const char *argument) {
  size_t at = 0;
  while (source->finite(source, at, at + 1)) at++;
  const double row = (double)(at % source->nrow) + 1;
  const double column = (double)(at / source->nrow) + 1;
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

struct edist_source edist_r_source(SEXP x, const char *argument, int threads) {
  const size_t nrow = (size_t)Rf_nrows(x), ncol = (size_t)Rf_ncols(x);
  struct edist_source source;
  switch (TYPEOF(x)) {
    case REALSXP:
      source = edist_source_double(REAL(x), nrow, ncol);
      break;
    case INTSXP:
      source = edist_source_integer(INTEGER(x), nrow, ncol);
      break;
    case LGLSXP:
      source = edist_source_integer(LOGICAL(x), nrow, ncol);
      break;
    default:
      Rf_errorcall(R_NilValue, "`%s` must be a numeric matrix, not of type %s.",
                   argument, Rf_type2char(TYPEOF(x)));
  }
  if (!edist_finite(&source, threads)) raise_not_finite(&source, x, argument);
  return source;
}
