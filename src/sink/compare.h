/* What sinks that compare distances with each other, or with a radius, share.
 *
 * They take unfinished sums where these order pairs as distances do, so that
 * only pairs that matter get a root. Sums that overflowed or underflowed order
 * nothing: a sink that comes upon one among its answers says so, and all is
 * done again with finished distances (engine/compare.c). */
#ifndef EDIST_COMPARE_H
#define EDIST_COMPARE_H

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"
#include "sink/sink.h"

struct edist_compare {
  const struct edist_kernel *kernel;
  struct edist_finishing finishing; /* of values that come unfinished */
  bool unfinished;                  /* they do */
  double apart;     /* of two values whose ratio is less, roots differ */
  double most;      /* values up to this have a finite distance */
  double rescaled;  /* a value is at most so many times its sum */
  bool rescues;     /* their sums can lose digits that their distances have */
  bool zeros;       /* ... and even those of common values can come to 0 */
  atomic_bool lost; /* set by the sink: an answer hangs on such a sum */
  atomic_bool full; /* set by the sink: there is no room for its answer */
  /* The distance of row i of x and j of y, however large or small. */
  double (*exact)(const void *job, size_t i, size_t j);
  const void *job;
};

/* The values of a block that are compared: made of its sums, where these stand.
 */
void edist_compare_values(const struct edist_compare *compare,
                          const struct edist_block *block);

/* Whether this sum of rows i and j, which share the block, is such a one. */
bool edist_compare_lost(const struct edist_compare *compare,
                        const struct edist_block *block, size_t i, size_t j,
                        double sum);

/* Makes distances of n values. */
void edist_compare_finish(const struct edist_compare *compare, size_t n,
                          double *value);

/* -1, 0 or 1: the order of the distances that two values stand for. Roots of
 * values that nearly agree may be the same. */
int edist_compare_close(const struct edist_compare *compare, double a,
                        double b);
static inline int edist_compare_order(const struct edist_compare *compare,
                                      double a, double b) {
  if (a < b * compare->apart) return -1;
  if (b < a * compare->apart) return 1;
  return a == b ? 0 : edist_compare_close(compare, a, b);
}

/* Values above this one are of pairs that are farther. */
static inline double edist_compare_farther(const struct edist_compare *compare,
                                           double value) {
  return compare->apart > 0 ? value / compare->apart : INFINITY;
}

/* A value that those of all pairs nearer than one of this value are at most. */
double edist_compare_nearer(const struct edist_compare *compare, double value);

/* How many rows of x one thread does in order, for sinks to which that matters:
 * a multiple of every kernel's mr, all of them unless there are few rows of y.
 * It depends on nothing but the shape. */
size_t edist_stretch(size_t nrow, size_t ncol);

#endif
