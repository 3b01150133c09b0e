/* Ranks of the values of each row, for Spearman's correlation. */
#ifndef EDIST_RANKS_H
#define EDIST_RANKS_H

#include "source/source.h"

/* Writes twice the ranks, which are whole numbers, into a column-major matrix
 * of the source's shape; equal values share the mean of their ranks. Rows with
 * a missing value become missing, INT_MIN. False without memory. */
bool edist_ranks(const struct edist_source *source,
                 const struct edist_kernel *kernel, int *ranks);

#endif
