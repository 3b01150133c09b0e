/* Runs a job whose sink ranks distances, see sink/ranking.h. */
#ifndef EDIST_RUN_SELECTION_H
#define EDIST_RUN_SELECTION_H

#include "engine/engine.h"
#include "sink/ranking.h"

/* The job's sink holds a pointer to `ranking`, which is filled in here. With
 * `distances` the sink gets distances, not surrogates. */
enum edist_status edist_run_selection(const struct edist_job *job,
                                      struct edist_ranking *ranking,
                                      bool distances);

/* Whether squares can be compared with the squares of these radii in place of
 * distances: for a metric that takes roots, far from overflow and underflow. */
bool edist_squares_rank(const struct edist_metric *metric,
                        const double *weights, size_t ncol,
                        const double *radius, size_t count);

#endif
