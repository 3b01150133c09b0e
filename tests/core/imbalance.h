/* How evenly the engine divides its work: counted, not timed. */
#ifndef EDIST_IMBALANCE_H
#define EDIST_IMBALANCE_H

#include <math.h>
#include <string.h>

#include "engine/queue.h"

/* Threads that are equally fast, one of which takes the next block when it has
 * done fewest pairs: the most that one gets, over the mean. */
static inline double imbalance(const struct edist_blocks *blocks) {
  enum { MAX = 128 };
  struct edist_queue queue = edist_queue_make(blocks);
  double most = 0;
  for (size_t i = 0; i < blocks->nrow; i += blocks->a_rows) {
    for (size_t j = 0; j < blocks->ncol; j += blocks->b_rows) {
      const struct edist_extent window = edist_blocks_window(blocks, i, j);
      size_t slab[MAX], pairs[MAX] = {0}, all = 0, max = 0;
      struct edist_extent e;
      int next = 0;
      memset(slab, -1, sizeof slab);
      edist_queue_fill(&queue, window);
      while (edist_queue_take(&queue, &slab[next], &e)) {
        pairs[next] += edist_blocks_pairs(blocks, e);
        all += edist_blocks_pairs(blocks, e);
        if (pairs[next] > max) max = pairs[next];
        for (int t = 0; t < blocks->threads; t++) {
          if (pairs[t] < pairs[next]) next = t;
        }
      }
      if (all > 0)
        most = fmax(most, (double)max * blocks->threads / (double)all);
    }
  }
  edist_queue_free(&queue);
  return most;
}

#endif
