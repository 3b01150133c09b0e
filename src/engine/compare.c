#include "engine/compare.h"

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

enum edist_status edist_run_compare(const struct edist_job *wanted,
                                    struct edist_compare *compare,
                                    bool finished) {
  struct edist_job job = *wanted;
  struct listener listener = {.watch = &wanted->watch, .compare = compare};
  const bool unfinished = !finished && edist_rescues(job.metric);
  compare->kernel = job.kernel;
  compare->finishing = finishing_of(&job);
  compare->unfinished = unfinished;
  compare->rescues = unfinished && !job.strict;
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
  job.watch = wanted->watch;
  return edist_run(&job);
}
