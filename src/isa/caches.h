/* Sizes of this machine's data caches in bytes; 0 where unknown. */
#ifndef EDIST_CACHES_H
#define EDIST_CACHES_H

#include <stddef.h>

size_t edist_cache_size(int level);

/* What Linux says in its files. `root` is "", or a tree of files for a test. */
size_t edist_cache_in_files(const char *root, int level);

#endif
