/* Memory shared by this process and those forked from it: all see what one
 * writes. */
#ifndef EDIST_SHARED_H
#define EDIST_SHARED_H

#include <stddef.h>

/* `bytes` of zeros, or NULL if there is no such memory, as on Windows. */
void *edist_shared_map(size_t bytes);
void edist_shared_unmap(void *memory, size_t bytes);

#endif
