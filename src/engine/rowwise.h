/* Distances that a function computes of two whole rows: slower than tiles, but
 * it may do anything. */
#ifndef EDIST_ROWWISE_H
#define EDIST_ROWWISE_H

#include "engine/engine.h"

/* Of a row of x and one of y; not a number if there is none. All threads call
 * it. */
typedef double edist_row_distance(const double *x, const double *y, size_t ncol,
                                  void *data);

struct edist_rowwise {
  edist_row_distance *distance;
  void *data;
  const double *a, *b; /* rows of both sides, the values of each together */
  size_t ncol, length; /* values of a row, and what a row takes */
  bool swapped;        /* side a is y */
  double missing;      /* stands for what is not a number */
};

/* For a job whose sides have the numbers of the rows, from 1. */
struct edist_given edist_rowwise_given(struct edist_rowwise *rowwise);

/* Copies all rows of a source, `length` apart, and has it hold their numbers
 * instead, one for each row. */
void edist_rowwise_take(struct edist_source *source,
                        const struct edist_kernel *kernel, size_t length,
                        double *rows, double *number);

#endif
