/* The metrics: what is summed over the columns, and what is done to the sum.
 * A new metric is one kernel body (or one already there) and one row here. */
#ifndef EDIST_METRIC_H
#define EDIST_METRIC_H

#include "kernel/kernel.h"

enum edist_finish { EDIST_FINISH_none, EDIST_FINISH_root };

struct edist_metric {
  const char *name;
  enum edist_accumulate accumulate;
  enum edist_finish finish;
};

/* Ends with a row whose name is NULL. */
extern const struct edist_metric edist_metric_table[];

/* NULL if there is no metric of that name. */
const struct edist_metric *edist_metric_find(const char *name);

#endif
