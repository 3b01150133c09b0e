/* A team of plain threads, for builds without OpenMP. */
#ifndef EDIST_TEAM_H
#define EDIST_TEAM_H

#include "engine/parallel.h"

/* Runs the body on that many threads, of which the calling one is number 0, and
 * returns when all are done: how many the system gave. */
int edist_team_run(int threads, edist_parallel_body *body, void *data);

/* The number of this thread in its team; 0 outside of one. */
int edist_team_number(void);

#endif
