/* The metrics: what is summed over the columns, and what is done to the sum.
 * A new metric is one kernel body (or one already there) and one row here. */
#ifndef EDIST_METRIC_H
#define EDIST_METRIC_H

#include "kernel/kernel.h"

struct edist_metric {
  const char *name;
  enum edist_accumulate accumulate;
  enum edist_finish finish;
  bool rescale;   /* the sum, where columns are missing */
  bool unit_rows; /* of rows that the source makes unit vectors */
  bool centred;   /* ... and of mean 0 before that */
};

/* Ends with a row whose name is NULL. */
extern const struct edist_metric edist_metric_table[];

/* NULL if there is no metric of that name. */
const struct edist_metric *edist_metric_find(const char *name);

/* The Euclidean distance with weights of the columns. */
struct edist_metric edist_metric_weighted(void);

/* The Euclidean distance of rows that two columns hold together: all of a row is
 * there, or nothing. */
struct edist_metric edist_metric_paired(void);

/* Minkowski's distance by the cheapest way to the exponent; `strict` takes the
 * function `raise` for every term, the others for powers that need one. */
struct edist_metric edist_metric_minkowski(struct edist_power *power,
                                           bool strict);

#endif
