/* Memory that a run needs besides its result: block sizes bound it, whatever
 * the number of observations. */
#ifndef EDIST_SCRATCH_H
#define EDIST_SCRATCH_H

#include <stddef.h>

/* In bytes: threads that write to different ones do not disturb each other. */
enum { EDIST_CACHE_LINE = 64 };

struct edist_scratch {
  struct edist_scratch_block *block; /* what to free */
  double *data;
  size_t per_thread; /* in doubles */
};

/* Room for `threads` threads, aligned to cache lines; data is NULL if there is
 * no memory. Call it outside parallel regions. */
struct edist_scratch edist_scratch_make(size_t per_thread, int threads);
void edist_scratch_free(struct edist_scratch *scratch);

#endif
