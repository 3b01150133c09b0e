#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* for MAP_ANONYMOUS */
#endif
#include "approach/shared.h"

#ifdef _WIN32
void *edist_shared_map(size_t bytes) {
  (void)bytes;
  return NULL;
}

void edist_shared_unmap(void *memory, size_t bytes) {
  (void)memory;
  (void)bytes;
}
#else
#include <sys/mman.h>

void *edist_shared_map(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void edist_shared_unmap(void *memory, size_t bytes) { munmap(memory, bytes); }
#endif
