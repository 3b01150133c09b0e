/* Which queries a thread does next. */
#ifndef EDIST_QUERIES_H
#define EDIST_QUERIES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Some rows of a leaf of the query side, or of as many behind the last leaf: so
 * many from `from` on, as far as there are any. */
struct edist_queries {
  size_t leaf, from, count;
};

/* Takes the next of `all` positions, which are those of leaves of so many rows
 * each, in micro-panels of mr: a whole leaf, but fewer rows towards the end, so
 * that all threads finish together. False if none is left. */
bool edist_queries_take(atomic_size_t *next, size_t all, size_t leaf, size_t mr,
                        int threads, struct edist_queries *taken);

#endif
