/* sysconf() and its cache sizes are no part of C17. */
#define _GNU_SOURCE
#include "isa/caches.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "isa/sysctl.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <unistd.h>
#endif

#if defined(__linux__)

/* The first line of a file about one cache of the first CPU. */
static bool read_file(const char *root, int index, const char *name,
                      char line[static 32]) {
  char path[512];
  const int length = snprintf(path, sizeof path,
                              "%s/sys/devices/system/cpu/cpu0/cache/index%d/%s",
                              root, index, name);
  if (length < 0 || (size_t)length >= sizeof path) return false;
  FILE *file = fopen(path, "r");
  if (!file) return false;
  const bool got = fgets(line, 32, file) != NULL;
  fclose(file);
  return got;
}

/* Sizes are written like 32K or 8M. */
size_t edist_cache_in_files(const char *root, int level) {
  char line[32];
  for (int index = 0; read_file(root, index, "level", line); index++) {
    if (atoi(line) != level || !read_file(root, index, "type", line)) continue;
    if (line[0] == 'I' || !read_file(root, index, "size", line)) continue;
    char *unit;
    const unsigned long size = strtoul(line, &unit, 10);
    return (size_t)size << (*unit == 'M' ? 20 : *unit == 'K' ? 10 : 0);
  }
  return 0;
}

#else

size_t edist_cache_in_files(const char *root, int level) {
  (void)root;
  (void)level;
  return 0;
}

#endif

#if defined(__APPLE__)

/* Where cores are of several kinds, level 0 is the fastest. */
size_t edist_cache_size(int level) {
  static const char *const names[][2] = {
      {"hw.perflevel0.l1dcachesize", "hw.l1dcachesize"},
      {"hw.perflevel0.l2cachesize", "hw.l2cachesize"},
      {"hw.perflevel0.l3cachesize", "hw.l3cachesize"}};
  if (level < 1 || level > 3) return 0;
  const uint64_t fastest = edist_sysctl(names[level - 1][0]);
  return (size_t)(fastest ? fastest : edist_sysctl(names[level - 1][1]));
}

#elif defined(_WIN32)

size_t edist_cache_size(int level) {
  SYSTEM_LOGICAL_PROCESSOR_INFORMATION *all = NULL;
  DWORD bytes = 0;
  size_t size = 0;
  GetLogicalProcessorInformation(NULL, &bytes);
  all = malloc(bytes);
  if (!all) return 0;
  if (!GetLogicalProcessorInformation(all, &bytes)) bytes = 0;
  for (size_t i = 0; i < bytes / sizeof *all; i++) {
    const CACHE_DESCRIPTOR *cache = &all[i].Cache;
    if (all[i].Relationship == RelationCache && cache->Level == level &&
        cache->Type != CacheInstruction && cache->Type != CacheTrace) {
      size = cache->Size;
      break;
    }
  }
  free(all);
  return size;
}

#else

/* The C library knows the caches of x86, but not of every processor. */
size_t edist_cache_size(int level) {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  static const int name[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE,
                             _SC_LEVEL3_CACHE_SIZE};
  const long size = level >= 1 && level <= 3 ? sysconf(name[level - 1]) : 0;
  if (size > 0) return (size_t)size;
#endif
  return edist_cache_in_files("", level);
}

#endif
