#include "engine/scratch.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/size.h"
#include "sink/pages.h"

/* Clearing the pages of fresh memory takes the system longer than packing what
 * they hold. So one block stays for the next run. tools/core-build.sh keeps
 * none: sanitizers see the ends of fresh blocks. */
#ifndef EDIST_KEPT_BYTES
#define EDIST_KEPT_BYTES ((size_t)64 << 20)
#endif

/* Less comes from the C library, which keeps it by itself. */
enum { MIN_KEPT_BYTES = 1 << 20 };

/* Stands before the memory of a block. */
struct edist_scratch_block {
  size_t bytes;
};

static _Atomic(struct edist_scratch_block *) kept;

/* In place of what was kept before. */
static void keep(struct edist_scratch_block *block) {
  free(atomic_exchange(&kept, block));
}

static struct edist_scratch_block *block_of(size_t bytes) {
  if (bytes >= MIN_KEPT_BYTES) {
    struct edist_scratch_block *block = atomic_exchange(&kept, NULL);
    if (block && block->bytes >= bytes) return block;
    if (block) keep(block);
  }
  struct edist_scratch_block *block = malloc(bytes);
  if (!block) return NULL;
  block->bytes = bytes;
  edist_pages_huge(block, bytes);
  return block;
}

struct edist_scratch edist_scratch_make(size_t per_thread, int threads) {
  const size_t line = EDIST_CACHE_LINE / sizeof(double);
  struct edist_scratch s = {.per_thread =
                                edist_size_ceil(per_thread, line) * line};
  const size_t bytes = edist_size_product(
      edist_size_product(s.per_thread, (size_t)threads), sizeof(double));
  if (bytes > PTRDIFF_MAX - 2 * EDIST_CACHE_LINE) return s;
  s.block = block_of(bytes + 2 * EDIST_CACHE_LINE);
  if (!s.block) return s;
  const uintptr_t mask = EDIST_CACHE_LINE - 1;
  s.data = (double *)(((uintptr_t)(s.block + 1) + mask) & ~mask);
  return s;
}

void edist_scratch_free(struct edist_scratch *scratch) {
  struct edist_scratch_block *block = scratch->block;
  if (block && block->bytes >= MIN_KEPT_BYTES &&
      block->bytes <= EDIST_KEPT_BYTES) {
    keep(block);
  } else {
    free(block);
  }
  *scratch = (struct edist_scratch){.block = NULL};
}
