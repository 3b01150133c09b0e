/* Memory that a run needs beside its result: bounded by block sizes, whatever
 * the number of observations. */
#ifndef EDIST_SCRATCH_H
#define EDIST_SCRATCH_H

#include <stddef.h>

struct edist_scratch {
  void *base; /* what to free */
  double *data;
  size_t per_thread; /* in doubles */
};

/* Cache-line aligned room for `threads` threads; data is NULL if there is no
 * memory. Call from outside parallel regions. */
struct edist_scratch edist_scratch_make(size_t per_thread, int threads);
void edist_scratch_free(struct edist_scratch *scratch);

#endif
