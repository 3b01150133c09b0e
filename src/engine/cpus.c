/* sched_getaffinity() and the like are no part of C17. */
#define _GNU_SOURCE
#include "engine/cpus.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "isa/sysctl.h"

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(_WIN32)
#include <windows.h>
#else
#include <unistd.h>
#endif

/* Asking takes longer than a small call, so it is done once. The affinity tells
 * about CPUs that come and go. */
int edist_cpus_online(void) {
  static int cpus = -1;
  if (cpus >= 0) return cpus;
#if defined(_SC_NPROCESSORS_ONLN)
  cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
#elif defined(_WIN32)
  cpus = (int)GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
#endif
  return cpus < 0 ? 0 : cpus;
}

#if defined(__linux__)

int edist_cpus_affinity(void) {
  cpu_set_t set;
  /* Fails on machines of more CPUs than the set holds: then no limit. */
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

#elif defined(_WIN32)

/* The mask is empty where a process may use more CPUs than it has bits. */
int edist_cpus_affinity(void) {
  DWORD_PTR mask, system;
  int cpus = 0;
  if (!GetProcessAffinityMask(GetCurrentProcess(), &mask, &system)) return 0;
  for (; mask; mask &= mask - 1) cpus++;
  return cpus;
}

#else

int edist_cpus_affinity(void) { return 0; }

#endif

/* Efficiency cores take several times as long, and all would wait for the last
 * piece of one. */
int edist_cpus_performance(void) {
  static int cpus = -1;
  if (cpus >= 0) return cpus;
#if defined(__APPLE__)
  cpus = (int)edist_sysctl("hw.perflevel0.logicalcpu");
#else
  cpus = 0;
#endif
  return cpus;
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
int edist_cpus_quota_of(const char *root) {
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
int edist_cpus_quota_of(const char *root) {
  (void)root;
  return 0;
}
#endif

/* Read once: containers set their quota before R starts, and reading it takes
 * longer than a small call. */
int edist_cpus_quota(void) {
  static int quota = -1;
  if (quota < 0) quota = edist_cpus_quota_of("");
  return quota;
}
