/* What the units that touch R objects share. Below src/ nothing includes this:
 * everything there is plain C. */
#ifndef EDIST_R_H
#define EDIST_R_H

#define R_NO_REMAP
#define STRICT_R_HEADERS
#include <R.h>
#include <Rinternals.h>

#include "engine/engine.h"

/* The routines that R calls: name and number of arguments. One list makes the
 * prototypes and the registration. */
#define EDIST_R_ROUTINES(ROUTINE)                                              \
  ROUTINE(edist_packed, 5)                                                     \
  ROUTINE(edist_matrix, 6)                                                     \
  ROUTINE(edist_metrics, 0)                                                    \
  ROUTINE(edist_threads, 1)                                                    \
  ROUTINE(edist_info, 0)                                                       \
  ROUTINE(edist_openmp_inner, 3)                                               \
  ROUTINE(edist_openmp_outer, 3)                                               \
  ROUTINE(edist_shared_new, 1)                                                 \
  ROUTINE(edist_shared_dim, 1)                                                 \
  ROUTINE(edist_shared_read, 3)                                                \
  ROUTINE(edist_shared_write, 4)

SEXP edist_packed(SEXP x, SEXP metric, SEXP threads, SEXP attributes,
                  SEXP progress);
SEXP edist_matrix(SEXP x, SEXP y, SEXP metric, SEXP threads, SEXP attributes,
                  SEXP progress);
SEXP edist_metrics(void);
SEXP edist_threads(SEXP wanted);
SEXP edist_info(void);
SEXP edist_openmp_inner(SEXP x, SEXP y, SEXP threads);
SEXP edist_openmp_outer(SEXP x, SEXP y, SEXP threads);
SEXP edist_shared_new(SEXP dim);
SEXP edist_shared_dim(SEXP pointer);
SEXP edist_shared_read(SEXP pointer, SEXP i, SEXP j);
SEXP edist_shared_write(SEXP pointer, SEXP i, SEXP j, SEXP values);

/* r-input.c: observations as R/input.R hands them over, a numeric matrix. */
struct edist_source edist_r_source(SEXP x, const char *argument);
/* Raises an error that names the first value that is missing or infinite, if
 * there is one. */
void edist_r_check_finite(SEXP x, const char *argument);

/* r-watch.c: asks R for interrupts, and reports the share done to an R function
 * unless `progress` is NULL, an object that the caller protects. An error that
 * either raises ends up in `error`, empty at first. */
struct edist_r_listener {
  SEXP progress;
  double done;
  char error[1024];
};
struct edist_watch edist_r_watch(struct edist_r_listener *listener);

#endif
