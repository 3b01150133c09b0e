/* sched_getaffinity() and pthread_atfork() are no part of C17. */
#define _GNU_SOURCE
#include "engine/threads.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif
#if !defined(_WIN32)
#include <pthread.h>
#include <unistd.h>
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

/* Asking takes longer than a small call, so it is done once. The affinity tells
 * about CPUs that come and go. */
static int cpus_online(void) {
  static int cpus = -1;
  if (cpus >= 0) return cpus;
#if defined(_SC_NPROCESSORS_ONLN)
  cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
#elif defined(_OPENMP)
  cpus = omp_get_num_procs();
#endif
  return cpus < 0 ? 0 : cpus;
}

static int cpus_affinity(void) {
#if defined(__linux__)
  cpu_set_t set;
  /* Fails on machines of more CPUs than the set holds: then no limit. */
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return 0;
}

#if defined(__linux__)
/* CPU time per period, rounded up to whole CPUs, from a file of two numbers
 * (cgroup v2) or two files of one (v1); 0 where there is no quota. */
static int quota_of(const char *quota_file, const char *period_file) {
  double quota = 0, period = 0;
  FILE *file = fopen(quota_file, "r");
  if (!file) return 0;
  int got = fscanf(file, "%lf", &quota); /* "max" is no number: no quota */
  if (got == 1 && !period_file) got += fscanf(file, "%lf", &period);
  fclose(file);
  if (got >= 1 && period_file && (file = fopen(period_file, "r"))) {
    got += fscanf(file, "%lf", &period);
    fclose(file);
  }
  if (got != 2 || quota <= 0 || period <= 0) return 0;
  const double cpus = quota / period;
  return cpus >= INT_MAX ? INT_MAX : (int)cpus + (cpus > (int)cpus);
}

static int lesser(int a, int b) { return a && (!b || a < b) ? a : b; }

/* The smallest quota from a group up to the mount point: all apply. */
static int quota_up(const char *mount, const char *group, bool v2) {
  char path[2 * PATH_MAX], quota[sizeof path + 32], period[sizeof quota];
  const size_t end = strlen(mount);
  int min = 0;
  snprintf(path, sizeof path, "%s%s", mount, group);
  for (;;) {
    snprintf(quota, sizeof quota, "%s/%s", path,
             v2 ? "cpu.max" : "cpu.cfs_quota_us");
    snprintf(period, sizeof period, "%s/cpu.cfs_period_us", path);
    min = lesser(quota_of(quota, v2 ? NULL : period), min);
    char *slash = strrchr(path, '/');
    if (!slash || slash < path + end) return min;
    *slash = '\0';
  }
}

static bool has_controller(const char *list, const char *name) {
  const size_t length = strlen(name);
  for (; *list; list += strcspn(list, ","), list += *list == ',') {
    if (strncmp(list, name, length) == 0 &&
        (list[length] == ',' || !list[length])) {
      return true;
    }
  }
  return false;
}

/* Lines are hierarchy:controllers:group; version 2 has no controllers. */
int edist_threads_quota(const char *root) {
  char line[PATH_MAX], mount[PATH_MAX];
  int min = 0;
  snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
  FILE *file = fopen(line, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = '\0';
    const bool v2 = !*++controllers;
    if (!v2 && !has_controller(controllers, "cpu")) continue;
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, v2 ? "" : "/cpu");
    min = lesser(quota_up(mount, group, v2), min);
  }
  fclose(file);
  return min;
}
#else
int edist_threads_quota(const char *root) {
  (void)root;
  return 0;
}
#endif

/* Read once: containers set their quota before R starts, and reading it takes
 * longer than a small call. */
static int cpus_quota(void) {
  static int quota = -1;
  if (quota < 0) quota = edist_threads_quota("");
  return quota;
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
    {"CPUs online", cpus_online},       {"CPU affinity", cpus_affinity},
    {"cgroup CPU quota", cpus_quota},   {"SLURM_CPUS_PER_TASK", slurm_task},
    {"SLURM_CPUS_ON_NODE", slurm_node}, {"NSLOTS", sge_slots},
    {"PBS_NUM_PPN", pbs_cpus},          {"LSB_DJOB_NUMPROC", lsf_slots},
    {"OMP_NUM_THREADS", omp_num},       {"OMP_THREAD_LIMIT", omp_limit},
    {"R CMD check", check_limit},       {NULL, NULL},
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
