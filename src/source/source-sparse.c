#include <math.h>
#include <string.h>

#include "kernel/size.h"
#include "source/source.h"

/* The first entry from `from` on, before `to`, whose row is at least `row`. */
static int first_from(const int *rows, int from, int to, size_t row) {
  while (from < to) {
    const int middle = from + (to - from) / 2;
    if ((size_t)rows[middle] < row) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

static unsigned pack(const struct edist_source *source,
                     const struct edist_kernel *kernel, size_t i0, size_t nrow,
                     size_t k0, size_t ncol, size_t lanes, double *panels) {
  (void)kernel;
  const struct edist_sparse *x = source->data;
  const size_t rows = edist_size_ceil(nrow, lanes) * lanes;
  unsigned flags = 0;
  memset(panels, 0, rows * ncol * sizeof *panels);
  for (size_t k = 0; k < ncol; k++) {
    const int end = x->start[k0 + k + 1];
    int at = first_from(x->row, x->start[k0 + k], end, i0);
    for (; at < end && (size_t)x->row[at] < i0 + nrow; at++) {
      const size_t i = (size_t)x->row[at] - i0;
      const double value = x->value[at], size = fabs(value);
      panels[i / lanes * lanes * ncol + k * lanes + i % lanes] = value;
      if (!isfinite(value)) flags |= EDIST_VALUES_nonfinite;
      if (size < EDIST_TINY_VALUE && size > 0) flags |= EDIST_VALUES_tiny;
      if (size >= EDIST_HUGE_VALUE) flags |= EDIST_VALUES_huge;
    }
  }
  return flags;
}

struct edist_source edist_source_sparse(const struct edist_sparse *sparse,
                                        size_t nrow, size_t ncol) {
  return (struct edist_source){
      .nrow = nrow, .ncol = ncol, .pack = pack, .data = sparse};
}
