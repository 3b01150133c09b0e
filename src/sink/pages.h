/* Huge pages for large fresh memory. */
#ifndef EDIST_PAGES_H
#define EDIST_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Asks for huge pages in the interior of fresh memory, before it is touched.
 * With few columns, page faults of 4 kB would take longer than the distances.
 * It is only a request, harmless where unknown. */
void edist_pages_huge(void *memory, size_t bytes);

/* Whether so much is better written past the caches: it would evict everything
 * else from them and not stay itself. */
bool edist_pages_stream(size_t bytes);

#endif
