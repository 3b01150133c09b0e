/* Which thread does which block: without locks, and whatever the order, with
 * the same bits. */
#ifndef EDIST_QUEUE_H
#define EDIST_QUEUE_H

#include <stdatomic.h>

#include "engine/blocks.h"

struct edist_queue {
  const struct edist_blocks *blocks;
  size_t first, slabs;  /* of the window: its first slab, and how many */
  size_t grains_end;    /* the grain behind its last */
  atomic_size_t next;   /* how many slabs threads have begun */
  atomic_size_t left;   /* grains, of all slabs */
  atomic_size_t *taken; /* grains, of each slab; NULL without memory */
};

/* Empty, with room for any window. */
struct edist_queue edist_queue_make(const struct edist_blocks *blocks);
void edist_queue_free(struct edist_queue *queue);

/* Fills the queue with a window. */
void edist_queue_fill(struct edist_queue *queue, struct edist_extent window);

/* Takes the next block for a thread that works in `slab`, and stays there while
 * it has work: what it reads, and what its sink keeps, is in its caches. After
 * that the thread begins a new slab; when there is none it helps where most is
 * left. Blocks shrink towards the end, so that all threads finish together.
 * False if nothing is left. Initially `slab` may be anything. */
bool edist_queue_take(struct edist_queue *queue, size_t *slab,
                      struct edist_extent *extent);

#endif
