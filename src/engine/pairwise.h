/* 1 - r of the columns in which neither of two rows has a missing value, as
 * cor() has it with use = "pairwise": each pair has columns of its own. */
#ifndef EDIST_PAIRWISE_H
#define EDIST_PAIRWISE_H

#include "engine/rowwise.h"

struct edist_pairwise {
  bool ranks;      /* Spearman's: of the ranks among these columns */
  double *scratch; /* of all threads */
};

/* What a row of ncol values takes, and the scratch of all threads. */
size_t edist_pairwise_length(bool ranks, size_t ncol);
size_t edist_pairwise_scratch(int threads, size_t ncol);

/* Writes behind the values of each row what helps to compare it with others;
 * false without memory. */
bool edist_pairwise_prepare(const struct edist_pairwise *pairwise, size_t nrow,
                            size_t ncol, double *rows);

edist_row_distance edist_pairwise_distance;

#endif
