/* Runs a job whose sink compares distances, see sink/compare.h. */
#ifndef EDIST_ENGINE_COMPARE_H
#define EDIST_ENGINE_COMPARE_H

#include "engine/engine.h"
#include "sink/compare.h"

/* The job's sink holds a pointer to `compare`, which is filled in here. With
 * `finished` the sink gets distances from the first. */
enum edist_status edist_run_compare(const struct edist_job *job,
                                    struct edist_compare *compare,
                                    bool finished);

#endif
