#include "engine/metric.h"

#include <string.h>

#define SUM(name) EDIST_ACCUMULATE_##name
#define TO(name) EDIST_FINISH_##name

const struct edist_metric edist_metric_table[] = {
    {"euclidean", SUM(sqdist), TO(root), .rescale = true},
    {"maximum", SUM(maxdiff), TO(none), .rescale = false},
    {"manhattan", SUM(absdiff), TO(none), .rescale = true},
    {"canberra", SUM(canberra), TO(none), .rescale = true},
    {"binary", SUM(binary), TO(share), .rescale = false},
    {"minkowski", SUM(power), TO(power), .rescale = true},
    {"sqeuclidean", SUM(sqdist), TO(none), .rescale = true},
    {"cosine", SUM(sqdist), TO(half), .unit_rows = true},
    {"correlation", SUM(sqdist), TO(half), .unit_rows = true, .centred = true},
    {.name = NULL},
};

const struct edist_metric *edist_metric_find(const char *name) {
  const struct edist_metric *metric = edist_metric_table;
  while (metric->name && strcmp(metric->name, name) != 0) metric++;
  return metric->name ? metric : NULL;
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

/* Powers above this take more multiplications than a call of pow() does. */
enum { MOST_HALVES = 32 };

struct edist_metric edist_metric_minkowski(struct edist_power *power,
                                           bool strict) {
  struct edist_metric metric = *edist_metric_find("minkowski");
  if (strict) return metric;
  if (power->exponent == 1) return *edist_metric_find("manhattan");
  if (power->exponent == 2) return *edist_metric_find("euclidean");
  const double halves = 2 * power->exponent;
  if (halves >= 1 && halves <= MOST_HALVES && halves == (int)halves) {
    power->halves = (int)halves;
    metric.accumulate = EDIST_ACCUMULATE_halfpower;
  }
  return metric;
}
