#include "r-request.h"

/* Without columns, as in dist(), every distance is missing, except that an
 * observation is at distance 0 from itself. */
static void fill_missing(SEXP out, const struct edist_r_request *r,
                         bool square) {
  const R_xlen_t n = XLENGTH(out);
  double *value = REAL(out);
  for (R_xlen_t i = 0; i < n; i++) value[i] = NA_REAL;
  if (square && !r->cross) {
    const R_xlen_t rows = (R_xlen_t)r->x.source.nrow;
    for (R_xlen_t i = 0; i < rows; i++) value[i + i * rows] = 0;
  }
}

/* In C, because replacement functions in R may copy the whole result. */
static void set_attributes(SEXP out, SEXP attributes) {
  SEXP names = Rf_getAttrib(attributes, R_NamesSymbol);
  for (R_xlen_t i = 0; i < XLENGTH(attributes); i++) {
    SEXP value = VECTOR_ELT(attributes, i);
    if (value == R_NilValue) continue;
    Rf_setAttrib(out, Rf_installTrChar(STRING_ELT(names, i)), value);
  }
}

/* Both return NULL if the user interrupted; compute() in R then says so. */
SEXP edist_packed(SEXP x, SEXP spec, SEXP attributes, SEXP progress) {
  struct edist_r_request r;
  edist_r_read(&r, x, R_NilValue, spec);
  const size_t nrow = r.x.source.nrow, length = edist_packed_length(nrow);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)length));
  bool done = true;
  if (r.x.source.ncol == 0) {
    fill_missing(out, &r, false);
  } else if (length > 0) {
    struct edist_sink_packed sink = edist_sink_packed(REAL(out), nrow);
    done = edist_r_run(&r, &sink.sink, progress);
  }
  set_attributes(out, attributes);
  UNPROTECT(1);
  return done ? out : R_NilValue;
}

SEXP edist_matrix(SEXP x, SEXP y, SEXP spec, SEXP attributes, SEXP progress) {
  struct edist_r_request r;
  edist_r_read(&r, x, y, spec);
  const size_t nrow = r.x.source.nrow;
  const size_t ncol = r.cross ? r.y.source.nrow : nrow;
  edist_r_set_threads(&r, spec, (double)nrow * (double)ncol);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)(nrow * ncol)));
  bool done = true;
  if (r.x.source.ncol == 0) {
    fill_missing(out, &r, true);
  } else if (nrow > 0 && ncol > 0) {
    struct edist_sink_matrix sink =
        r.cross ? edist_sink_cross(REAL(out), nrow, ncol)
                : edist_sink_symmetric(REAL(out), nrow);
    done = edist_r_run(&r, &sink.sink, progress);
  }
  set_attributes(out, attributes);
  UNPROTECT(1);
  return done ? out : R_NilValue;
}
