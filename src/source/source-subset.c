#include "source/source.h"

#include "kernel/size.h"

enum { COLUMNS = 256 };

/* Row by row: they may come from anywhere. */
static unsigned pack(const struct edist_source *source,
                     const struct edist_kernel *kernel, size_t i0, size_t nrow,
                     size_t k0, size_t ncol, size_t lanes, double *panels) {
  const struct edist_subset *subset = source->data;
  const size_t rows = edist_size_ceil(nrow, lanes) * lanes;
  double value[COLUMNS];
  unsigned flags = 0;
  for (size_t i = 0; i < rows; i++) {
    double *to = panels + i / lanes * lanes * ncol + i % lanes;
    for (size_t k = 0; k < ncol; k += COLUMNS) {
      const size_t count = edist_size_min(ncol - k, COLUMNS);
      if (i < nrow) {
        const size_t row = (size_t)subset->row[i0 + i] - 1;
        flags |= subset->of->pack(subset->of, kernel, row, 1, k0 + k, count, 1,
                                  value);
      }
      for (size_t c = 0; c < count; c++) {
        to[(k + c) * lanes] = i < nrow ? value[c] : 0;
      }
    }
  }
  return flags;
}

struct edist_source edist_source_subset(const struct edist_subset *subset,
                                        size_t nrow) {
  return (struct edist_source){
      .nrow = nrow, .ncol = subset->of->ncol, .pack = pack, .data = subset};
}
