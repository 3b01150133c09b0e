/* Distances whose sum overflowed or underflowed, computed again with scaled
 * terms. Rare, so it need not be fast. */
#ifndef EDIST_RESCUE_H
#define EDIST_RESCUE_H

#include "engine/engine.h"

/* Whether its distances are roots, so that sums rank pairs as these do. */
bool edist_takes_roots(const struct edist_metric *metric);

/* Whether a metric's sums can overflow or underflow where its distances do not.
 */
bool edist_rescues(const struct edist_metric *metric);

/* Whether even sums of values that are not tiny can underflow to 0. */
bool edist_zeros(const struct edist_job *job);

/* The largest factor that the sum of a pair with missing values is multiplied
 * by: all weights together by the smallest. Infinite where a column's share of
 * all may underflow: sums then say nothing about distances. */
double edist_max_rescale(const double *weights, size_t ncol);

/* The distance of row i of a and row j of b, missing values left out. */
double edist_rescue(const struct edist_job *job, size_t i, size_t j);

#endif
