#include "engine/queue.h"

#include <stdlib.h>

#include "kernel/size.h"

struct edist_queue edist_queue_make(const struct edist_blocks *blocks) {
  struct edist_queue q = {.blocks = blocks};
  q.taken = malloc(blocks->slabs * sizeof *q.taken);
  if (!q.taken) return q;
  size_t left = 0;
  for (size_t s = 0; s < blocks->slabs; s++) {
    atomic_init(&q.taken[s], edist_blocks_first(blocks, s));
    left += blocks->grains - edist_blocks_first(blocks, s);
  }
  atomic_init(&q.left, left);
  return q;
}

void edist_queue_free(struct edist_queue *queue) {
  free(queue->taken);
  queue->taken = NULL;
}

/* How many grains to take from grain `from` of a slab on. */
static size_t share(struct edist_queue *q, size_t from) {
  const struct edist_blocks *b = q->blocks;
  if (b->whole) return 1;
  const size_t fair = atomic_load(&q->left) / (2 * (size_t)b->threads);
  const size_t max = edist_size_min(b->mc / b->grain, b->grains - from);
  return edist_size_min(max, fair ? fair : 1);
}

static bool take_from(struct edist_queue *q, size_t slab,
                      struct edist_extent *extent) {
  size_t from = atomic_load(&q->taken[slab]), count;
  do {
    if (from >= q->blocks->grains) return false;
    count = share(q, from);
  } while (!atomic_compare_exchange_weak(&q->taken[slab], &from, from + count));
  atomic_fetch_sub(&q->left, count);
  *extent = edist_blocks_extent(q->blocks, slab, from, count);
  return true;
}

/* The slab with most work left; the number of slabs if none has any. */
static size_t fullest(struct edist_queue *q) {
  size_t at = q->blocks->slabs, min_taken = q->blocks->grains;
  for (size_t s = 0; s < q->blocks->slabs; s++) {
    const size_t taken = atomic_load(&q->taken[s]);
    if (taken < min_taken) {
      min_taken = taken;
      at = s;
    }
  }
  return at;
}

bool edist_queue_take(struct edist_queue *q, size_t *slab,
                      struct edist_extent *extent) {
  const size_t slabs = q->blocks->slabs;
  if (*slab < slabs && take_from(q, *slab, extent)) return true;
  for (;;) {
    const bool all_begun = atomic_load(&q->next) >= slabs;
    *slab = all_begun ? fullest(q) : atomic_fetch_add(&q->next, 1);
    if (*slab < slabs && take_from(q, *slab, extent)) return true;
    if (all_begun && *slab >= slabs) return false;
  }
}
