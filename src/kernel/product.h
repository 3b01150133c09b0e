/* Products of sizes, for what is allocated. */
#ifndef EDIST_PRODUCT_H
#define EDIST_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

/* a * b, or SIZE_MAX where that is no size: there is no such memory, either. */
static inline size_t edist_product(size_t a, size_t b) {
  return b > 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

#endif
