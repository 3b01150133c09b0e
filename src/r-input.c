#include "edist-r.h"
#include "source/ranks.h"
#include "source/whiten.h"

/* The slot, or NULL if it is of another type. */
static SEXP slot(SEXP x, const char *name, int type) {
  SEXP symbol = Rf_install(name);
  if (!R_has_slot(x, symbol)) return NULL;
  SEXP value = R_do_slot(x, symbol);
  return TYPEOF(value) == type ? value : NULL;
}

/* Whether the entries of all columns stand where the slots say, rows ascending:
 * what does not fit would read foreign memory. */
static bool fits(const int *dim, SEXP start, SEXP row, SEXP value) {
  if (dim[0] < 0 || dim[1] < 0 || XLENGTH(start) != (R_xlen_t)dim[1] + 1) {
    return false;
  }
  const int *from = INTEGER(start), *at = INTEGER(row);
  const R_xlen_t length = XLENGTH(row);
  if (from[0] != 0 || XLENGTH(value) != length) return false;
  for (int k = 0; k < dim[1]; k++) {
    if (from[k + 1] < from[k] || from[k + 1] > length) return false;
    int before = -1;
    for (int e = from[k]; e < from[k + 1]; e++) {
      if (at[e] <= before || at[e] >= dim[0]) return false;
      before = at[e];
    }
  }
  return true;
}

static void observe_sparse(struct edist_r_observations *o, SEXP x,
                           const char *argument) {
  SEXP dim = slot(x, "Dim", INTSXP), start = slot(x, "p", INTSXP);
  SEXP row = slot(x, "i", INTSXP), value = slot(x, "x", REALSXP);
  const bool there = dim && start && row && value && XLENGTH(dim) == 2;
  if (!there || !fits(INTEGER(dim), start, row, value)) {
    edist_r_abort("argument",
                  "`%s` must be a valid dgCMatrix, but its slots `p`, `i` and "
                  "`x` do not fit each other.",
                  argument);
  }
  o->sparse = (struct edist_sparse){
      .start = INTEGER(start), .row = INTEGER(row), .value = REAL(value)};
  o->source = edist_source_sparse(&o->sparse, (size_t)INTEGER(dim)[0],
                                  (size_t)INTEGER(dim)[1]);
}

void edist_r_observe(struct edist_r_observations *o, SEXP x,
                     const char *argument) {
  if (Rf_inherits(x, "dgCMatrix")) {
    observe_sparse(o, x, argument);
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
      edist_r_abort("argument",
                    "`%s` must be a numeric matrix, not of type %s.", argument,
                    Rf_type2char(TYPEOF(x)));
  }
}

void edist_r_change(struct edist_r_observations *o,
                    const struct edist_kernel *kernel, enum edist_rows rows) {
  struct edist_unit_row *unit = (struct edist_unit_row *)R_alloc(
      o->source.nrow + 1, sizeof(struct edist_unit_row));
  edist_source_change(&o->source, kernel, rows, unit);
}

/* The rows of a double matrix as pairs of columns, whitened by the upper
 * triangular Cholesky factor of a covariance matrix. */
SEXP edist_white(SEXP x, SEXP root) {
  const int nrow = Rf_nrows(x), ncol = Rf_ncols(x);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, nrow, 2 * ncol));
  edist_whiten(REAL(x), (size_t)nrow, (size_t)ncol, REAL(root), REAL(out));
  UNPROTECT(1);
  return out;
}

/* An integer matrix of twice the ranks within each row. */
SEXP edist_rank_rows(SEXP x) {
  struct edist_r_observations o = {.source = {0}};
  edist_r_observe(&o, x, "x");
  SEXP out =
      PROTECT(Rf_allocMatrix(INTSXP, (int)o.source.nrow, (int)o.source.ncol));
  if (!edist_ranks(&o.source, &edist_kernel_portable, INTEGER(out))) {
    edist_r_abort("memory", "There is not enough memory to rank a row.");
  }
  UNPROTECT(1);
  return out;
}
