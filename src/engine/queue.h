/* Which thread does which block: without locks, and whatever the order, with
 * the same bits. */
#ifndef EDIST_QUEUE_H
#define EDIST_QUEUE_H

#include <stdatomic.h>

#include "engine/blocks.h"

struct edist_queue {
  const struct edist_blocks *blocks;
  atomic_size_t column; /* the next that nobody has begun */
  atomic_size_t left;   /* units, of all columns */
  atomic_size_t *taken; /* units, of each column; NULL without memory */
};

struct edist_queue edist_queue_make(const struct edist_blocks *blocks);
void edist_queue_free(struct edist_queue *queue);

/* Takes the next block for a thread whose column of blocks is `column`, which
 * it keeps to while there is work in it, for the sake of the panels it holds:
 * after that it begins a new column, and when there is none it helps where most
 * is left. Blocks grow smaller towards the end, so that all threads finish
 * together. False if nothing is left. Any column serves at first. */
bool edist_queue_take(struct edist_queue *queue, size_t *column,
                      struct edist_extent *extent);

#endif
