#include "search/cost.h"

#include <math.h>

/* Of a term in a plain tile. */
static const double TERM = 0.06;

static double pairs_cost(const struct edist_work *work) {
  const double p = (double)work->ncol;
  const double pairs = (work->pairs - work->waited) * (2 + TERM * p) +
                       work->waited * (60 + 0.45 * p);
  return pairs + work->nodes * 3 * (double)work->ncoord;
}

static double screen_cost(const struct edist_work *work, double code) {
  return work->screened * (0.25 + code * TERM * (double)work->ncol);
}

double edist_work_cost(const struct edist_work *work, double code) {
  const double boxes = work->tests * (2 + 0.4 * (double)work->ncoord);
  return (pairs_cost(work) + screen_cost(work, code) + boxes) /
         fmax(work->queries, 1);
}

double edist_work_cost_without_boxes(const struct edist_work *work,
                                     double code) {
  const double more = work->kept > 0 ? work->tests / work->kept : 1;
  return (pairs_cost(work) + more * screen_cost(work, code)) /
         fmax(work->queries, 1);
}

double edist_cost_of_tree(size_t nrow, size_t ncol) {
  const double n = (double)nrow;
  return n * (40 * fmax(log2(n / 24), 1) + 15 * (double)ncol);
}

double edist_cost_of_all(size_t nrow, size_t ncol) {
  return (double)nrow * (0.35 + TERM * (double)ncol);
}
