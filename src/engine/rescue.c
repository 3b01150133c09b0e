#include "engine/rescue.h"

#include <math.h>

enum { COLUMNS = 256 };

bool edist_rescues(const struct edist_metric *metric) {
  return metric->finish == EDIST_FINISH_root ||
         metric->finish == EDIST_FINISH_power;
}

bool edist_zeros(const struct edist_job *job) {
  return job->metric->finish == EDIST_FINISH_power || job->weights;
}

/* Differences of some columns, times `factor`, 1 or a half: halves never
 * overflow; and times the roots of the weights. NaN where a column is left out.
 */
static void differences(const struct edist_job *job, size_t i, size_t j,
                        size_t k0, size_t ncol, double factor, double *diff) {
  const struct edist_source *y = job->y ? job->y : job->x;
  double b[COLUMNS];
  edist_source_pack(job->x, job->kernel, i, 1, k0, ncol, 1, diff);
  edist_source_pack(y, job->kernel, j, 1, k0, ncol, 1, b);
  for (size_t k = 0; k < ncol; k++) {
    diff[k] = diff[k] * factor - b[k] * factor;
    if (job->weights) diff[k] *= sqrt(job->weights[k0 + k]);
  }
}

static size_t columns_from(const struct edist_job *job, size_t k0) {
  const size_t left = job->x->ncol - k0;
  return left < COLUMNS ? left : COLUMNS;
}

static double largest(const struct edist_job *job, size_t i, size_t j,
                      double factor) {
  double diff[COLUMNS], most = 0;
  for (size_t k0 = 0; k0 < job->x->ncol; k0 += COLUMNS) {
    const size_t ncol = columns_from(job, k0);
    differences(job, i, j, k0, ncol, factor, diff);
    for (size_t k = 0; k < ncol; k++) {
      if (fabs(diff[k]) > most) most = fabs(diff[k]);
    }
  }
  return most;
}

/* Kahan's sum of the terms of all columns, divided by the share of the weights
 * that was used; NaN if none was. */
static double scaled_sum(const struct edist_job *job, size_t i, size_t j,
                         double factor, int exponent) {
  /* Two factors: one alone may not be a number that doubles have. */
  const double scale = ldexp(1, -exponent / 2);
  const double rest = ldexp(1, -exponent - -exponent / 2);
  double diff[COLUMNS], sum = 0, lost = 0, used = 0, weights = 0;
  for (size_t k0 = 0; k0 < job->x->ncol; k0 += COLUMNS) {
    const size_t ncol = columns_from(job, k0);
    differences(job, i, j, k0, ncol, factor, diff);
    for (size_t k = 0; k < ncol; k++) {
      const double weight = job->weights ? job->weights[k0 + k] : 1;
      weights += weight;
      if (isnan(diff[k])) continue;
      used += weight;
      const double d = fabs(diff[k] * scale * rest);
      const double power = job->metric->finish == EDIST_FINISH_root
                               ? d * d
                               : job->power->raise(d, job->power->exponent);
      const double term = power - lost, old = sum;
      sum = old + term;
      lost = (sum - old) - term;
    }
  }
  return used > 0 ? sum / (used / weights) : NAN;
}

double edist_rescue(const struct edist_job *job, size_t i, size_t j) {
  double factor = 1, most = largest(job, i, j, factor);
  if (most == INFINITY) {
    factor = 0.5;
    most = largest(job, i, j, factor);
    if (most == INFINITY) return most; /* of an infinite value */
  }
  int exponent = 0;
  if (most > 0) frexp(most, &exponent);
  const double sum = scaled_sum(job, i, j, factor, exponent);
  if (isnan(sum)) return job->missing;
  const double root = job->metric->finish == EDIST_FINISH_root
                          ? sqrt(sum)
                          : job->power->raise(sum, 1 / job->power->exponent);
  return ldexp(root, exponent + (factor < 1));
}
