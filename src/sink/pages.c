/* madvise() is no part of C17: ask the C library for it. */
#define _DEFAULT_SOURCE
#include "sink/pages.h"

#include <stdint.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { HUGE_PAGE = 2 << 20, MIN_STREAM = 16 << 20 };

void edist_pages_huge(void *memory, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  const uintptr_t mask = (uintptr_t)HUGE_PAGE - 1;
  const uintptr_t begin = ((uintptr_t)memory + mask) & ~mask;
  const uintptr_t end = ((uintptr_t)memory + bytes) & ~mask;
  if (begin < end) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

bool edist_pages_stream(size_t bytes) { return bytes >= MIN_STREAM; }
