/* sysconf() and its cache sizes are no part of C17. */
#define _GNU_SOURCE
#include "isa/caches.h"

#if !defined(_WIN32)
#include <unistd.h>
#endif

size_t edist_cache_size(int level) {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  static const int name[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE,
                             _SC_LEVEL3_CACHE_SIZE};
  const long size = level >= 1 && level <= 3 ? sysconf(name[level - 1]) : 0;
  return size > 0 ? (size_t)size : 0;
#else
  (void)level;
  return 0;
#endif
}
