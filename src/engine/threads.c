/* pthread_atfork() is no part of C17. */
#define _GNU_SOURCE
#include "engine/threads.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cpus.h"

#if defined(_OPENMP)
#include <omp.h>
#endif
#if !defined(_WIN32)
#include <pthread.h>
#endif

/* A whole positive number at the start of the environment variable, as OpenMP
 * reads "4" and the first level of "4,2"; 0 where there is none. */
static int from_environment(const char *name) {
  const char *text = getenv(name);
  if (!text) return 0;
  char *end;
  const long value = strtol(text, &end, 10);
  if (end == text || value < 1) return 0;
  return value > INT_MAX ? INT_MAX : (int)value;
}

static int slurm_task(void) { return from_environment("SLURM_CPUS_PER_TASK"); }
static int slurm_node(void) { return from_environment("SLURM_CPUS_ON_NODE"); }
static int sge_slots(void) { return from_environment("NSLOTS"); }
static int pbs_cpus(void) { return from_environment("PBS_NUM_PPN"); }
static int lsf_slots(void) { return from_environment("LSB_DJOB_NUMPROC"); }
static int omp_num(void) { return from_environment("OMP_NUM_THREADS"); }

/* The variable may have changed since OpenMP read it: the smaller one counts.
 */
static int omp_limit(void) {
  int limit = from_environment("OMP_THREAD_LIMIT");
#ifdef _OPENMP
  const int runtime = omp_get_thread_limit();
  if (runtime < INT_MAX && (!limit || runtime < limit)) limit = runtime;
#endif
  return limit;
}

/* CRAN allows checks two cores. */
static int check_limit(void) {
  static const char *const set_by_check[] = {
      "_R_CHECK_PACKAGE_NAME_", "_R_CHECK_LIMIT_CORES_",
      "_R_CHECK_EXAMPLE_TIMING_CPU_TO_ELAPSED_THRESHOLD_",
      "_R_CHECK_TEST_TIMING_CPU_TO_ELAPSED_THRESHOLD_",
      "_R_CHECK_VIGNETTE_TIMING_CPU_TO_ELAPSED_THRESHOLD_"};
  for (size_t i = 0; i < sizeof set_by_check / sizeof *set_by_check; i++) {
    const char *value = getenv(set_by_check[i]);
    if (value && *value && strcmp(value, "false") != 0) return 2;
  }
  return 0;
}

const struct edist_limit edist_limit_table[] = {
    {"CPUs online", edist_cpus_online},
    {"CPU affinity", edist_cpus_affinity},
    {"performance cores", edist_cpus_performance},
    {"cgroup CPU quota", edist_cpus_quota},
    {"SLURM_CPUS_PER_TASK", slurm_task},
    {"SLURM_CPUS_ON_NODE", slurm_node},
    {"NSLOTS", sge_slots},
    {"PBS_NUM_PPN", pbs_cpus},
    {"LSB_DJOB_NUMPROC", lsf_slots},
    {"OMP_NUM_THREADS", omp_num},
    {"OMP_THREAD_LIMIT", omp_limit},
    {"R CMD check", check_limit},
    {NULL, NULL},
};

int edist_threads_default(void) {
  int min = INT_MAX;
  for (const struct edist_limit *l = edist_limit_table; l->name; l++) {
    const int value = l->value();
    if (value > 0 && value < min) min = value;
  }
  return min == INT_MAX ? 1 : min;
}

/* A handler notices forks after the package is loaded. Earlier ones only the
 * system knows: the flag PF_FORKNOEXEC of a process says that it was forked and
 * has not become another program since. */
static bool forked = false;

static bool forked_before(void) {
#if defined(__linux__)
  const unsigned fork_no_exec = 0x40;
  char stat[1024];
  FILE *file = fopen("/proc/self/stat", "r");
  if (!file) return false;
  const size_t size = fread(stat, 1, sizeof stat - 1, file);
  fclose(file);
  stat[size] = '\0';
  /* The name, in parentheses, may hold anything. */
  const char *after = strrchr(stat, ')');
  unsigned flags;
  return after &&
         sscanf(after + 1, " %*c %*s %*s %*s %*s %*s %u", &flags) == 1 &&
         (flags & fork_no_exec);
#else
  return false;
#endif
}

#if !defined(_WIN32)
static void in_child(void) { forked = true; }
#endif

void edist_threads_watch_forks(void) {
#if !defined(_WIN32)
  pthread_atfork(NULL, NULL, in_child);
#endif
  forked = forked || forked_before();
}

bool edist_threads_forked(void) { return forked; }

bool edist_threads_openmp(void) {
#ifdef _OPENMP
  return true;
#else
  return false;
#endif
}

int edist_threads_allowed(int wanted) {
  if (forked) return 1;
  const int limit = omp_limit();
  return limit > 0 && limit < wanted ? limit : wanted;
}

int edist_threads_worthwhile(int threads, double terms, double pairs) {
  /* The epilogue of a pair takes as long as about sixteen columns. Waking a
   * sleeping thread takes as long as 150 microseconds of work. */
  const double min_terms = 1 << 22;
  return terms + 16 * pairs < min_terms ? 1 : threads;
}
