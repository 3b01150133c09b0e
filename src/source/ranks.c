#include "source/ranks.h"

#include <limits.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
  const double x = ((const struct edist_ranked *)a)->value;
  const double y = ((const struct edist_ranked *)b)->value;
  return (x > y) - (x < y);
}

size_t edist_rank_sort(const double *row, size_t ncol,
                       struct edist_ranked *sorted) {
  size_t there = 0;
  for (size_t k = 0; k < ncol; k++) {
    if (row[k] == row[k]) sorted[there++] = (struct edist_ranked){row[k], k};
  }
  qsort(sorted, there, sizeof *sorted, by_value);
  return there;
}

/* Of one row, sorted; `to` is its first place. */
static void rank_row(const struct edist_ranked *value, size_t ncol, int *to,
                     size_t ld) {
  for (size_t from = 0, end; from < ncol; from = end) {
    end = from + 1;
    while (end < ncol && value[end].value == value[from].value) end++;
    for (size_t k = from; k < end; k++) {
      to[value[k].column * ld] = (int)(from + 1 + end);
    }
  }
}

bool edist_ranks(const struct edist_source *source,
                 const struct edist_kernel *kernel, int *ranks) {
  const size_t nrow = source->nrow, ncol = source->ncol;
  double *row = malloc((ncol + 1) * sizeof *row);
  if (!row) return false;
  struct edist_ranked *value = malloc((ncol + 1) * sizeof *value);
  if (!value) {
    free(row);
    return false;
  }
  for (size_t i = 0; i < nrow; i++) {
    source->pack(source, kernel, i, 1, 0, ncol, 1, row);
    const bool missing = edist_rank_sort(row, ncol, value) < ncol;
    if (!missing) rank_row(value, ncol, ranks + i, nrow);
    for (size_t k = 0; missing && k < ncol; k++) ranks[i + k * nrow] = INT_MIN;
  }
  free(value);
  free(row);
  return true;
}
