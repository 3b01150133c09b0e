/* What sinks that compare distances with each other, or with a radius, share.
 *
 * They take surrogates: sums without their root, where these rank pairs as
 * distances do, so that only selected pairs need a root. Sums that overflowed
 * or underflowed rank nothing. As soon as one enters a list, the sink sets
 * `retry` and stops; the job then runs again with distances
 * (search/run-selection.c). */
#ifndef EDIST_RANKING_H
#define EDIST_RANKING_H

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"
#include "sink/sink.h"

struct edist_ranking {
  const struct edist_kernel *kernel;
  struct edist_epilogue epilogue; /* makes distances of surrogates */
  bool surrogates;                /* values are surrogates, not distances */
  double apart;       /* if a < b * apart, the roots of a and b differ */
  double max_finite;  /* values up to this have a finite distance */
  double max_rescale; /* a value is at most this many times its sum */
  bool rescues;       /* sums can lose digits that their distances have */
  bool zeros;         /* ... and even those of common values can come to 0 */
  atomic_bool retry;  /* set by the sink: an answer depends on such a sum */
  /* The distance of row i of a and row j of b, however large or small. */
  double (*rescue)(const void *job, size_t i, size_t j);
  const void *job;
};

/* Turns a strip's sums, in place, into the values to be ranked. */
void edist_ranking_values(const struct edist_ranking *ranking,
                          const struct edist_strip *strip);

/* Whether this sum of rows i and j, of the strip, may have lost digits. */
bool edist_ranking_unsafe(const struct edist_ranking *ranking,
                          const struct edist_strip *strip, size_t i, size_t j,
                          double sum);

/* Makes distances of n values. */
void edist_ranking_distances(const struct edist_ranking *ranking, size_t n,
                             double *value);

/* -1, 0 or 1: the order of the distances that two values stand for. Roots of
 * values that nearly agree may be equal. */
int edist_ranking_compare_roots(const struct edist_ranking *ranking, double a,
                                double b);
static inline int edist_ranking_order(const struct edist_ranking *ranking,
                                      double a, double b) {
  if (a < b * ranking->apart) return -1;
  if (b < a * ranking->apart) return 1;
  return a == b ? 0 : edist_ranking_compare_roots(ranking, a, b);
}

/* Pairs with values above this one are farther than `value`. */
static inline double edist_ranking_farther(const struct edist_ranking *ranking,
                                           double value) {
  return ranking->apart > 0 ? value / ranking->apart : INFINITY;
}

/* All pairs nearer than `value` have at most this value. */
double edist_ranking_nearer(const struct edist_ranking *ranking, double value);

/* How many rows of the base one thread does in order, for sinks to which order
 * matters: a multiple of every kernel's mr, all rows unless there are few
 * queries. It depends on the shape alone. */
size_t edist_chunk_rows(size_t nbase, size_t nquery);

#endif
