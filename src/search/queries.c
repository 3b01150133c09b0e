#include "search/queries.h"

#include "kernel/size.h"

/* With fewer queries, a leaf of the base is fetched for little arithmetic. */
enum { MIN_QUERIES = 24 };

bool edist_queries_take(atomic_size_t *next, size_t all, size_t leaf, size_t mr,
                        int threads, struct edist_queries *taken) {
  size_t from = atomic_load(next), count;
  do {
    if (from >= all) return false;
    const size_t fair = (all - from) / (size_t)threads;
    count = leaf - from % leaf;
    if (threads > 1) {
      const size_t few = edist_size_max(fair, MIN_QUERIES) / mr * mr;
      count = edist_size_min(count, few);
    }
  } while (!atomic_compare_exchange_weak(next, &from, from + count));
  *taken = (struct edist_queries){from / leaf, from % leaf, count};
  return true;
}
