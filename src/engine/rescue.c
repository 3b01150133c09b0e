#include "engine/rescue.h"

#include <float.h>
#include <limits.h>
#include <math.h>

#include "kernel/kahan.h"
#include "kernel/size.h"

enum { COLUMNS = 256 };

bool edist_takes_roots(const struct edist_metric *metric) {
  return metric->transform == EDIST_TRANSFORM_root ||
         metric->transform == EDIST_TRANSFORM_power;
}

bool edist_rescues(const struct edist_metric *metric) {
  return edist_takes_roots(metric) ||
         metric->accumulate == EDIST_ACCUMULATE_braycurtis;
}

bool edist_zeros(const struct edist_job *job) {
  return job->metric->transform == EDIST_TRANSFORM_power || job->weights ||
         job->metric->rows != EDIST_ROWS_given;
}

double edist_max_rescale(const double *weights, size_t ncol) {
  if (!weights) return (double)ncol;
  double sum = 0, min = INFINITY;
  for (size_t k = 0; k < ncol; k++) {
    sum += weights[k];
    if (weights[k] > 0 && weights[k] < min) min = weights[k];
  }
  return min < DBL_MIN * sum ? INFINITY : sum / min;
}

/* A pair whose sum is computed again. */
struct pair {
  const struct edist_job *job;
  size_t i, j;
  double factor; /* of the values: 1, or a half, so that no difference of
                    finite ones overflows */
};

/* What a walk over the columns learns of the terms, and their sum. */
struct terms {
  double largest; /* difference */
  int exponent;   /* the largest one, of weighted squares */
  struct edist_kahan sum, both;
  double used, weights;
};

/* A column's term: called where there is a difference. */
typedef void term_fn(const struct pair *p, struct terms *t, double diff,
                     double both, double weight);

static void walk(const struct pair *p, struct terms *t, term_fn *term) {
  const struct edist_job *job = p->job;
  const struct edist_source *side_b = job->b ? job->b : job->a;
  const bool paired = job->metric->accumulate == EDIST_ACCUMULATE_paired;
  const size_t step = paired ? 2 : 1;
  double a[COLUMNS], b[COLUMNS];
  t->used = t->weights = 0;
  for (size_t k0 = 0; k0 < job->a->ncol; k0 += COLUMNS) {
    const size_t ncol = edist_size_min(job->a->ncol - k0, COLUMNS);
    edist_source_pack(job->a, job->kernel, p->i, 1, k0, ncol, 1, a);
    edist_source_pack(side_b, job->kernel, p->j, 1, k0, ncol, 1, b);
    for (size_t k = 0; k < ncol; k += step) {
      const double weight = job->weights ? job->weights[k0 + k] : 1;
      double diff = a[k] * p->factor - b[k] * p->factor;
      if (paired) diff += a[k + 1] * p->factor - b[k + 1] * p->factor;
      diff = fabs(diff);
      const double both = fabs(a[k] * p->factor + b[k] * p->factor);
      t->weights += weight;
      if (isnan(diff)) continue;
      t->used += weight;
      term(p, t, diff, both, weight);
    }
  }
}

static void measure(const struct pair *p, struct terms *t, double diff,
                    double both, double weight) {
  int of_diff, of_weight;
  (void)p;
  (void)both;
  if (diff > t->largest) t->largest = diff;
  if (diff == 0 || weight == 0 || isinf(diff)) return;
  frexp(diff, &of_diff);
  frexp(weight, &of_weight);
  const int exponent = 2 * of_diff + of_weight;
  if (exponent > t->exponent) t->exponent = exponent;
}

/* The weighted square, divided by a power of 4 near the largest one. Weights
 * and differences are scaled apart: their product may overflow or underflow. */
static void add_square(const struct pair *p, struct terms *t, double diff,
                       double both, double weight) {
  int of_diff, of_weight;
  (void)p;
  (void)both;
  const double d = frexp(diff, &of_diff), w = frexp(weight, &of_weight);
  edist_kahan_add(&t->sum,
                  ldexp(d * d * w, 2 * of_diff + of_weight - t->exponent));
}

/* Divided by the power of the largest difference, whose own term is 1. */
static void add_power(const struct pair *p, struct terms *t, double diff,
                      double both, double weight) {
  (void)both;
  const struct edist_power *power = p->job->power;
  edist_kahan_add(&t->sum,
                  weight * power->raise(diff / t->largest, power->exponent));
}

static double root_of_squares(const struct pair *p, struct terms *t) {
  t->exponent += t->exponent % 2 != 0;
  walk(p, t, add_square);
  /* The share alone may underflow. */
  const double rescale = sqrt(t->weights) / sqrt(t->used);
  return ldexp(sqrt(t->sum.sum) * rescale, t->exponent / 2 + (p->factor < 1));
}

static double root_of_powers(const struct pair *p, struct terms *t) {
  const struct edist_power *power = p->job->power;
  walk(p, t, add_power);
  const double mean = t->sum.sum / (t->used / t->weights);
  double root = power->raise(mean, 1 / power->exponent);
  double distance = root * t->largest / p->factor;
  /* The root alone may be too large where the distance is not. */
  if (isinf(distance)) {
    root = power->raise(mean, 0.5 / power->exponent);
    distance = root * t->largest / p->factor * root;
  }
  return distance;
}

static void add_both(const struct pair *p, struct terms *t, double diff,
                     double both, double weight) {
  (void)p;
  (void)weight;
  if (isnan(both)) return;
  edist_kahan_add(&t->sum, diff);
  edist_kahan_add(&t->both, both);
}

/* What overflows is so large that nothing is lost below the factor. */
static double share_of_sums(const struct edist_job *job, size_t i, size_t j) {
  struct pair p = {job, i, j, 1};
  struct terms t = {0};
  walk(&p, &t, add_both);
  if (!(t.sum.sum + t.both.sum < DBL_MAX / 2)) {
    p.factor = 0x1p-80;
    t = (struct terms){0};
    walk(&p, &t, add_both);
  }
  double share;
  job->kernel->epilogue(
      &(struct edist_epilogue){.transform = job->metric->transform,
                               .missing = job->missing},
      1, &t.sum.sum, &t.both.sum, &share, false);
  return share;
}

double edist_rescue(const struct edist_job *job, size_t i, size_t j) {
  if (!edist_takes_roots(job->metric)) return share_of_sums(job, i, j);
  struct pair p = {job, i, j, 1};
  struct terms t = {.exponent = INT_MIN};
  walk(&p, &t, measure);
  if (isinf(t.largest)) {
    p.factor = 0.5;
    t = (struct terms){.exponent = INT_MIN};
    walk(&p, &t, measure);
  }
  if (!(t.used > 0)) return job->missing;
  if (t.largest == 0 || isinf(t.largest)) return t.largest;
  return job->metric->transform == EDIST_TRANSFORM_root
             ? root_of_squares(&p, &t)
             : root_of_powers(&p, &t);
}
