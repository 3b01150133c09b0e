#include "search/cost.h"

#include <math.h>

/* Of a term in a plain tile. */
static const double TERM = 0.06;

static double pairs_cost(const struct edist_work *work, size_t ncol) {
  const double p = (double)ncol;
  const double pairs = (work->pairs - work->waited) * (2 + TERM * p) +
                       work->waited * (60 + 0.45 * p);
  return pairs + work->nodes * 3 * p;
}

static double screen_cost(const struct edist_work *work, size_t ncol,
                          double code) {
  return work->screened * (0.25 + code * TERM * (double)ncol);
}

double edist_work_cost(const struct edist_work *work, size_t ncol,
                       double code) {
  const double boxes = work->tests * (2 + 0.4 * (double)ncol);
  return (pairs_cost(work, ncol) + screen_cost(work, ncol, code) + boxes) /
         fmax(work->queries, 1);
}

double edist_work_cost_without_boxes(const struct edist_work *work, size_t ncol,
                                     double code) {
  const double more = work->kept > 0 ? work->tests / work->kept : 1;
  return (pairs_cost(work, ncol) + more * screen_cost(work, ncol, code)) /
         fmax(work->queries, 1);
}

double edist_cost_of_tree(size_t nrow, size_t ncol) {
  const double n = (double)nrow;
  return n * (40 * fmax(log2(n / 24), 1) + 15 * (double)ncol);
}

double edist_cost_of_all(size_t nrow, size_t ncol) {
  return (double)nrow * (0.35 + TERM * (double)ncol);
}
