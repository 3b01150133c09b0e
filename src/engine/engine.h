/* The engine: walks the table of pairs block by block, from source through
 * kernel to sink.
 *
 * The table has rows i of side a and rows j of side b. For a matrix of
 * distances a is x and b is y; where answers are selected, a is the base and b
 * are the queries (sink/selection.h). */
#ifndef EDIST_ENGINE_H
#define EDIST_ENGINE_H

#include <stdbool.h>

#include "engine/metric.h"
#include "engine/progress.h"
#include "isa/isa.h"
#include "sink/sink.h"
#include "source/source.h"

/* Shares of all pairs: computed, and compared by codes first (search/). */
struct edist_shares {
  double computed, screened;
};

/* Distances that come from elsewhere: the sides have one column, a number for
 * each row, and the kernel does nothing. */
struct edist_given {
  /* Writes the distances of n rows of a from m rows of b, by their numbers;
   * false cancels the run. Called by all threads of the job. */
  bool (*get)(void *data, size_t n, const double *a, size_t m, const double *b,
              double *to, size_t ld);
  void *data;
};

struct edist_job {
  const struct edist_source *a;
  const struct edist_source *b; /* NULL: a with itself, pairs i >= j only */
  const struct edist_metric *metric;
  bool strict;                     /* the bits of dist(), see enum edist_mode */
  const struct edist_power *power; /* for metrics that raise to one */
  double unit;                     /* of distances, for metrics that have one */
  const double *weights;           /* of the columns; NULL: all 1 */
  const double *scale;             /* the same, for gower */
  double missing;                  /* stands for a missing distance */
  const struct edist_kernel *kernel;
  struct edist_sink *sink;
  bool diagonal; /* only pairs i = j, of sides with equally many rows */
  /* For sinks to which order matters. Unless 0, one thread does this many rows
   * of a, first to last, for a row of b: a multiple of EDIST_CHUNK_STEP. */
  size_t chunk;
  /* Deliver sums without their epilogue: they rank pairs as distances do. The
   * sink must then look out for overflow and underflow. */
  bool surrogates;
  /* Leave out pairs that cannot matter, where possible (search/search.h); and
   * unless NULL, where to write what became of the pairs. */
  bool search;
  struct edist_shares *shares;
  struct edist_callback callback;
  const struct edist_given *given; /* NULL: the metric computes distances */
  int threads;
};

enum edist_status {
  EDIST_STATUS_done,
  EDIST_STATUS_cancelled, /* by the callback; the answer is incomplete */
  EDIST_STATUS_stopped,   /* by the sink, likewise */
  EDIST_STATUS_no_memory, /* for scratch; nothing was done */
};

enum edist_status edist_run(const struct edist_job *job);

/* Bytes that the run takes besides the memory of its sink. */
size_t edist_run_scratch(const struct edist_job *job);

/* What makes values, for the sink, of the job's sums. */
struct edist_epilogue edist_job_epilogue(const struct edist_job *job);

/* Whether products are rounded before they are added, as in dist(). */
bool edist_job_rounds(const struct edist_job *job);

/* Whether weights are left to the tiles for missing values. */
bool edist_job_by_weight(const struct edist_job *job);

#endif
