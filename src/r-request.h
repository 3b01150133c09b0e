/* A call's request, read once; shared by all entries that run the engine. */
#ifndef EDIST_REQUEST_H
#define EDIST_REQUEST_H

#include "edist-r.h"
#include "engine/pairwise.h"
#include "search/run-selection.h"

/* Everything about a call except its answer. */
struct edist_r_request {
  struct edist_metric metric;
  struct edist_power power;
  bool strict;
  bool search; /* pairs that cannot matter may be left out */
  double unit;
  const double *weights, *scale;
  const struct edist_isa *isa;
  int threads;
  struct edist_r_observations x, y;
  bool cross; /* x with y, not x with itself */
  SEXP given; /* the R function that gives distances, or R's NULL */
  /* The same for a C function of rows, NULL if there is none. */
  edist_row_distance *distance;
  void *data;
  struct edist_pairwise pairwise;
  size_t ncol; /* of x, whatever the sources have */
};

/* Fills `r`, which must not move: sources point into it. `spec` is a list made
 * by read_spec() in R/methods.R; y is NULL for x with itself. */
void edist_r_read(struct edist_r_request *r, SEXP x, SEXP y, SEXP spec);

/* As many threads as the user wants, or one for few pairs; edist_r_read() has
 * done so for each pair once. */
void edist_r_set_threads(struct edist_r_request *r, SEXP spec, double pairs);

/* The element of a list by its name, R's NULL if there is none. */
SEXP edist_r_element(SEXP list, const char *name);

/* Runs the engine; FALSE if the user interrupted it. */
bool edist_r_run(const struct edist_r_request *r, struct edist_sink *sink,
                 SEXP progress);

/* The same for sinks that select (sink/selection.h). The queries are the rows
 * of x, the base are the rows of y, or of x: all of them, or with `triangle`
 * only those after the query. `shares` is as in struct edist_job. */
bool edist_r_run_selection(const struct edist_r_request *r,
                           struct edist_sink *sink,
                           struct edist_ranking *ranking, size_t chunk,
                           bool triangle, bool distances, SEXP progress,
                           struct edist_shares *shares);

/* The same for the pairs of rows i of x and j of y, or of x, from 1. */
bool edist_r_run_pairs(const struct edist_r_request *r, struct edist_sink *sink,
                       const int *i, const int *j, size_t length,
                       SEXP progress);

/* The radius of each row of x, and the limit that surrogates are compared with:
 * a square if that is safe, else `surrogates` is false. In memory of R_alloc().
 */
struct edist_r_limits {
  const double *limit, *radius;
  bool surrogates;
};
struct edist_r_limits edist_r_limits(const struct edist_r_request *r,
                                     SEXP radius);

/* The rows among which queries find their answer. */
static inline const struct edist_source *edist_r_base(
    const struct edist_r_request *r) {
  return r->cross ? &r->y.source : &r->x.source;
}

#endif
