/* Shared by the files that touch R objects. Nothing in the folders of src/
 * includes this: everything there is plain C. */
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
  ROUTINE(edist_packed, 4)                                                     \
  ROUTINE(edist_matrix, 5)                                                     \
  ROUTINE(edist_nearest, 7)                                                    \
  ROUTINE(edist_pairs, 6)                                                      \
  ROUTINE(edist_reduce, 9)                                                     \
  ROUTINE(edist_within, 7)                                                     \
  ROUTINE(edist_store_bytes, 2)                                                \
  ROUTINE(edist_store_tiles, 5)                                                \
  ROUTINE(edist_store_read, 7)                                                 \
  ROUTINE(edist_store_room, 1)                                                 \
  ROUTINE(edist_store_token, 0)                                                \
  ROUTINE(edist_dist_values, 3)                                                \
  ROUTINE(edist_dist_subset, 2)                                                \
  ROUTINE(edist_dist_full, 1)                                                  \
  ROUTINE(edist_threads, 1)                                                    \
  ROUTINE(edist_threads_short, 0)                                              \
  ROUTINE(edist_info, 0)                                                       \
  ROUTINE(edist_white, 2)                                                      \
  ROUTINE(edist_rank_rows, 1)                                                  \
  ROUTINE(edist_roofline_rate, 4)                                              \
  ROUTINE(edist_roofline_bytes, 2)                                             \
  ROUTINE(edist_openmp_inner, 3)                                               \
  ROUTINE(edist_openmp_outer, 3)                                               \
  ROUTINE(edist_shared_new, 1)                                                 \
  ROUTINE(edist_shared_dim, 1)                                                 \
  ROUTINE(edist_shared_read, 3)                                                \
  ROUTINE(edist_shared_write, 4)

SEXP edist_packed(SEXP x, SEXP spec, SEXP attributes, SEXP progress);
SEXP edist_matrix(SEXP x, SEXP y, SEXP spec, SEXP attributes, SEXP progress);
SEXP edist_nearest(SEXP x, SEXP y, SEXP spec, SEXP k, SEXP radius,
                   SEXP base_row, SEXP progress);
SEXP edist_pairs(SEXP x, SEXP y, SEXP i, SEXP j, SEXP spec, SEXP progress);
SEXP edist_reduce(SEXP x, SEXP y, SEXP spec, SEXP stat_name, SEXP radius,
                  SEXP end, SEXP base_row, SEXP queries, SEXP progress);
SEXP edist_within(SEXP x, SEXP y, SEXP spec, SEXP radius, SEXP long_form,
                  SEXP max_pairs, SEXP progress);
SEXP edist_store_bytes(SEXP paths, SEXP bytes);
SEXP edist_store_tiles(SEXP temporary, SEXP files, SEXP d, SEXP shape,
                       SEXP threads);
SEXP edist_store_read(SEXP path, SEXP shape, SEXP row, SEXP col, SEXP out,
                      SEXP to_row, SEXP to_col);
SEXP edist_store_room(SEXP path);
SEXP edist_store_token(void);
SEXP edist_dist_values(SEXP d, SEXP i, SEXP j);
SEXP edist_dist_subset(SEXP d, SEXP index);
SEXP edist_dist_full(SEXP d);
SEXP edist_threads(SEXP wanted);
SEXP edist_threads_short(void);
SEXP edist_info(void);
SEXP edist_white(SEXP x, SEXP root);
SEXP edist_rank_rows(SEXP x);
SEXP edist_roofline_rate(SEXP isa, SEXP what, SEXP threads, SEXP seconds);
SEXP edist_roofline_bytes(SEXP threads, SEXP seconds);
SEXP edist_openmp_inner(SEXP x, SEXP y, SEXP threads);
SEXP edist_openmp_outer(SEXP x, SEXP y, SEXP threads);
SEXP edist_shared_new(SEXP dim);
SEXP edist_shared_dim(SEXP pointer);
SEXP edist_shared_read(SEXP pointer, SEXP i, SEXP j);
SEXP edist_shared_write(SEXP pointer, SEXP i, SEXP j, SEXP values);

/* r-api.c: the functions for other packages, NULL unless this is their version;
 * and the metric that an external pointer of theirs holds. */
struct edist_api;
const struct edist_api *edist_r_api(int version);
struct edist_r_compiled {
  double (*distance)(const double *x, const double *y, size_t ncol, void *data);
  void *data;
};
const struct edist_r_compiled *edist_r_compiled(SEXP pointer);

/* r-errors.c: raises an R error of a kind that `?edist-package` lists, with a
 * message formatted as by printf(). Does not return. */
_Noreturn void edist_r_abort(const char *kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* r-input.c: observations as R/input.R prepares them, a numeric matrix or a
 * dgCMatrix of package Matrix. The source may point into this. */
struct edist_r_observations {
  struct edist_source source;
  struct edist_sparse sparse;
  const double *rows; /* copied for a function of rows, see r-request.c */
};
void edist_r_observe(struct edist_r_observations *o, SEXP x,
                     const char *argument);
/* Has the rows changed while they are packed, see source.h, by what is found in
 * memory of R_alloc(). */
void edist_r_change(struct edist_r_observations *o,
                    const struct edist_kernel *kernel, enum edist_rows rows);

/* r-interrupt.c: checks for interrupts, and passes the share done to the R
 * function `progress`, protected by the caller, unless it is R's NULL. If
 * either raises an error, `failed` is set and `error` is its message, maybe
 * empty. */
struct edist_r_listener {
  SEXP progress;
  double done;
  bool failed;
  char error[1024];
};
struct edist_callback edist_r_callback(struct edist_r_listener *listener);

/* Calls a function in a way that neither an interrupt nor an error jumps out
 * of: FALSE then, and an error is remembered. */
bool edist_r_safely(struct edist_r_listener *listener, SEXP (*call)(void *),
                    void *data);

/* r-given.c: distances from an R function of row numbers, see R/given.R. With
 * `swapped` side a is y. */
struct edist_r_given {
  SEXP function;
  bool swapped;
  struct edist_r_listener *listener;
};
struct edist_given edist_r_given(struct edist_r_given *given);

#endif
