#include <math.h>

#include "kernel/size.h"
#include "source/source.h"

static unsigned pack(const struct edist_source *source,
                     const struct edist_kernel *kernel, size_t i0, size_t nrow,
                     size_t k0, size_t ncol, size_t lanes, double *panels) {
  (void)kernel;
  const double *x = (const double *)source->data + i0 * source->ncol + k0;
  const size_t rows = edist_size_ceil(nrow, lanes) * lanes;
  bool odd = false, tiny = false, huge = false;
  for (size_t i = 0; i < rows; i++) {
    double *to = panels + i / lanes * lanes * ncol + i % lanes;
    for (size_t k = 0; k < ncol; k++) {
      const double value = i < nrow ? x[i * source->ncol + k] : 0;
      const double size = fabs(value);
      to[k * lanes] = value;
      odd |= !isfinite(value);
      tiny |= (size < EDIST_TINY_VALUE) & (size > 0);
      huge |= size >= EDIST_HUGE_VALUE;
    }
  }
  return (odd ? EDIST_VALUES_nonfinite : 0u) | (tiny ? EDIST_VALUES_tiny : 0u) |
         (huge ? EDIST_VALUES_huge : 0u);
}

struct edist_source edist_source_by_row(const double *data, size_t nrow,
                                        size_t ncol) {
  return (struct edist_source){
      .nrow = nrow, .ncol = ncol, .pack = pack, .data = data};
}
