/* The engine walks the table of pairs block by block: source, kernel, sink. */
#ifndef EDIST_ENGINE_H
#define EDIST_ENGINE_H

#include <stdbool.h>

#include "engine/metric.h"
#include "isa/isa.h"
#include "sink/sink.h"
#include "source/source.h"

/* Asked on the calling thread, some twenty times a second; `done` is the share
 * of the pairs finished so far. Returning false stops the run. */
struct edist_watch {
  bool (*go_on)(void *data, double done);
  void *data;
};

struct edist_job {
  const struct edist_source *x;
  const struct edist_source *y; /* NULL: x with itself, pairs i >= j only */
  const struct edist_metric *metric;
  bool strict;                     /* the bits of dist(), see enum edist_mode */
  const struct edist_power *power; /* for metrics that raise to one */
  const double *weights;           /* of the columns; NULL: all 1 */
  double missing;                  /* what stands for a missing distance */
  const struct edist_kernel *kernel;
  struct edist_sink *sink;
  bool diagonal; /* rows i of x and i of y only, of as many */
  /* For sinks to which the order matters: unless 0, so many rows of x, a
   * multiple of EDIST_STRETCH_STEP, are done by one thread, from the first to
   * the last, for every row of y. */
  size_t stretch;
  /* Hand over sums that order pairs as distances do, without the root. What
   * overflows or underflows is then the sink's concern. */
  bool unfinished;
  struct edist_watch watch;
  int threads;
};

enum edist_status {
  EDIST_STATUS_done,
  EDIST_STATUS_stopped,   /* by the watch; the answer is incomplete */
  EDIST_STATUS_no_memory, /* for scratch; nothing was done */
};

enum edist_status edist_run(const struct edist_job *job);

#endif
