/* How many threads a call uses. Nothing here is a setting: the number is worked
 * out anew each time, from the machine and the environment. */
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

/* The least of all limits, at least 1. */
int edist_threads_default(void);

/* What a request for `wanted` threads gets: an explicit number may exceed the
 * CPUs, but not OpenMP's own limit; 1 in a forked child, where OpenMP's threads
 * do not exist and libgomp would wait for them for ever; 1 without OpenMP. */
int edist_threads_allowed(int wanted);

/* 1 for work so small that waking threads would take longer; `terms` is the
 * number of pairs times columns, `pairs` the number of pairs. */
int edist_threads_worthwhile(int threads, double terms, double pairs);

/* The least CPU quota of this process's cgroup and of those above it, in whole
 * CPUs; 0 if there is none. `root` is "", or a tree of files for a test. */
int edist_threads_quota(const char *root);

bool edist_threads_openmp(void);
bool edist_threads_forked(void);

/* Call once, at load: learns whether this process was forked before, and notices
 * forks from then on. Elsewhere than on Linux only the latter. */
void edist_threads_watch_forks(void);

#endif
