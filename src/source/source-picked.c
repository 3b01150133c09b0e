#include "source/source.h"

enum { COLUMNS = 256 };

/* Row by row: they may stand anywhere. */
static unsigned pack(const struct edist_source *source,
                     const struct edist_kernel *kernel, size_t i0, size_t nrow,
                     size_t k0, size_t ncol, size_t lanes, double *panels) {
  const struct edist_picked *picked = source->data;
  const size_t rows = (nrow + lanes - 1) / lanes * lanes;
  double value[COLUMNS];
  unsigned seen = 0;
  for (size_t i = 0; i < rows; i++) {
    double *to = panels + i / lanes * lanes * ncol + i % lanes;
    for (size_t k = 0; k < ncol; k += COLUMNS) {
      const size_t left = ncol - k, some = left < COLUMNS ? left : COLUMNS;
      if (i < nrow) {
        const size_t row = (size_t)picked->row[i0 + i] - 1;
        seen |= picked->of->pack(picked->of, kernel, row, 1, k0 + k, some, 1,
                                 value);
      }
      for (size_t c = 0; c < some; c++) {
        to[(k + c) * lanes] = i < nrow ? value[c] : 0;
      }
    }
  }
  return seen;
}

struct edist_source edist_source_picked(const struct edist_picked *picked,
                                        size_t nrow) {
  return (struct edist_source){
      .nrow = nrow, .ncol = picked->of->ncol, .pack = pack, .data = picked};
}
