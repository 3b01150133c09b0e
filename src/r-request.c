#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

#include <Rmath.h>

#include "engine/rescue.h"
#include "engine/threads.h"
#include "sink/select.h"

SEXP edist_r_element(SEXP list, const char *name) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < XLENGTH(list); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0)
      return VECTOR_ELT(list, i);
  }
  return R_NilValue;
}

static void read_metric(struct edist_r_request *r, SEXP how) {
  const char *name = CHAR(STRING_ELT(edist_r_element(how, "method"), 0));
  SEXP weights = edist_r_element(how, "weights");
  r->strict = Rf_asLogical(edist_r_element(how, "strict"));
  r->power.exponent = Rf_asReal(edist_r_element(how, "p"));
  r->power.raise = r->strict ? R_pow : pow;
  const struct edist_metric *metric = edist_metric_find(name);
  if (!metric) edist_r_abort("argument", "`method` must be a known method.");
  r->metric = *metric;
  if (metric->finish == EDIST_FINISH_power) {
    r->metric = edist_metric_minkowski(&r->power, r->strict);
  }
  if (Rf_asLogical(edist_r_element(how, "paired")) == TRUE) {
    r->metric = edist_metric_paired();
  }
  if (weights != R_NilValue) {
    r->metric = edist_metric_weighted();
    r->weights = REAL(weights);
  }
}

/* Allocates what the sources need until the end of the .Call. */
static void read_sources(struct edist_r_request *r, SEXP x, SEXP y) {
  edist_r_observe(&r->x, x, "x");
  if (r->cross) edist_r_observe(&r->y, y, "y");
  if (r->metric.unit_rows) {
    edist_r_unit_rows(&r->x, r->isa->kernel, r->metric.centred);
    if (r->cross) edist_r_unit_rows(&r->y, r->isa->kernel, r->metric.centred);
  }
}

void edist_r_read(struct edist_r_request *r, SEXP x, SEXP y, SEXP how) {
  *r = (struct edist_r_request){.cross = y != R_NilValue};
  r->isa = edist_isa_choose();
  if (!r->isa) {
    edist_r_abort("system",
                  "The environment variable EDIST_ISA must name an instruction "
                  "set that edist_info() lists as available, not \"%s\".",
                  getenv("EDIST_ISA"));
  }
  read_metric(r, how);
  read_sources(r, x, y);
  const double n = (double)r->x.source.nrow;
  const double m = r->cross ? (double)r->y.source.nrow : n / 2;
  r->threads =
      edist_threads_worthwhile(Rf_asInteger(edist_r_element(how, "threads")),
                               n * m * (double)r->x.source.ncol, n * m);
}

static struct edist_job job_of(const struct edist_r_request *r,
                               struct edist_sink *sink,
                               struct edist_r_listener *listener) {
  return (struct edist_job){.x = &r->x.source,
                            .y = r->cross ? &r->y.source : NULL,
                            .metric = &r->metric,
                            .strict = r->strict,
                            .power = &r->power,
                            .weights = r->weights,
                            .missing = NA_REAL,
                            .kernel = r->isa->kernel,
                            .sink = sink,
                            .watch = edist_r_watch(listener),
                            .threads = r->threads};
}

/* Whether it ran to its end; or an R error. */
static bool check(const struct edist_r_request *r, enum edist_status status,
                  const struct edist_r_listener *listener) {
  if (status == EDIST_STATUS_no_memory) {
    edist_r_abort("memory",
                  "There is not enough memory to work with %d threads: ask for "
                  "fewer.",
                  r->threads);
  }
  if (listener->failed) edist_r_abort("system", "%s", listener->error);
  return status == EDIST_STATUS_done;
}

bool edist_r_run(const struct edist_r_request *r, struct edist_sink *sink,
                 SEXP progress) {
  struct edist_r_listener listener = {.progress = progress};
  const struct edist_job job = job_of(r, sink, &listener);
  return check(r, edist_run(&job), &listener);
}

bool edist_r_run_compare(const struct edist_r_request *r, struct edist_sink *sink,
                         struct edist_compare *compare, size_t stretch,
                         bool triangle, bool finished, SEXP progress) {
  struct edist_r_listener listener = {.progress = progress};
  struct edist_job job = job_of(r, sink, &listener);
  job.x = edist_r_base(r);
  job.y = triangle ? NULL : &r->x.source;
  job.stretch = stretch;
  return check(r, edist_run_compare(&job, compare, finished), &listener);
}

/* Rows keep what makes units of them: it is picked as they are. */
static const struct edist_unit_row *picked_units(
    const struct edist_picked *picked, size_t length) {
  if (!picked->of->unit) return NULL;
  struct edist_unit_row *unit =
      (struct edist_unit_row *)R_alloc(length, sizeof *unit);
  for (size_t c = 0; c < length; c++) {
    unit[c] = picked->of->unit[picked->row[c] - 1];
  }
  return unit;
}

bool edist_r_run_pairs(const struct edist_r_request *r, struct edist_sink *sink,
                       const int *i, const int *j, size_t length,
                       SEXP progress) {
  struct edist_r_listener listener = {.progress = progress};
  struct edist_job job = job_of(r, sink, &listener);
  const struct edist_picked left = {&r->x.source, i};
  const struct edist_picked right = {edist_r_base(r), j};
  struct edist_source x = edist_source_picked(&left, length);
  struct edist_source y = edist_source_picked(&right, length);
  x.unit = picked_units(&left, length);
  y.unit = picked_units(&right, length);
  job.x = &x;
  job.y = &y;
  job.diagonal = true;
  return check(r, edist_run(&job), &listener);
}

static bool by_squares(const struct edist_r_request *r, SEXP radius) {
  const double rescaled =
      edist_largest_rescale(r->weights, r->x.source.ncol);
  if (r->metric.finish != EDIST_FINISH_root || isinf(rescaled)) return false;
  for (R_xlen_t i = 0; i < XLENGTH(radius); i++) {
    if (!edist_square_safe(REAL(radius)[i], rescaled)) return false;
  }
  return true;
}

struct edist_r_limits edist_r_limits(const struct edist_r_request *r,
                                     SEXP radius) {
  const size_t n = r->x.source.nrow;
  const bool one = XLENGTH(radius) == 1, squares = by_squares(r, radius);
  double *given = (double *)R_alloc(n + 1, sizeof *given);
  double *limit = squares ? (double *)R_alloc(n + 1, sizeof *limit) : given;
  for (size_t i = 0; i < n; i++) {
    given[i] = REAL(radius)[one ? 0 : i];
    if (!squares) continue;
    limit[i] = one && i > 0 ? limit[0] : edist_square_limit(given[i]);
  }
  return (struct edist_r_limits){limit, given, squares};
}
