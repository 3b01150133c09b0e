/* How many threads a call may use. */
#define _GNU_SOURCE /* mkdtemp() is not part of C17 */
#include "engine/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#if defined(__linux__)
#include <sys/stat.h>
#include <unistd.h>

/* Writes a file below `root`, with the directories it needs. */
static void put(const char *root, const char *name, const char *text) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s", root, name);
  for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
    *at = '\0';
    mkdir(path, 0700);
    *at = '/';
  }
  FILE *file = fopen(path, "w");
  if (!file) return;
  fputs(text, file);
  fclose(file);
}
#endif

/* Quotas apply at every level, also above a group that is named like the mount
 * point. */
static void test_quota(void) {
#if defined(__linux__)
  char root[] = "/tmp/edist-core-XXXXXX", clean[64];
  if (!mkdtemp(root)) return;
  put(root, "/proc/self/cgroup", "0::/cgroup/job\n");
  put(root, "/sys/fs/cgroup/cgroup/job/cpu.max", "max 100000\n");
  put(root, "/sys/fs/cgroup/cgroup/cpu.max", "800000 100000\n");
  CHECK(edist_threads_quota(root) == 8, "quota of the group");
  put(root, "/sys/fs/cgroup/cpu.max", "250000 100000\n");
  CHECK(edist_threads_quota(root) == 3, "quota of the root");
  put(root, "/proc/self/cgroup", "7:cpuset:/\n4:cpu,cpuacct:/a/b\n");
  put(root, "/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  put(root, "/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  put(root, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000\n");
  put(root, "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  CHECK(edist_threads_quota(root) == 2, "quota of version 1");
  snprintf(clean, sizeof clean, "rm -rf '%s'", root);
  CHECK(system(clean) == 0, "removing the files again");
#endif
}

const struct test thread_tests[] = {{.name = "quota", .run = test_quota}, {0}};
