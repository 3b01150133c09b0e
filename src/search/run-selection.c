#include "search/run-selection.h"

#include <float.h>
#include <math.h>

#include "engine/rescue.h"
#include "search/search.h"
#include "sink/selection.h"

static double rescue(const void *job, size_t i, size_t j) {
  return edist_rescue(job, i, j);
}

/* Whether comparing can do without the metric's root: sums then rank pairs as
 * distances do. They do not where roots of different finite sums are infinite
 * alike, and are not computed again. */
static bool saves_roots(const struct edist_job *job) {
  const bool power = job->metric->transform == EDIST_TRANSFORM_power;
  if (job->strict && power && job->power->exponent < 1) return false;
  return edist_takes_roots(job->metric);
}

/* The roots of x and x (1 + e) may be the same for e up to some ulps, or as
 * many times the power; and for powers below 1 roots of finite sums may be
 * infinite. */
static void set_precision(struct edist_ranking *ranking) {
  const struct edist_epilogue *e = &ranking->epilogue;
  const double exponent =
      e->transform == EDIST_TRANSFORM_power ? e->power->exponent : 2;
  const double ulps = exponent > 1 ? exponent : 1;
  ranking->apart = ranking->surrogates ? fmax(0, 1 - ulps * 0x1p-50) : 1;
  ranking->max_finite = DBL_MAX;
  if (ranking->surrogates && exponent < 1) {
    ranking->max_finite = e->power->raise(DBL_MAX, exponent) * (1 - 0x1p-40);
  }
}

static struct edist_ranking ranking_of(const struct edist_job *job,
                                       bool surrogates) {
  struct edist_ranking ranking = {
      .kernel = job->kernel,
      .epilogue = {.transform = job->metric->transform,
                   .weights = 1,
                   .missing = job->missing,
                   .power = job->power},
      .surrogates = surrogates,
      .rescues = surrogates && !job->strict,
      .zeros = edist_zeros(job),
      .max_rescale = edist_max_rescale(job->weights, job->a->ncol),
      .rescue = rescue,
      .job = job};
  set_precision(&ranking);
  return ranking;
}

enum edist_status edist_run_selection(const struct edist_job *wanted,
                                      struct edist_ranking *ranking,
                                      bool distances) {
  struct edist_job job = *wanted;
  job.surrogates = !distances && saves_roots(wanted);
  *ranking = ranking_of(wanted, job.surrogates);
  enum edist_status status;
  if (job.shares) *job.shares = (struct edist_shares){1, 0};
  if (edist_search_run(&job, &status)) return status;
  status = edist_run(&job);
  if (status == EDIST_STATUS_cancelled || !atomic_load(&ranking->retry)) {
    return status;
  }
  job.surrogates = false;
  *ranking = ranking_of(wanted, false);
  return edist_run(&job);
}

bool edist_squares_rank(const struct edist_metric *metric,
                        const double *weights, size_t ncol,
                        const double *radius, size_t count) {
  const double rescale = edist_max_rescale(weights, ncol);
  if (metric->transform != EDIST_TRANSFORM_root || isinf(rescale)) return false;
  for (size_t i = 0; i < count; i++) {
    if (!edist_square_safe(radius[i], rescale)) return false;
  }
  return true;
}
