/* Ranks of the values of each row, for Spearman's correlation. */
#ifndef EDIST_RANKS_H
#define EDIST_RANKS_H

#include "source/source.h"

struct edist_ranked {
  double value;
  size_t column;
};

/* The values of a row that are not missing, ascending; returns their number. */
size_t edist_rank_sort(const double *row, size_t ncol,
                       struct edist_ranked *sorted);

/* Writes twice the ranks, which are whole numbers, into a column-major matrix
 * of the source's shape; equal values share the mean of their ranks. Rows with
 * a missing value become missing, INT_MIN. False without memory. */
bool edist_ranks(const struct edist_source *source,
                 const struct edist_kernel *kernel, int *ranks);

#endif
