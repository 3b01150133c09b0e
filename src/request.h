/* What a call asks for, read once; shared by all entries that run the engine. */
#ifndef EDIST_REQUEST_H
#define EDIST_REQUEST_H

#include "edist-r.h"
#include "engine/compare.h"

/* Everything about a call but its answer. */
struct edist_r_request {
  struct edist_metric metric;
  struct edist_power power;
  bool strict;
  const double *weights;
  const struct edist_isa *isa;
  int threads;
  struct edist_r_observations x, y;
  bool cross; /* x with y, not x with itself */
};

/* Into `r`, which stays where it is: sources point into it. `how` is what
 * read_how() in R/methods.R makes; y is NULL for x with itself. */
void edist_r_read(struct edist_r_request *r, SEXP x, SEXP y, SEXP how);

/* The element of a list by its name, R's NULL if there is none. */
SEXP edist_r_element(SEXP list, const char *name);

/* Runs the engine; FALSE if the user interrupted it. */
bool edist_r_run(const struct edist_r_request *r, struct edist_sink *sink,
                 SEXP progress);

/* The same for sinks that compare (sink/select.h): rows of x are the queries, and
 * rows of y, or of x, what they are compared with; all of them, or with `triangle`
 * those of x after the query. */
bool edist_r_run_compare(const struct edist_r_request *r, struct edist_sink *sink,
                         struct edist_compare *compare, size_t stretch,
                         bool triangle, bool finished, SEXP progress);

/* The same for the pairs of rows i of x and j of y, or of x, from 1. */
bool edist_r_run_pairs(const struct edist_r_request *r, struct edist_sink *sink,
                       const int *i, const int *j, size_t length, SEXP progress);

/* One radius, or one of each row of x, as distances are compared with it, and as
 * values are: by squares, which are to come unfinished, where that is safe. In
 * memory of R_alloc(). */
struct edist_r_limits {
  const double *limit, *radius;
  bool squares;
};
struct edist_r_limits edist_r_limits(const struct edist_r_request *r,
                                     SEXP radius);

/* The source of what queries are compared with. */
static inline const struct edist_source *edist_r_base(
    const struct edist_r_request *r) {
  return r->cross ? &r->y.source : &r->x.source;
}

#endif
