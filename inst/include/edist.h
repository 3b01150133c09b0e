/* The C interface of edist: distances, neighbours and pairs within a radius, in
 * memory of the caller, from C or C++.
 *
 * In DESCRIPTION of your package:
 *
 *   Imports: edist
 *   LinkingTo: edist
 *
 * and in NAMESPACE anything imported from edist, so that it is loaded first.
 * Include this file wherever you need it. inst/examples/edistexample is a
 * complete package that does.
 *
 * No function here but edist_api() and edist_metric() touches R, raises an R
 * error, or jumps: all return an enum edist_code. The result does not depend on
 * the number of threads. Missing values are NaN, R's NA among them, and are
 * treated as ?edist_methods says; a missing distance is R's NA. */
#ifndef EDIST_H
#define EDIST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when something that compiles today would no longer work. */
#define EDIST_API_VERSION 1

enum edist_code {
  EDIST_OK,
  EDIST_CANCELLED, /* by go_on(), or by found() */
  EDIST_BAD_DATA,
  EDIST_BAD_METHOD,
  EDIST_BAD_POWER,
  EDIST_BAD_WEIGHTS,
  EDIST_BAD_K,
  EDIST_BAD_RADIUS,
  EDIST_BAD_ISA,
  EDIST_NO_MEMORY
};

/* Observations, one in each row: value k of row i is values[i + k * nrow], as
 * in R's matrices, or values[i * ncol + k] with `by_row`. */
struct edist_data {
  const double *values;
  size_t nrow, ncol;
  int by_row;
};

/* The distance of two rows of ncol values; NaN if it is missing. It must be
 * symmetric. Several threads call it at the same time, so it must not call R
 * nor change anything that they share. */
typedef double edist_distance(const double *x, const double *y, size_t ncol,
                              void *data);

/* What is 0 or NULL has its default: `struct edist_options o = {0};`. */
struct edist_options {
  const char *method;      /* "euclidean", or another of ?edist_methods */
  double p;                /* the power of "minkowski"; 2 */
  double radius;           /* of the sphere for "haversine"; the Earth's, in m */
  double base;             /* of the logarithm for "jensenshannon"; e */
  const double *weights;   /* of each column; 1 */
  edist_distance *distance; /* used instead of a method */
  void *distance_data;
  int threads; /* as many as edist_threads() in R returns without options */
  /* Called about twenty times a second on the calling thread, with the share
   * that is done; 0 ends the run. edist_go_on() ends it if the user wants to. */
  int (*go_on)(void *data, double done);
  void *go_on_data;
};

/* Called once for each row i of x, in order, on the calling thread, with the n
 * rows of y (or x) within the radius, ascending, from 0; 0 ends the run. */
typedef int edist_found(void *data, size_t i, size_t n, const int *index,
                        const double *distance);

struct edist_api {
  int version;
  /* What a code means, a sentence. */
  const char *(*text)(enum edist_code code);
  /* Writes nrow(x) by nrow(y) distances, or nrow(x) by nrow(x) if y is NULL,
   * by column as in R's matrices. */
  enum edist_code (*distances)(const struct edist_data *x,
                               const struct edist_data *y,
                               const struct edist_options *options,
                               double *out);
  /* Writes the k nearest rows of y, from 0, or of the other rows of x if y is
   * NULL: value q of row i is index[i + q * nrow]. Of several rows at the same
   * distance the first comes first. If there are too few neighbours, index is
   * -1 and distance is NA. */
  enum edist_code (*nearest)(const struct edist_data *x,
                             const struct edist_data *y,
                             const struct edist_options *options, size_t k,
                             int *index, double *distance);
  /* Calls found() with all pairs within the radius; x with itself without y,
   * then each pair comes twice, once for each of its rows. */
  enum edist_code (*within)(const struct edist_data *x,
                            const struct edist_data *y,
                            const struct edist_options *options, double radius,
                            edist_found *found, void *data);
  /* An external pointer, to be given to edist's R functions as `method`. */
  void *(*metric)(edist_distance *distance, void *data);
};

#ifndef EDIST_NO_INLINE

#include <R_ext/Error.h>
#include <R_ext/Rdynload.h>
#include <R_ext/Utils.h>
#include <Rinternals.h>

/* The functions of the edist that is loaded. The first call must come from R's
 * main thread. Raises an R error if that edist has no such version. */
static inline const struct edist_api *edist_api(void) {
  static const struct edist_api *api = NULL;
  if (!api) {
    const struct edist_api *(*get)(int) =
        (const struct edist_api *(*)(int))R_GetCCallable("edist", "edist_api");
    api = get(EDIST_API_VERSION);
    if (!api) {
      Rf_error("This package needs version %d of edist's C interface, which the "
               "installed edist does not have: install both again.",
               EDIST_API_VERSION);
    }
  }
  return api;
}

/* An R object that holds a compiled metric, for `method` in R. `data` must stay
 * valid as long as the object is used. */
static inline SEXP edist_metric(edist_distance *distance, void *data) {
  return (SEXP)edist_api()->metric(distance, data);
}

static inline void edist_check_interrupt_(void *data) {
  (void)data;
  R_CheckUserInterrupt();
}

/* For options.go_on, on R's main thread: ends the run when the user interrupts.
 * The interrupt is forgotten: what was called returns EDIST_CANCELLED. */
static inline int edist_go_on(void *data, double done) {
  (void)data;
  (void)done;
  return R_ToplevelExec(edist_check_interrupt_, NULL) != 0;
}

#endif

#ifdef __cplusplus
}
#endif

#endif
