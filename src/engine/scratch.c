#include "engine/scratch.h"

#include <stdint.h>
#include <stdlib.h>

#include "kernel/size.h"
#include "sink/pages.h"

enum { CACHE_LINE = 64 };

struct edist_scratch edist_scratch_make(size_t per_thread, int threads) {
  const size_t line = CACHE_LINE / sizeof(double);
  struct edist_scratch s = {.per_thread =
                                (per_thread + line - 1) / line * line};
  const size_t bytes = edist_size_product(
      edist_size_product(s.per_thread, (size_t)threads), sizeof(double));
  s.base = bytes < PTRDIFF_MAX - CACHE_LINE ? malloc(bytes + CACHE_LINE) : NULL;
  if (!s.base) return s;
  const uintptr_t mask = CACHE_LINE - 1;
  s.data = (double *)(((uintptr_t)s.base + mask) & ~mask);
  edist_pages_huge(s.data, bytes);
  return s;
}

void edist_scratch_free(struct edist_scratch *scratch) {
  free(scratch->base);
  *scratch = (struct edist_scratch){.base = NULL};
}
