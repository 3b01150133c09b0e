/* How many threads a call uses. Nothing here is a setting: each call works out
 * the number from the machine and the environment. */
#ifndef EDIST_THREADS_H
#define EDIST_THREADS_H

#include <stdbool.h>

/* One thing that limits the number of threads; 0 where it sets no limit. */
struct edist_limit {
  const char *name;
  int (*value)(void);
};

/* Ends with a row whose name is NULL. */
extern const struct edist_limit edist_limit_table[];

/* The minimum of all limits, at least 1. */
int edist_threads_default(void);

/* How many of `wanted` threads are allowed. An explicit number may exceed the
 * CPUs, but not OpenMP's own limit. It is 1 without OpenMP, and in a forked
 * child, where OpenMP's threads do not exist and libgomp would wait for ever.
 */
int edist_threads_allowed(int wanted);

/* 1 for work so small that waking threads would take longer; `terms` is the
 * number of pairs times columns, `pairs` the number of pairs. */
int edist_threads_worthwhile(int threads, double terms, double pairs);

bool edist_threads_openmp(void);
bool edist_threads_forked(void);

/* Call once, at load: finds out whether this process was forked (on Linux), and
 * notices forks from then on. */
void edist_threads_watch_forks(void);

#endif
