#include <stdlib.h>

#include "edist-r.h"
#include "engine/threads.h"

/* Everything about a call but its answer. */
struct request {
  SEXP x_r, y_r; /* what x and y below were read from */
  const struct edist_metric *metric;
  const struct edist_isa *isa;
  int threads;
  struct edist_source x, y;
  bool cross; /* x with y, not x with itself */
};

static struct request read_request(SEXP x, SEXP y, SEXP metric, SEXP threads) {
  struct request r = {.x_r = x, .y_r = y, .cross = y != R_NilValue};
  r.metric = edist_metric_find(CHAR(STRING_ELT(metric, 0)));
  if (!r.metric) Rf_errorcall(R_NilValue, "`method` must be a known method.");
  r.isa = edist_isa_choose();
  if (!r.isa) {
    Rf_errorcall(R_NilValue,
                 "The environment variable EDIST_ISA must name an instruction "
                 "set that edist_info() lists as available, not \"%s\".",
                 getenv("EDIST_ISA"));
  }
  const double n = Rf_nrows(x), m = r.cross ? Rf_nrows(y) : n / 2;
  r.threads = edist_threads_worthwhile(Rf_asInteger(threads),
                                       n * m * Rf_ncols(x), n * m);
  r.x = edist_r_source(x, "x");
  if (r.cross) r.y = edist_r_source(y, "y");
  return r;
}

/* Without columns there is nothing to compare: as in dist(), all is missing,
 * except that an observation is at distance 0 from itself. */
static void fill_missing(SEXP out, const struct request *r, bool square) {
  const R_xlen_t n = XLENGTH(out);
  double *value = REAL(out);
  for (R_xlen_t i = 0; i < n; i++) value[i] = NA_REAL;
  if (square && !r->cross) {
    const R_xlen_t rows = (R_xlen_t)r->x.nrow;
    for (R_xlen_t i = 0; i < rows; i++) value[i + i * rows] = 0;
  }
}

/* Runs the engine; FALSE if the user interrupted it. */
static bool run(const struct request *r, struct edist_sink *sink,
                SEXP progress) {
  struct edist_r_listener listener = {.progress = progress};
  const struct edist_job job = {.x = &r->x,
                                .y = r->cross ? &r->y : NULL,
                                .metric = r->metric,
                                .kernel = r->isa->kernel,
                                .sink = sink,
                                .watch = edist_r_watch(&listener),
                                .threads = r->threads};
  const enum edist_status status = edist_run(&job);
  if (status == EDIST_STATUS_no_memory) {
    Rf_errorcall(R_NilValue,
                 "There is not enough memory to work with %d threads: ask for "
                 "fewer.",
                 r->threads);
  }
  if (status == EDIST_STATUS_missing) {
    edist_r_check_finite(r->x_r, "x");
    if (r->cross) edist_r_check_finite(r->y_r, "y");
  }
  if (listener.error[0]) Rf_errorcall(R_NilValue, "%s", listener.error);
  return status == EDIST_STATUS_done;
}

/* In C, for replacement functions in R may copy the whole result. */
static void set_attributes(SEXP out, SEXP attributes) {
  SEXP names = Rf_getAttrib(attributes, R_NamesSymbol);
  for (R_xlen_t i = 0; i < XLENGTH(attributes); i++) {
    SEXP value = VECTOR_ELT(attributes, i);
    if (value == R_NilValue) continue;
    Rf_setAttrib(out, Rf_installTrChar(STRING_ELT(names, i)), value);
  }
}

/* Both return NULL if the user interrupted; R/edist.R then says so. */
SEXP edist_packed(SEXP x, SEXP metric, SEXP threads, SEXP attributes,
                  SEXP progress) {
  const struct request r = read_request(x, R_NilValue, metric, threads);
  const size_t length = edist_packed_length(r.x.nrow);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)length));
  bool done = true;
  if (r.x.ncol == 0) {
    fill_missing(out, &r, false);
  } else if (length > 0) {
    struct edist_sink_packed sink = edist_sink_packed(REAL(out), r.x.nrow);
    done = run(&r, &sink.sink, progress);
  }
  set_attributes(out, attributes);
  UNPROTECT(1);
  return done ? out : R_NilValue;
}

SEXP edist_matrix(SEXP x, SEXP y, SEXP metric, SEXP threads, SEXP attributes,
                  SEXP progress) {
  const struct request r = read_request(x, y, metric, threads);
  const size_t nrow = r.x.nrow, ncol = r.cross ? r.y.nrow : r.x.nrow;
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)(nrow * ncol)));
  bool done = true;
  if (r.x.ncol == 0) {
    fill_missing(out, &r, true);
  } else if (nrow > 0 && ncol > 0) {
    struct edist_sink_matrix sink =
        r.cross ? edist_sink_cross(REAL(out), nrow, ncol)
                : edist_sink_symmetric(REAL(out), nrow);
    done = run(&r, &sink.sink, progress);
  }
  set_attributes(out, attributes);
  UNPROTECT(1);
  return done ? out : R_NilValue;
}

SEXP edist_metrics(void) {
  R_xlen_t n = 0;
  while (edist_metric_table[n].name) n++;
  SEXP names = PROTECT(Rf_allocVector(STRSXP, n));
  for (R_xlen_t i = 0; i < n; i++) {
    SET_STRING_ELT(names, i, Rf_mkChar(edist_metric_table[i].name));
  }
  UNPROTECT(1);
  return names;
}
