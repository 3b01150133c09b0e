/* How many CPUs this process may use, as the system tells it; 0 where it sets
 * no limit. */
#ifndef EDIST_CPUS_H
#define EDIST_CPUS_H

int edist_cpus_online(void);
int edist_cpus_affinity(void);

/* Those of the fastest kind, on Apple silicon. */
int edist_cpus_performance(void);

/* The smallest quota of CPU time of this process's cgroup and of those above
 * it, in whole CPUs. */
int edist_cpus_quota(void);

/* The same; `root` is "", or a tree of files for a test. */
int edist_cpus_quota_of(const char *root);

#endif
