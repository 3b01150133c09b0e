#include "engine/queue.h"

#include <stdlib.h>

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

struct edist_queue edist_queue_make(const struct edist_blocks *blocks) {
  struct edist_queue q = {.blocks = blocks};
  q.taken = malloc(blocks->columns * sizeof *q.taken);
  if (!q.taken) return q;
  size_t left = 0;
  for (size_t c = 0; c < blocks->columns; c++) {
    atomic_init(&q.taken[c], edist_blocks_first(blocks, c));
    left += blocks->units - edist_blocks_first(blocks, c);
  }
  atomic_init(&q.left, left);
  return q;
}

void edist_queue_free(struct edist_queue *queue) {
  free(queue->taken);
  queue->taken = NULL;
}

/* How many units a block has that begins in unit `from` of its column. */
static size_t share(struct edist_queue *q, size_t from) {
  const struct edist_blocks *b = q->blocks;
  if (b->whole) return 1;
  const size_t fair = atomic_load(&q->left) / (2 * (size_t)b->threads);
  const size_t most = least(b->mc / b->unit, b->units - from);
  return least(most, fair ? fair : 1);
}

static bool take_from(struct edist_queue *q, size_t column,
                      struct edist_extent *extent) {
  size_t from = atomic_load(&q->taken[column]), count;
  do {
    if (from >= q->blocks->units) return false;
    count = share(q, from);
  } while (
      !atomic_compare_exchange_weak(&q->taken[column], &from, from + count));
  atomic_fetch_sub(&q->left, count);
  *extent = edist_blocks_extent(q->blocks, column, from, count);
  return true;
}

/* The column with most work left, or as many as there are if none has any. */
static size_t most_left(struct edist_queue *q) {
  size_t at = q->blocks->columns, least_taken = q->blocks->units;
  for (size_t c = 0; c < q->blocks->columns; c++) {
    const size_t taken = atomic_load(&q->taken[c]);
    if (taken < least_taken) {
      least_taken = taken;
      at = c;
    }
  }
  return at;
}

bool edist_queue_take(struct edist_queue *q, size_t *column,
                      struct edist_extent *extent) {
  const size_t columns = q->blocks->columns;
  if (*column < columns && take_from(q, *column, extent)) return true;
  for (;;) {
    const bool begun = atomic_load(&q->column) >= columns;
    *column = begun ? most_left(q) : atomic_fetch_add(&q->column, 1);
    if (*column < columns && take_from(q, *column, extent)) return true;
    if (begun && *column >= columns) return false;
  }
}
