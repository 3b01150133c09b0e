#include "engine/queue.h"

#include <stdlib.h>

#include "kernel/size.h"

struct edist_queue edist_queue_make(const struct edist_blocks *blocks) {
  const size_t slabs = edist_size_ceil(blocks->b_rows, blocks->nc);
  atomic_size_t *taken = malloc(slabs * sizeof *taken);
  if (!taken) return (struct edist_queue){.taken = NULL};
  return (struct edist_queue){.blocks = blocks, .taken = taken};
}

void edist_queue_free(struct edist_queue *queue) {
  free(queue->taken);
  queue->taken = NULL;
}

void edist_queue_fill(struct edist_queue *q, struct edist_extent window) {
  const struct edist_blocks *b = q->blocks;
  const size_t first = window.i0 / b->grain;
  size_t left = 0;
  q->first = window.j0 / b->nc;
  q->slabs = edist_size_ceil(window.j1 - window.j0, b->nc);
  q->grains_end = edist_size_ceil(window.i1, b->grain);
  for (size_t s = 0; s < q->slabs; s++) {
    const size_t from = edist_size_min(
        edist_size_max(first, edist_blocks_first(b, q->first + s)),
        q->grains_end);
    atomic_init(&q->taken[s], from);
    left += q->grains_end - from;
  }
  atomic_init(&q->left, left);
  atomic_init(&q->next, 0);
}

/* How many grains to take from grain `from` of a slab on. */
static size_t share(struct edist_queue *q, size_t from) {
  const struct edist_blocks *b = q->blocks;
  if (b->whole) return 1;
  const size_t fair = atomic_load(&q->left) / (size_t)b->threads;
  const size_t max = edist_size_min(b->mc / b->grain, q->grains_end - from);
  return edist_size_min(max, fair ? fair : 1);
}

static bool take_from(struct edist_queue *q, size_t slab,
                      struct edist_extent *extent) {
  size_t from = atomic_load(&q->taken[slab]), count;
  do {
    if (from >= q->grains_end) return false;
    count = share(q, from);
  } while (!atomic_compare_exchange_weak(&q->taken[slab], &from, from + count));
  atomic_fetch_sub(&q->left, count);
  *extent = edist_blocks_extent(q->blocks, q->first + slab, from, count);
  return true;
}

/* The slab with most work left; the number of slabs if none has any. */
static size_t fullest(struct edist_queue *q) {
  size_t at = q->slabs, min_taken = q->grains_end;
  for (size_t s = 0; s < q->slabs; s++) {
    const size_t taken = atomic_load(&q->taken[s]);
    if (taken < min_taken) {
      min_taken = taken;
      at = s;
    }
  }
  return at;
}

/* The slab that is begun after k others; none if it is not less than their
 * number. Slabs that are begun together lie far apart, for what threads write
 * side by side shares pages, and each would clear them. */
static size_t begun_after(const struct edist_queue *q, size_t k) {
  const size_t threads = (size_t)q->blocks->threads;
  return k % threads * edist_size_ceil(q->slabs, threads) + k / threads;
}

bool edist_queue_take(struct edist_queue *q, size_t *slab,
                      struct edist_extent *extent) {
  const size_t threads = (size_t)q->blocks->threads;
  const size_t begins = edist_size_ceil(q->slabs, threads) * threads;
  if (*slab < q->slabs && take_from(q, *slab, extent)) return true;
  for (;;) {
    const bool all_begun = atomic_load(&q->next) >= begins;
    *slab =
        all_begun ? fullest(q) : begun_after(q, atomic_fetch_add(&q->next, 1));
    if (*slab < q->slabs && take_from(q, *slab, extent)) return true;
    if (all_begun && *slab >= q->slabs) return false;
  }
}
