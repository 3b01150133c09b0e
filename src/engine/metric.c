#include "engine/metric.h"

#include <string.h>

#include "kernel/size.h"

#define SUM(name) EDIST_ACCUMULATE_##name
#define BY(name) EDIST_TRANSFORM_##name
#define ROWS(name) EDIST_ROWS_##name

const struct edist_metric edist_metric_table[] = {
    {"euclidean", SUM(sqdist), BY(root), .rescale = true},
    {"maximum", SUM(maxdiff), BY(none), .rescale = false},
    {"manhattan", SUM(absdiff), BY(none), .rescale = true},
    {"canberra", SUM(canberra), BY(none), .rescale = true, .counts = true},
    {"binary", SUM(binary), BY(share), .rescale = false},
    {"minkowski", SUM(power), BY(power), .rescale = true},
    {"sqeuclidean", SUM(sqdist), BY(none), .rescale = true},
    {"cosine", SUM(sqdist), BY(half), .rows = ROWS(unit)},
    {"correlation", SUM(sqdist), BY(half), .rows = ROWS(centred)},
    {"spearman", SUM(sqdist), BY(half), .rows = ROWS(centred)},
    {"chord", SUM(sqdist), BY(root), .rows = ROWS(unit)},
    {"hellinger", SUM(sqdist), BY(root), .rows = ROWS(root_shares)},
    {"jensenshannon", SUM(jensenshannon), BY(divergence), .rows = ROWS(shares)},
    {"braycurtis", SUM(braycurtis), BY(ratio), .counts = true},
    {"ruzicka", SUM(braycurtis), BY(ruzicka), .counts = true},
    {"hamming", SUM(hamming), BY(ratio), .rescale = false},
    {"dice", SUM(binary), BY(dice), .rescale = false},
    {"simplematching", SUM(binary), BY(matching), .rescale = false},
    {"gower", SUM(gower), BY(ratio), .rescale = false},
    {"haversine", SUM(opposite), BY(angle), .rescale = false},
    {"given", SUM(sqdist), BY(none), .rescale = false},
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
  for (size_t k0 = 0; k0 < count; k0 += EDIST_SUM_BLOCK) {
    const size_t k1 = edist_size_min(k0 + EDIST_SUM_BLOCK, count);
    double block = 0;
    for (size_t k = k0; k < k1; k++) block += weights[k];
    sum += block;
  }
  return sum;
}

struct edist_metric edist_metric_weighted(struct edist_metric metric) {
  if (metric.accumulate == EDIST_ACCUMULATE_sqdist) {
    metric.accumulate = EDIST_ACCUMULATE_weighted;
  }
  return metric;
}

struct edist_metric edist_metric_paired(void) {
  struct edist_metric metric = *edist_metric_find("euclidean");
  metric.accumulate = EDIST_ACCUMULATE_paired;
  metric.rescale = false;
  return metric;
}

/* |x - y| is all that is left to sum: what is on in either row is half of both
 * totals and the differences, and |x + y| of whole numbers from 0 adds up to
 * both totals. As all sums are exact, results have the same bits either way. */
bool edist_metric_totals(const struct edist_metric *metric, bool *on) {
  *on = metric->accumulate == EDIST_ACCUMULATE_binary;
  return *on || metric->accumulate == EDIST_ACCUMULATE_braycurtis;
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
