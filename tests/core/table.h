/* Rows with many ties and the matrix of their distances, which the answers
 * without a matrix are compared with; sinks.c compares matrices with the
 * formula. Rows of y are the queries. */
#ifndef EDIST_TABLE_H
#define EDIST_TABLE_H

#include "check.h"
#include "search/run-selection.h"
#include "engine/engine.h"
#include "sink/selection.h"

/* Two sets of rows and their distances. */
struct table {
  size_t n, m, p;
  bool self;     /* y is x, and no row is a neighbour of itself */
  double *x, *y; /* n by p, m by p */
  int *own;      /* which row of x each query is */
  double *d;     /* n by m */
  struct edist_source sx, sy;
  struct edist_job job; /* without a sink */
};

/* Whether row i may be part of the answer for query j. */
bool counts_as(const struct table *t, size_t i, size_t j);

/* Calls `check` with tables of many shapes, and with a number of neighbours. */
void each_table(const struct edist_kernel *kernel,
                void (*check)(const struct table *t, size_t k));

#endif
