/* The metrics: what is summed over the columns, and what makes a distance of
 * the sum. A new metric is a row here, and a tile function unless there is one
 * that fits. */
#ifndef EDIST_METRIC_H
#define EDIST_METRIC_H

#include "kernel/kernel.h"
#include "source/source.h"

struct edist_metric {
  const char *name;
  enum edist_accumulate accumulate;
  enum edist_transform transform;
  bool rescale; /* the sum, where columns were left out */
  bool counts;  /* columns, even where no value is missing */
  enum edist_rows rows;
};

/* Ends with a row whose name is NULL. */
extern const struct edist_metric edist_metric_table[];

/* NULL if there is no metric of that name. */
const struct edist_metric *edist_metric_find(const char *name);

/* The weights of the first `count` columns, 1 without, added in blocks as
 * kernels do. */
double edist_weights_sum(const double *weights, size_t count);

/* The metric with weights of the columns: squares have a tile function for
 * them, the others use the one for missing values. */
struct edist_metric edist_metric_weighted(struct edist_metric metric);

/* The Euclidean distance of rows of paired columns (source/whiten.h). A row is
 * complete or missing as a whole. */
struct edist_metric edist_metric_paired(void);

/* Whether sums of rows save the metric half of the work, and whether it counts
 * values that are on. */
bool edist_metric_totals(const struct edist_metric *metric, bool *on);

/* Minkowski's distance by the cheapest way to raise to the power; with
 * `strict`, the function `raise` for every term. */
struct edist_metric edist_metric_minkowski(struct edist_power *power,
                                           bool strict);

#endif
