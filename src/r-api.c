/* The C interface for other packages, see inst/include/edist.h: requests that
 * come as C structs, not as R objects. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "edist-r.h"

#include <Rmath.h>

#define EDIST_NO_INLINE
#include "../inst/include/edist.h"
#include "engine/rowwise.h"
#include "engine/threads.h"
#include "kernel/size.h"
#include "search/run-selection.h"
#include "sink/selection.h"
#include "source/ranks.h"

static const char *text(enum edist_code code) {
  switch (code) {
    case EDIST_OK:
      return "Everything was done.";
    case EDIST_CANCELLED:
      return "The run was cancelled; the answer is incomplete.";
    case EDIST_BAD_DATA:
      return "x and y must have values, equally many columns, and at most "
             "2 147 483 647 rows each.";
    case EDIST_BAD_METHOD:
      return "method must be the full name of one that edist_methods() lists, "
             "but not \"gower\", for columns that fit it, or NULL with a "
             "function.";
    case EDIST_BAD_POWER:
      return "p, radius and base must be positive finite numbers, or 0 for "
             "their defaults, and base above 1.";
    case EDIST_BAD_WEIGHTS:
      return "weights must be finite, 0 or more, not all 0, with a finite sum, "
             "and for a method that takes weights.";
    case EDIST_BAD_K:
      return "k must be at least 1, and at most the number of rows of y, or of "
             "other rows of x.";
    case EDIST_BAD_RADIUS:
      return "radius must be a number from 0.";
    case EDIST_BAD_ISA:
      return "The environment variable EDIST_ISA must name an instruction set "
             "that edist_info() lists as available.";
    case EDIST_NO_MEMORY:
      return "There is not enough memory.";
  }
  return "Unknown code.";
}

/* A call: its job, and all that the job points to. What it allocates is freed
 * by finish(). */
struct call {
  const struct edist_options *options;
  struct edist_source x, y;
  struct edist_metric metric;
  struct edist_power power;
  struct edist_rowwise rowwise;
  struct edist_given given;
  struct edist_sink_within within;
  struct edist_job job;
  double *rows[2];
  void *made[16];
  size_t count;
  enum edist_code code;
};

/* NULL, and a code, without memory. */
static void *make(struct call *call, size_t count, size_t size) {
  void *room = malloc(edist_size_product(count + 1, size));
  if (!room) call->code = EDIST_NO_MEMORY;
  call->made[call->count++] = room;
  return room;
}

static enum edist_code finish(struct call *call) {
  edist_within_free(&call->within);
  for (size_t m = 0; m < call->count; m++) free(call->made[m]);
  return call->code;
}

/* Unit vectors of longitude and latitude in degrees. */
static bool to_sphere(struct call *call, struct edist_source *source) {
  const size_t n = source->nrow;
  double *xyz = make(call, 3 * n, sizeof *xyz);
  if (!xyz) return false;
  for (size_t i = 0; i < n; i++) {
    double degrees[2];
    source->pack(source, call->job.kernel, i, 1, 0, 2, 1, degrees);
    const bool there = isfinite(degrees[0]) && isfinite(degrees[1]);
    if (there && fabs(degrees[1]) > 90) return false;
    const double lon = degrees[0] / 180, lat = degrees[1] / 180;
    xyz[i] = there ? cospi(lat) * cospi(lon) : NAN;
    xyz[i + n] = there ? cospi(lat) * sinpi(lon) : NAN;
    xyz[i + 2 * n] = there ? sinpi(lat) : NAN;
  }
  *source = edist_source_double(xyz, n, 3);
  return true;
}

static bool to_ranks(struct call *call, struct edist_source *source) {
  const size_t n = source->nrow, ncol = source->ncol;
  int *ranks = make(call, edist_size_product(n, ncol), sizeof *ranks);
  if (!ranks) return false;
  if (!edist_ranks(source, call->job.kernel, ranks)) {
    call->code = EDIST_NO_MEMORY;
    return false;
  }
  *source = edist_source_integer(ranks, n, ncol);
  return true;
}

static bool change(struct call *call, struct edist_source *source) {
  struct edist_unit_row *unit = make(call, source->nrow, sizeof *unit);
  if (!unit) return false;
  edist_source_change(source, call->job.kernel, call->metric.rows, unit);
  return true;
}

/* For a function of rows: the source then has the numbers of its rows. */
static bool to_rows(struct call *call, struct edist_source *source,
                    double **rows) {
  const size_t n = source->nrow, ncol = source->ncol;
  *rows = make(call, edist_size_product(n, ncol), sizeof **rows);
  double *number = make(call, n, sizeof *number);
  if (!*rows || !number) return false;
  edist_rowwise_take(source, call->job.kernel, ncol, *rows, number);
  return true;
}

/* What R/rows.R does for some methods, and the engine for others. */
static bool prepare_rows(struct call *call, struct edist_source *source,
                         double **rows, const char *method) {
  if (call->options->distance) return to_rows(call, source, rows);
  if (strcmp(method, "haversine") == 0) return to_sphere(call, source);
  if (strcmp(method, "spearman") == 0 && !to_ranks(call, source)) return false;
  return call->metric.rows == EDIST_ROWS_given || change(call, source);
}

static bool weightable(const char *method) {
  static const char *const names[] = {"euclidean", "sqeuclidean", "manhattan",
                                      "maximum",   "canberra",    "minkowski",
                                      "hamming"};
  for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
    if (strcmp(method, names[m]) == 0) return true;
  }
  return false;
}

static bool weights_fit(const double *weights, size_t ncol) {
  double sum = 0;
  for (size_t k = 0; k < ncol; k++) {
    if (!(weights[k] >= 0)) return false;
    sum += weights[k];
  }
  return isfinite(sum) && (sum > 0 || ncol == 0);
}

static bool positive(double value) { return value >= 0 && isfinite(value); }

/* Distances are multiplied by this, as unit_of() in R/methods.R says. */
static double unit_of(const struct edist_options *o, const char *method) {
  if (strcmp(method, "jensenshannon") == 0) {
    return 1 / (4 * (o->base > 0 ? log(o->base) : 1));
  }
  return o->radius > 0 ? o->radius : 6371008.8;
}

static enum edist_code read_method(struct call *call, size_t ncol) {
  const struct edist_options *o = call->options;
  const char *method = o->method ? o->method : "euclidean";
  if (o->distance && (o->method || o->weights)) return EDIST_BAD_METHOD;
  if (o->distance) method = "given";
  const struct edist_metric *metric = edist_metric_find(method);
  const bool known = metric && strcmp(method, "gower") != 0 &&
                     (o->distance || strcmp(method, "given") != 0);
  const bool degrees = strcmp(method, "haversine") == 0;
  const bool counts = strcmp(method, "binary") == 0 ||
                      strcmp(method, "dice") == 0 ||
                      strcmp(method, "simplematching") == 0;
  if (!known || (degrees && ncol != 2)) return EDIST_BAD_METHOD;
  if (counts && ncol > (size_t)1 << 26) return EDIST_BAD_METHOD;
  if (!positive(o->p) || !positive(o->radius)) return EDIST_BAD_POWER;
  if (o->base != 0 && !(o->base > 1 && isfinite(o->base))) {
    return EDIST_BAD_POWER;
  }
  call->metric = *metric;
  call->power =
      (struct edist_power){.exponent = o->p > 0 ? o->p : 2, .raise = pow};
  if (metric->transform == EDIST_TRANSFORM_power) {
    call->metric = edist_metric_minkowski(&call->power, false);
  }
  if (!o->weights) return EDIST_OK;
  if (!weightable(method) || !weights_fit(o->weights, ncol)) {
    return EDIST_BAD_WEIGHTS;
  }
  call->metric = edist_metric_weighted(call->metric);
  return EDIST_OK;
}

static struct edist_source source_of(const struct edist_data *data) {
  return data->by_row
             ? edist_source_by_row(data->values, data->nrow, data->ncol)
             : edist_source_double(data->values, data->nrow, data->ncol);
}

static bool data_fit(const struct edist_data *data, size_t ncol) {
  return data && data->ncol == ncol && data->nrow <= INT_MAX &&
         (data->values || data->nrow == 0 || ncol == 0);
}

static bool go_on(void *data, double done) {
  const struct edist_options *o = data;
  return o->go_on(o->go_on_data, done) != 0;
}

/* Reads what was asked for into `call`, which must not move. */
static bool begin(struct call *call, const struct edist_data *x,
                  const struct edist_data *y, struct edist_options *options) {
  *call = (struct call){.options = options};
  if (!x || !data_fit(x, x->ncol) || (y && !data_fit(y, x->ncol))) {
    call->code = EDIST_BAD_DATA;
    return false;
  }
  const struct edist_isa *isa = edist_isa_choose();
  call->code = isa ? read_method(call, x->ncol) : EDIST_BAD_ISA;
  if (call->code != EDIST_OK) return false;
  const char *method = options->method ? options->method : "euclidean";
  const double pairs = (double)x->nrow * (double)(y ? y->nrow : x->nrow);
  const int threads = options->threads > 0
                          ? edist_threads_allowed(options->threads)
                          : edist_threads_default();
  call->job = (struct edist_job){.metric = &call->metric,
                                 .power = &call->power,
                                 .unit = unit_of(options, method),
                                 .weights = options->weights,
                                 .missing = NA_REAL,
                                 .kernel = isa->kernel,
                                 .threads = edist_threads_worthwhile(
                                     threads, pairs * (double)x->ncol, pairs)};
  if (options->go_on) {
    call->job.callback = (struct edist_callback){go_on, options};
  }
  call->x = source_of(x);
  bool good = prepare_rows(call, &call->x, &call->rows[0], method);
  if (good && y) {
    call->y = source_of(y);
    good = prepare_rows(call, &call->y, &call->rows[1], method);
  }
  bool on;
  if (good && edist_metric_totals(&call->metric, &on)) {
    double *of_x = make(call, call->x.nrow, sizeof *of_x);
    double *of_y = make(call, call->y.nrow, sizeof *of_y);
    good = of_x && of_y;
    if (good) {
      edist_source_totals(&call->x, y ? &call->y : NULL, isa->kernel, on, of_x,
                          of_y);
    }
  }
  /* Latitudes do not fit. */
  if (!good && call->code == EDIST_OK) call->code = EDIST_BAD_METHOD;
  return good;
}

/* Which side is which, see engine.h. */
static void set_sides(struct call *call, const struct edist_data *x,
                      const struct edist_data *y, bool selects) {
  const struct edist_source *base = y ? &call->y : &call->x;
  const double *of_x = call->rows[0], *of_base = call->rows[y ? 1 : 0];
  call->job.a = selects ? base : &call->x;
  call->job.b = selects ? &call->x : y ? base : NULL;
  if (!call->options->distance) return;
  call->rowwise = (struct edist_rowwise){.distance = call->options->distance,
                                         .data = call->options->distance_data,
                                         .a = selects ? of_base : of_x,
                                         .b = selects ? of_x : of_base,
                                         .ncol = x->ncol,
                                         .length = x->ncol,
                                         .swapped = selects,
                                         .missing = NA_REAL};
  call->given = edist_rowwise_given(&call->rowwise);
  call->job.given = &call->given;
}

static void set_code(struct call *call, enum edist_status status) {
  call->code = status == EDIST_STATUS_done        ? EDIST_OK
               : status == EDIST_STATUS_no_memory ? EDIST_NO_MEMORY
                                                  : EDIST_CANCELLED;
}

static void run_selection(struct call *call, struct edist_sink *sink,
                          struct edist_ranking *ranking, size_t chunk,
                          bool distances) {
  call->job.sink = sink;
  call->job.chunk = chunk;
  call->job.search = !call->job.given;
  set_code(call, edist_run_selection(&call->job, ranking, distances));
}

static struct edist_options options_of(const struct edist_options *given) {
  return given ? *given : (struct edist_options){0};
}

static enum edist_code distances(const struct edist_data *x,
                                 const struct edist_data *y,
                                 const struct edist_options *given,
                                 double *out) {
  struct edist_options options = options_of(given);
  struct call call;
  if (!begin(&call, x, y, &options)) return finish(&call);
  const size_t nrow = x->nrow, ncol = y ? y->nrow : nrow;
  if (x->ncol == 0) {
    for (size_t p = 0; p < nrow * ncol; p++) {
      out[p] = !y && p % (nrow + 1) == 0 ? 0 : NA_REAL;
    }
    return finish(&call);
  }
  if (nrow == 0 || ncol == 0) return finish(&call);
  set_sides(&call, x, y, false);
  struct edist_sink_matrix sink =
      y ? edist_sink_cross(out, nrow, ncol) : edist_sink_symmetric(out, nrow);
  call.job.sink = &sink.sink;
  set_code(&call, edist_run(&call.job));
  return finish(&call);
}

static enum edist_code nearest(const struct edist_data *x,
                               const struct edist_data *y,
                               const struct edist_options *given, size_t k,
                               int *index, double *distance) {
  struct edist_options options = options_of(given);
  struct call call;
  if (!begin(&call, x, y, &options)) return finish(&call);
  const size_t nrow = x->nrow, nbase = y ? y->nrow : nrow;
  const size_t most = y ? nbase : nbase - (nbase > 0);
  if (k < 1 || k > most) {
    call.code = EDIST_BAD_K;
    return finish(&call);
  }
  for (size_t p = 0; x->ncol == 0 && p < nrow * k; p++) {
    index[p] = -1;
    distance[p] = NA_REAL;
  }
  int *own = y ? NULL : make(&call, nrow, sizeof *own);
  if (x->ncol == 0 || nrow == 0 || call.code != EDIST_OK) return finish(&call);
  for (size_t i = 0; own && i < nrow; i++) own[i] = (int)i;
  set_sides(&call, x, y, true);
  struct edist_sink_nearest sink =
      edist_sink_nearest(index, distance, nbase, nrow, k, own, 0);
  run_selection(&call, &sink.sink, &sink.ranking, sink.chunk, false);
  for (size_t p = 0; call.code == EDIST_OK && p < nrow * k; p++) index[p]--;
  return finish(&call);
}

/* Tells the caller about the pairs. */
static void tell(struct call *call, size_t nrow, edist_found *found,
                 void *data) {
  double *start = make(call, nrow + 1, sizeof *start);
  if (!start) return;
  edist_within_starts(&call->within, start);
  const size_t length = (size_t)start[nrow];
  int *index = make(call, length, sizeof *index);
  double *distance = make(call, length, sizeof *distance);
  if (!index || !distance) return;
  edist_within_fill(&call->within, 0, NULL, index, distance);
  for (size_t i = 0; i < nrow; i++) {
    const size_t from = (size_t)start[i], count = (size_t)start[i + 1] - from;
    if (!found(data, i, count, index + from, distance + from)) {
      call->code = EDIST_CANCELLED;
      return;
    }
  }
}

static enum edist_code within(const struct edist_data *x,
                              const struct edist_data *y,
                              const struct edist_options *given, double radius,
                              edist_found *found, void *data) {
  struct edist_options options = options_of(given);
  struct call call;
  if (!begin(&call, x, y, &options)) return finish(&call);
  const size_t nrow = x->nrow, nbase = y ? y->nrow : nrow;
  if (!(radius >= 0)) {
    call.code = EDIST_BAD_RADIUS;
    return finish(&call);
  }
  double *limit = make(&call, 2 * nrow, sizeof *limit);
  if (!limit) return finish(&call);
  const bool squares =
      edist_squares_rank(&call.metric, options.weights, x->ncol, &radius, 1);
  for (size_t i = 0; i < nrow; i++) {
    limit[i] = squares ? edist_square_limit(radius) : radius;
    limit[nrow + i] = radius;
  }
  call.within =
      edist_sink_within(nbase, nrow, limit, limit + nrow, !y, false, SIZE_MAX);
  set_sides(&call, x, y, true);
  if (nrow > 0 && nbase > 0 && x->ncol > 0) {
    run_selection(&call, &call.within.sink, &call.within.ranking,
                  call.within.chunk, !squares);
    if (atomic_load(&call.within.full)) call.code = EDIST_NO_MEMORY;
  }
  if (call.code == EDIST_OK) tell(&call, nrow, found, data);
  return finish(&call);
}

/* ---- Compiled metrics ---------------------------------------------------- */

static void metric_free(SEXP pointer) {
  free(R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static void *metric(edist_distance *distance, void *data) {
  struct edist_r_compiled *compiled = malloc(sizeof *compiled);
  if (!compiled) edist_r_abort("memory", "There is not enough memory.");
  *compiled = (struct edist_r_compiled){distance, data};
  SEXP pointer = PROTECT(
      R_MakeExternalPtr(compiled, Rf_install("edist_metric"), R_NilValue));
  R_RegisterCFinalizerEx(pointer, metric_free, FALSE);
  UNPROTECT(1);
  return pointer;
}

const struct edist_r_compiled *edist_r_compiled(SEXP pointer) {
  const bool ours = TYPEOF(pointer) == EXTPTRSXP &&
                    R_ExternalPtrTag(pointer) == Rf_install("edist_metric");
  if (!ours || !R_ExternalPtrAddr(pointer)) {
    edist_r_abort("argument",
                  "`method` must be a metric that edist_metric() has made in "
                  "this session, not %s.",
                  ours ? "one that was saved" : "another external pointer");
  }
  return R_ExternalPtrAddr(pointer);
}

static const struct edist_api api = {.version = EDIST_API_VERSION,
                                     .text = text,
                                     .distances = distances,
                                     .nearest = nearest,
                                     .within = within,
                                     .metric = metric};

const struct edist_api *edist_r_api(int version) {
  return version == EDIST_API_VERSION ? &api : NULL;
}
