/* Arithmetic on sizes. */
#ifndef EDIST_SIZE_H
#define EDIST_SIZE_H

#include <stddef.h>
#include <stdint.h>

static inline size_t edist_size_min(size_t a, size_t b) {
  return a < b ? a : b;
}

static inline size_t edist_size_max(size_t a, size_t b) {
  return a > b ? a : b;
}

/* a * b, but no more than PTRDIFF_MAX: no allocation of that size succeeds. */
static inline size_t edist_size_product(size_t a, size_t b) {
  return b > 0 && a > PTRDIFF_MAX / b ? PTRDIFF_MAX : a * b;
}

/* a / b, rounded up. */
static inline size_t edist_size_ceil(size_t a, size_t b) {
  return a / b + (a % b != 0);
}

#endif
