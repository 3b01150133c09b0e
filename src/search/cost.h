/* What a search has done, and what that costs: the unit is about a nanosecond
 * of one processor, and only ratios count. */
#ifndef EDIST_COST_H
#define EDIST_COST_H

#include <stddef.h>

struct edist_work {
  size_t ncol, ncoord; /* of a row, and of a box */
  double queries;
  double pairs, waited; /* computed, and those of them that had to wait */
  double screened;      /* pairs compared by codes */
  double nodes;         /* whose boxes were tested for a batch */
  double tests, kept;   /* of queries by boxes of leaves; what they left */
};

/* Of a query. `code` is the cost of the products of two codes, if that of a
 * term in a plain tile is 1. */
double edist_work_cost(const struct edist_work *work, double code);

/* The same, if no query were tested by boxes of leaves. */
double edist_work_cost_without_boxes(const struct edist_work *work,
                                     double code);

/* Of the tree of some rows, once. */
double edist_cost_of_tree(size_t nrow, size_t ncol);

/* Of a query, if all pairs with that many rows are computed. */
double edist_cost_of_all(size_t nrow, size_t ncol);

#endif
