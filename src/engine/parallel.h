/* The one way into a parallel region. */
#ifndef EDIST_PARALLEL_H
#define EDIST_PARALLEL_H

/* How many of the threads wanted are available now: 1 in a forked process,
 * fewer than wanted if the system refuses to start them. OpenMP would end the
 * process then, so they are tried before a region that may have to start some.
 * Enter the region right after. */
int edist_parallel_threads(int wanted);

typedef void edist_parallel_body(void *data, int thread);

/* Runs the body on that many threads, or on those available: of OpenMP, or of a
 * team (engine/team.h) where there is no OpenMP. */
void edist_parallel(int threads, edist_parallel_body *body, void *data);

/* The number of the thread that asks, from 0, the calling one. */
int edist_parallel_thread(void);

/* Threads wanted, and had, since the last call of this; wanted is 0 if none was
 * missing. */
struct edist_parallel_short {
  int wanted, had;
};
struct edist_parallel_short edist_parallel_short(void);

#endif
