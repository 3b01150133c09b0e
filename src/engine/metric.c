#include "engine/metric.h"

#include <string.h>

#define SUM(name) EDIST_ACCUMULATE_##name
#define BY(name) EDIST_TRANSFORM_##name

const struct edist_metric edist_metric_table[] = {
    {"euclidean", SUM(sqdist), BY(root), .rescale = true},
    {"maximum", SUM(maxdiff), BY(none), .rescale = false},
    {"manhattan", SUM(absdiff), BY(none), .rescale = true},
    {"canberra", SUM(canberra), BY(none), .rescale = true},
    {"binary", SUM(binary), BY(share), .rescale = false},
    {"minkowski", SUM(power), BY(power), .rescale = true},
    {"sqeuclidean", SUM(sqdist), BY(none), .rescale = true},
    {"cosine", SUM(sqdist), BY(half), .unit_rows = true},
    {"correlation", SUM(sqdist), BY(half), .unit_rows = true, .centred = true},
    {.name = NULL},
};

const struct edist_metric *edist_metric_find(const char *name) {
  const struct edist_metric *metric = edist_metric_table;
  while (metric->name && strcmp(metric->name, name) != 0) metric++;
  return metric->name ? metric : NULL;
}

double edist_weights_sum(const double *weights, size_t count) {
  if (!weights) return (double)count;
  double sum = 0;
  for (size_t k = 0; k < count; k++) sum += weights[k];
  return sum;
}

struct edist_metric edist_metric_weighted(void) {
  struct edist_metric metric = *edist_metric_find("euclidean");
  metric.accumulate = EDIST_ACCUMULATE_weighted;
  return metric;
}

struct edist_metric edist_metric_paired(void) {
  struct edist_metric metric = *edist_metric_find("euclidean");
  metric.accumulate = EDIST_ACCUMULATE_paired;
  metric.rescale = false;
  return metric;
}

/* Beyond this the multiplications take longer than a call of pow(). */
enum { MAX_HALVES = 32 };

struct edist_metric edist_metric_minkowski(struct edist_power *power,
                                           bool strict) {
  struct edist_metric metric = *edist_metric_find("minkowski");
  if (strict) return metric;
  if (power->exponent == 1) return *edist_metric_find("manhattan");
  if (power->exponent == 2) return *edist_metric_find("euclidean");
  const double halves = 2 * power->exponent;
  if (halves >= 1 && halves <= MAX_HALVES && halves == (int)halves) {
    power->halves = (int)halves;
    metric.accumulate = EDIST_ACCUMULATE_halfpower;
  }
  return metric;
}
