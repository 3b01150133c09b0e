/* Huge pages for large fresh memory. */
#ifndef EDIST_PAGES_H
#define EDIST_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Asks for huge pages in the interior of fresh memory before it is first
 * touched: page faults of 4 kB would take longer than small-p distances. A
 * request only; harmless where it is not understood. */
void edist_pages_huge(void *memory, size_t bytes);

/* Whether so much is better written past the caches: it would push everything
 * else out of them and not stay itself. */
bool edist_pages_stream(size_t bytes);

#endif
