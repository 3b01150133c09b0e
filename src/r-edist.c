#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "edist-r.h"

#include <Rmath.h>

#include "engine/threads.h"

/* Everything about a call but its answer. */
struct request {
  struct edist_metric metric;
  struct edist_power power;
  bool strict;
  const double *weights;
  const struct edist_isa *isa;
  int threads;
  struct edist_r_observations x, y;
  bool cross; /* x with y, not x with itself */
};

static SEXP element(SEXP list, const char *name) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < XLENGTH(list); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0)
      return VECTOR_ELT(list, i);
  }
  return R_NilValue;
}

static void read_metric(struct request *r, SEXP how) {
  const char *name = CHAR(STRING_ELT(element(how, "method"), 0));
  SEXP weights = element(how, "weights");
  r->strict = Rf_asLogical(element(how, "strict"));
  r->power.exponent = Rf_asReal(element(how, "p"));
  r->power.raise = r->strict ? R_pow : pow;
  const struct edist_metric *metric = edist_metric_find(name);
  if (!metric) Rf_errorcall(R_NilValue, "`method` must be a known method.");
  r->metric = *metric;
  if (metric->finish == EDIST_FINISH_power) {
    r->metric = edist_metric_minkowski(&r->power, r->strict);
  }
  if (weights != R_NilValue) {
    r->metric = edist_metric_weighted();
    r->weights = REAL(weights);
  }
}

/* Allocates what the sources need until the end of the .Call. */
static void read_sources(struct request *r, SEXP x, SEXP y) {
  edist_r_observe(&r->x, x, "x");
  if (r->cross) edist_r_observe(&r->y, y, "y");
  if (r->metric.unit_rows) {
    edist_r_unit_rows(&r->x, r->isa->kernel, r->metric.centred);
    if (r->cross) edist_r_unit_rows(&r->y, r->isa->kernel, r->metric.centred);
  }
}

/* Into `r`, which stays where it is: sources point into it. */
static void read_request(struct request *r, SEXP x, SEXP y, SEXP how) {
  *r = (struct request){.cross = y != R_NilValue};
  r->isa = edist_isa_choose();
  if (!r->isa) {
    Rf_errorcall(R_NilValue,
                 "The environment variable EDIST_ISA must name an instruction "
                 "set that edist_info() lists as available, not \"%s\".",
                 getenv("EDIST_ISA"));
  }
  read_metric(r, how);
  read_sources(r, x, y);
  const double n = (double)r->x.source.nrow;
  const double m = r->cross ? (double)r->y.source.nrow : n / 2;
  r->threads =
      edist_threads_worthwhile(Rf_asInteger(element(how, "threads")),
                               n * m * (double)r->x.source.ncol, n * m);
}

/* Without columns there is nothing to compare: as in dist(), all is missing,
 * except that an observation is at distance 0 from itself. */
static void fill_missing(SEXP out, const struct request *r, bool square) {
  const R_xlen_t n = XLENGTH(out);
  double *value = REAL(out);
  for (R_xlen_t i = 0; i < n; i++) value[i] = NA_REAL;
  if (square && !r->cross) {
    const R_xlen_t rows = (R_xlen_t)r->x.source.nrow;
    for (R_xlen_t i = 0; i < rows; i++) value[i + i * rows] = 0;
  }
}

/* Runs the engine; FALSE if the user interrupted it. */
static bool run(const struct request *r, struct edist_sink *sink,
                SEXP progress) {
  struct edist_r_listener listener = {.progress = progress};
  const struct edist_job job = {.x = &r->x.source,
                                .y = r->cross ? &r->y.source : NULL,
                                .metric = &r->metric,
                                .strict = r->strict,
                                .power = &r->power,
                                .weights = r->weights,
                                .missing = NA_REAL,
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
SEXP edist_packed(SEXP x, SEXP how, SEXP attributes, SEXP progress) {
  struct request r;
  read_request(&r, x, R_NilValue, how);
  const size_t nrow = r.x.source.nrow, length = edist_packed_length(nrow);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)length));
  bool done = true;
  if (r.x.source.ncol == 0) {
    fill_missing(out, &r, false);
  } else if (length > 0) {
    struct edist_sink_packed sink = edist_sink_packed(REAL(out), nrow);
    done = run(&r, &sink.sink, progress);
  }
  set_attributes(out, attributes);
  UNPROTECT(1);
  return done ? out : R_NilValue;
}

SEXP edist_matrix(SEXP x, SEXP y, SEXP how, SEXP attributes, SEXP progress) {
  struct request r;
  read_request(&r, x, y, how);
  const size_t nrow = r.x.source.nrow;
  const size_t ncol = r.cross ? r.y.source.nrow : nrow;
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)(nrow * ncol)));
  bool done = true;
  if (r.x.source.ncol == 0) {
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
