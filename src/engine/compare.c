#include "engine/compare.h"

#include <float.h>
#include <math.h>

#include "engine/rescue.h"

static double exact(const void *job, size_t i, size_t j) {
  return edist_rescue(job, i, j);
}

/* A run that must be done again is stopped. */
struct listener {
  const struct edist_watch *watch;
  struct edist_compare *compare;
  bool stopped; /* by the watch: that counts first */
};

static bool go_on(void *data, double done) {
  struct listener *l = data;
  if (atomic_load(&l->compare->lost) || atomic_load(&l->compare->full)) {
    return false;
  }
  l->stopped = l->watch->go_on && !l->watch->go_on(l->watch->data, done);
  return !l->stopped;
}

static struct edist_finishing finishing_of(const struct edist_job *job) {
  return (struct edist_finishing){.finish = job->metric->finish,
                                  .weights = 1,
                                  .missing = job->missing,
                                  .power = job->power};
}

/* Whether sums order pairs as distances do: not where roots of finite ones may be
 * infinite, and alike, and are not done anew. */
static bool values_order(const struct edist_job *job) {
  const bool power = job->metric->finish == EDIST_FINISH_power;
  if (job->strict && power && job->power->exponent < 1) return false;
  return edist_rescues(job->metric);
}

/* Roots of values x and x (1 + e) may be the same up to e of some ulps, or as many
 * times the power; and roots of finite values infinite where that is below 1. */
static void set_precision(struct edist_compare *compare) {
  const struct edist_finishing *f = &compare->finishing;
  const double exponent =
      f->finish == EDIST_FINISH_power ? f->power->exponent : 2;
  const double ulps = exponent > 1 ? exponent : 1;
  compare->apart = compare->unfinished ? fmax(0, 1 - ulps * 0x1p-50) : 1;
  compare->most = DBL_MAX;
  if (compare->unfinished && exponent < 1) {
    compare->most = f->power->raise(DBL_MAX, exponent) * (1 - 0x1p-40);
  }
}

enum edist_status edist_run_compare(const struct edist_job *wanted,
                                    struct edist_compare *compare,
                                    bool finished) {
  struct edist_job job = *wanted;
  struct listener listener = {.watch = &wanted->watch, .compare = compare};
  const bool unfinished = !finished && values_order(&job);
  compare->kernel = job.kernel;
  compare->finishing = finishing_of(&job);
  compare->unfinished = unfinished;
  compare->rescues = unfinished && !job.strict;
  set_precision(compare);
  compare->rescaled = edist_largest_rescale(job.weights, job.x->ncol);
  compare->zeros = edist_zeros(&job);
  compare->exact = exact;
  compare->job = wanted;
  atomic_store(&compare->lost, false);
  atomic_store(&compare->full, false);
  job.unfinished = unfinished;
  job.watch = (struct edist_watch){go_on, &listener};
  enum edist_status status = edist_run(&job);
  if (listener.stopped || !atomic_load(&compare->lost)) return status;
  compare->unfinished = compare->rescues = job.unfinished = false;
  set_precision(compare);
  job.watch = wanted->watch;
  return edist_run(&job);
}
