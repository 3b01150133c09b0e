/* How many threads a call may use. */
#define _GNU_SOURCE /* mkdtemp() is not part of C17 */
#include "engine/cpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "isa/caches.h"

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
  CHECK(edist_cpus_quota_of(root) == 8, "quota of the group");
  put(root, "/sys/fs/cgroup/cpu.max", "250000 100000\n");
  CHECK(edist_cpus_quota_of(root) == 3, "quota of the root");
  put(root, "/proc/self/cgroup", "7:cpuset:/\n4:cpu,cpuacct:/a/b\n");
  put(root, "/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  put(root, "/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  put(root, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000\n");
  put(root, "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  CHECK(edist_cpus_quota_of(root) == 2, "quota of version 1");
  snprintf(clean, sizeof clean, "rm -rf '%s'", root);
  CHECK(system(clean) == 0, "removing the files again");
#endif
}

/* Not every C library knows the caches of its processor. */
static void test_caches(void) {
#if defined(__linux__)
  char root[] = "/tmp/edist-core-XXXXXX", clean[64];
  if (!mkdtemp(root)) return;
  const char *const of[][3] = {{"1", "Instruction", "64K"},
                               {"1", "Data", "48K"},
                               {"2", "Unified", "2M"}};
  for (int index = 0; index < 3; index++) {
    static const char *const names[] = {"level", "type", "size"};
    for (int n = 0; n < 3; n++) {
      char name[128], line[32];
      snprintf(name, sizeof name,
               "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index,
               names[n]);
      snprintf(line, sizeof line, "%s\n", of[index][n]);
      put(root, name, line);
    }
  }
  CHECK(edist_cache_in_files(root, 1) == 48 << 10, "not that of instructions");
  CHECK(edist_cache_in_files(root, 2) == 2 << 20, "cache of level 2");
  CHECK(edist_cache_in_files(root, 3) == 0, "no third level");
  snprintf(clean, sizeof clean, "rm -rf '%s'", root);
  CHECK(system(clean) == 0, "removing the files again");
#endif
}

const struct test thread_tests[] = {{.name = "quota", .run = test_quota},
                                    {.name = "caches", .run = test_caches},
                                    {0}};
