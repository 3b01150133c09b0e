/* The one way into a parallel region. */
#ifndef EDIST_PARALLEL_H
#define EDIST_PARALLEL_H

/* How many of so many threads can be had now: 1 in a forked process or without
 * OpenMP, fewer where the system refuses to start them. OpenMP would end the
 * process there; so they are tried before a region that may have to start some.
 * Enter the region right after. */
int edist_parallel_threads(int wanted);

typedef void edist_parallel_body(void *data, int thread);

/* Runs the body on so many threads, or on those that can be had. */
void edist_parallel(int threads, edist_parallel_body *body, void *data);

/* What was wanted and not had since this was last asked: 0 if nothing. */
struct edist_parallel_short {
  int wanted, had;
};
struct edist_parallel_short edist_parallel_short(void);

#endif
