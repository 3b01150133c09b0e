#include "engine/metric.h"

#include <string.h>

const struct edist_metric edist_metric_table[] = {
    {"euclidean", EDIST_ACCUMULATE_sqdist, EDIST_FINISH_root},
    {"sqeuclidean", EDIST_ACCUMULATE_sqdist, EDIST_FINISH_none},
    {NULL, EDIST_ACCUMULATE_count, EDIST_FINISH_none},
};

const struct edist_metric *edist_metric_find(const char *name) {
  const struct edist_metric *metric = edist_metric_table;
  while (metric->name && strcmp(metric->name, name) != 0) metric++;
  return metric->name ? metric : NULL;
}
