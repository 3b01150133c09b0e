#include "source/ranks.h"

#include <limits.h>
#include <stdlib.h>

struct ranked {
  double value;
  size_t column;
};

static int by_value(const void *a, const void *b) {
  const double x = ((const struct ranked *)a)->value;
  const double y = ((const struct ranked *)b)->value;
  return (x > y) - (x < y);
}

/* Of one row, whose values are sorted here; `to` is its first place. */
static void rank_row(struct ranked *value, size_t ncol, int *to, size_t ld) {
  qsort(value, ncol, sizeof *value, by_value);
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
  struct ranked *value = malloc((ncol + 1) * sizeof *value);
  if (!value) {
    free(row);
    return false;
  }
  for (size_t i = 0; i < nrow; i++) {
    bool missing = false;
    source->pack(source, kernel, i, 1, 0, ncol, 1, row);
    for (size_t k = 0; k < ncol; k++) {
      missing = missing || row[k] != row[k];
      value[k] = (struct ranked){row[k], k};
    }
    if (!missing) rank_row(value, ncol, ranks + i, nrow);
    for (size_t k = 0; missing && k < ncol; k++) ranks[i + k * nrow] = INT_MIN;
  }
  free(value);
  free(row);
  return true;
}
