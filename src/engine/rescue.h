/* Distances whose sum overflowed or underflowed, done anew with terms that are
 * scaled. Rare, and so not fast. */
#ifndef EDIST_RESCUE_H
#define EDIST_RESCUE_H

#include "engine/engine.h"

/* Whether a metric's sums can come to that where its distances do not. */
bool edist_rescues(const struct edist_metric *metric);

/* Whether even sums of values that are not tiny can come to 0. */
bool edist_zeros(const struct edist_job *job);

/* All weights together over the least: what the sum of a pair that misses values is
 * multiplied by, at most. Infinite where a column's share of all may underflow: sums
 * are then no measure of distances. */
double edist_largest_rescale(const double *weights, size_t ncol);

/* The distance of rows i of x and j of y, with missing values left out. */
double edist_rescue(const struct edist_job *job, size_t i, size_t j);

#endif
