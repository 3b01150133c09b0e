#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "r-request.h"

#include <Rmath.h>

#include "engine/threads.h"
#include "sink/selection.h"

SEXP edist_r_element(SEXP list, const char *name) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < XLENGTH(list); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0)
      return VECTOR_ELT(list, i);
  }
  return R_NilValue;
}

static void read_metric(struct edist_r_request *r, SEXP spec) {
  const char *name = edist_r_element(spec, "compiled") != R_NilValue
                         ? "given"
                         : CHAR(STRING_ELT(edist_r_element(spec, "method"), 0));
  SEXP weights = edist_r_element(spec, "weights");
  SEXP scale = edist_r_element(spec, "scale");
  SEXP unit = edist_r_element(spec, "unit");
  r->unit = unit == R_NilValue ? 1 : Rf_asReal(unit);
  r->search = Rf_asLogical(edist_r_element(spec, "search")) == TRUE;
  r->strict = Rf_asLogical(edist_r_element(spec, "strict"));
  r->power.exponent = Rf_asReal(edist_r_element(spec, "p"));
  r->power.raise = r->strict ? R_pow : pow;
  const struct edist_metric *metric = edist_metric_find(name);
  if (!metric) edist_r_abort("argument", "`method` must be a known method.");
  r->metric = *metric;
  if (metric->transform == EDIST_TRANSFORM_power) {
    r->metric = edist_metric_minkowski(&r->power, r->strict);
  }
  if (Rf_asLogical(edist_r_element(spec, "paired")) == TRUE) {
    r->metric = edist_metric_paired();
  }
  if (weights != R_NilValue) {
    r->metric = edist_metric_weighted(r->metric);
    r->weights = REAL(weights);
  }
  if (scale != R_NilValue) r->scale = REAL(scale);
}

/* A metric of other packages, made by edist_metric() of edist.h. */
static void read_function(struct edist_r_request *r, SEXP spec) {
  SEXP compiled = edist_r_element(spec, "compiled");
  if (compiled != R_NilValue) {
    const struct edist_r_compiled *metric = edist_r_compiled(compiled);
    r->distance = metric->distance;
    r->data = metric->data;
  } else if (Rf_asLogical(edist_r_element(spec, "pairwise")) == TRUE) {
    r->distance = edist_pairwise_distance;
    r->pairwise.ranks =
        strcmp(CHAR(STRING_ELT(edist_r_element(spec, "method"), 0)),
               "spearman") == 0;
  }
  if (r->distance) r->metric = *edist_metric_find("given");
}

static bool is_pairwise(const struct edist_r_request *r) {
  return r->distance == edist_pairwise_distance;
}

/* What a copied row takes. */
static size_t length_of(const struct edist_r_request *r) {
  return is_pairwise(r) ? edist_pairwise_length(r->pairwise.ranks, r->ncol)
                        : r->ncol;
}

/* Room for one number for each row. */
static double *numbers_for(const struct edist_r_observations *o) {
  return (double *)R_alloc(o->source.nrow + 1, sizeof(double));
}

/* For a function of rows: copies them, and has the source hold their numbers.
 */
static void copy_rows(const struct edist_r_request *r,
                      struct edist_r_observations *o) {
  const size_t nrow = o->source.nrow, ncol = o->source.ncol;
  const size_t length = length_of(r);
  double *rows = (double *)R_alloc(nrow * length + 1, sizeof *rows);
  edist_rowwise_take(&o->source, r->isa->kernel, length, rows, numbers_for(o));
  if (is_pairwise(r) &&
      !edist_pairwise_prepare(&r->pairwise, nrow, ncol, rows)) {
    edist_r_abort("memory", "There is not enough memory to sort a row.");
  }
  o->rows = rows;
}

/* Allocates what the sources need until the end of the .Call. */
static void read_sources(struct edist_r_request *r, SEXP x, SEXP y) {
  edist_r_observe(&r->x, x, "x");
  if (r->cross) edist_r_observe(&r->y, y, "y");
  r->ncol = r->x.source.ncol;
  if (r->distance) {
    copy_rows(r, &r->x);
    if (r->cross) copy_rows(r, &r->y);
  }
  if (r->metric.rows != EDIST_ROWS_given) {
    edist_r_change(&r->x, r->isa->kernel, r->metric.rows);
    if (r->cross) edist_r_change(&r->y, r->isa->kernel, r->metric.rows);
  }
}

void edist_r_set_threads(struct edist_r_request *r, SEXP spec, double pairs) {
  r->threads = r->given != R_NilValue
                   ? 1
                   : edist_threads_worthwhile(
                         Rf_asInteger(edist_r_element(spec, "threads")),
                         pairs * (double)r->ncol, pairs);
}

void edist_r_read(struct edist_r_request *r, SEXP x, SEXP y, SEXP spec) {
  *r = (struct edist_r_request){.cross = y != R_NilValue};
  r->isa = edist_isa_choose();
  if (!r->isa) {
    edist_r_abort("system",
                  "The environment variable EDIST_ISA must name an instruction "
                  "set that edist_info() lists as available, not \"%s\".",
                  getenv("EDIST_ISA"));
  }
  read_metric(r, spec);
  r->given = edist_r_element(spec, "given");
  read_function(r, spec);
  read_sources(r, x, y);
  const double n = (double)r->x.source.nrow;
  edist_r_set_threads(r, spec,
                      n * (r->cross ? (double)r->y.source.nrow : n / 2));
}

static struct edist_job job_of(const struct edist_r_request *r,
                               struct edist_sink *sink,
                               struct edist_r_listener *listener) {
  return (struct edist_job){.metric = &r->metric,
                            .strict = r->strict,
                            .power = &r->power,
                            .unit = r->unit,
                            .weights = r->weights,
                            .scale = r->scale,
                            .missing = NA_REAL,
                            .kernel = r->isa->kernel,
                            .sink = sink,
                            .callback = edist_r_callback(listener),
                            .threads = r->threads};
}

/* Whether the run is complete, not cancelled; failures are R errors. */
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

/* What the job of a request points to, besides the request. */
struct call {
  struct edist_r_listener listener;
  struct edist_r_given from;
  struct edist_source x, y; /* with the totals of their rows */
  struct edist_pairwise pairwise;
  struct edist_rowwise rowwise;
  struct edist_given given;
  struct edist_job job;
};

/* Has the job use totals, which pay where rows have many partners. */
static void use_totals(struct call *call, const struct edist_r_request *r) {
  bool on;
  if (!edist_metric_totals(&r->metric, &on)) return;
  edist_source_totals(&call->x, r->cross ? &call->y : NULL, r->isa->kernel, on,
                      numbers_for(&r->x), r->cross ? numbers_for(&r->y) : NULL);
}

static void prepare(struct call *call, const struct edist_r_request *r,
                    struct edist_sink *sink, bool swapped, SEXP progress) {
  *call = (struct call){
      .listener = {.progress = progress}, .x = r->x.source, .y = r->y.source};
  call->job = job_of(r, sink, &call->listener);
  call->job.a = &call->x;
  call->job.b = r->cross ? &call->y : NULL;
  if (r->distance) {
    const double *x = r->x.rows, *y = r->cross ? r->y.rows : x;
    void *data = r->data;
    if (is_pairwise(r)) {
      call->pairwise = r->pairwise;
      call->pairwise.scratch = (double *)R_alloc(
          edist_pairwise_scratch(r->threads, r->ncol) + 1, sizeof(double));
      data = &call->pairwise;
    }
    call->rowwise = (struct edist_rowwise){.distance = r->distance,
                                           .data = data,
                                           .a = swapped ? y : x,
                                           .b = swapped ? x : y,
                                           .ncol = r->ncol,
                                           .length = length_of(r),
                                           .swapped = swapped,
                                           .missing = NA_REAL};
    call->given = edist_rowwise_given(&call->rowwise);
  } else if (r->given != R_NilValue) {
    call->from = (struct edist_r_given){r->given, swapped, &call->listener};
    call->given = edist_r_given(&call->from);
  } else {
    return;
  }
  call->job.given = &call->given;
}

bool edist_r_run(const struct edist_r_request *r, struct edist_sink *sink,
                 SEXP progress) {
  struct call call;
  prepare(&call, r, sink, false, progress);
  use_totals(&call, r);
  return check(r, edist_run(&call.job), &call.listener);
}

bool edist_r_run_selection(const struct edist_r_request *r,
                           struct edist_sink *sink,
                           struct edist_ranking *ranking, size_t chunk,
                           bool triangle, bool distances, SEXP progress,
                           struct edist_shares *shares) {
  struct call call;
  /* The other way round than for a matrix, see engine.h. */
  prepare(&call, r, sink, true, progress);
  use_totals(&call, r);
  call.job.a = r->cross ? &call.y : &call.x;
  call.job.b = triangle ? NULL : &call.x;
  call.job.search = r->search && !call.job.given;
  call.job.shares = shares;
  call.job.chunk = chunk;
  return check(r, edist_run_selection(&call.job, ranking, distances),
               &call.listener);
}

/* What is known of the rows of a subset. */
static struct edist_source subset_source(const struct edist_subset *subset,
                                         size_t length) {
  const struct edist_source *of = subset->of;
  struct edist_source source = edist_source_subset(subset, length);
  source.roots = of->roots;
  if (of->unit) {
    struct edist_unit_row *unit =
        (struct edist_unit_row *)R_alloc(length, sizeof *unit);
    for (size_t c = 0; c < length; c++) unit[c] = of->unit[subset->row[c] - 1];
    source.unit = unit;
  }
  return source;
}

bool edist_r_run_pairs(const struct edist_r_request *r, struct edist_sink *sink,
                       const int *i, const int *j, size_t length,
                       SEXP progress) {
  struct call call;
  prepare(&call, r, sink, false, progress);
  const struct edist_subset left = {&r->x.source, i};
  const struct edist_subset right = {edist_r_base(r), j};
  const struct edist_source a = subset_source(&left, length);
  const struct edist_source b = subset_source(&right, length);
  call.job.a = &a;
  call.job.b = &b;
  call.job.diagonal = true;
  return check(r, edist_run(&call.job), &call.listener);
}

struct edist_r_limits edist_r_limits(const struct edist_r_request *r,
                                     SEXP radius) {
  const size_t n = r->x.source.nrow;
  const bool one = XLENGTH(radius) == 1;
  const bool squares =
      edist_squares_rank(&r->metric, r->weights, r->x.source.ncol, REAL(radius),
                         (size_t)XLENGTH(radius));
  double *given = (double *)R_alloc(n + 1, sizeof *given);
  double *limit = squares ? (double *)R_alloc(n + 1, sizeof *limit) : given;
  for (size_t i = 0; i < n; i++) {
    given[i] = REAL(radius)[one ? 0 : i];
    if (!squares) continue;
    limit[i] = one && i > 0 ? limit[0] : edist_square_limit(given[i]);
  }
  return (struct edist_r_limits){limit, given, squares};
}
