#include "source/source.h"

static unsigned double_pack(const struct edist_source *source,
                            const struct edist_kernel *kernel, size_t i0,
                            size_t nrow, size_t k0, size_t ncol, size_t lanes,
                            double *panels) {
  const double *x = (const double *)source->data + i0 + k0 * source->nrow;
  return kernel->pack_double(x, source->nrow, nrow, ncol, lanes, panels);
}

static unsigned integer_pack(const struct edist_source *source,
                             const struct edist_kernel *kernel, size_t i0,
                             size_t nrow, size_t k0, size_t ncol, size_t lanes,
                             double *panels) {
  const int *x = (const int *)source->data + i0 + k0 * source->nrow;
  return kernel->pack_integer(x, source->nrow, nrow, ncol, lanes, panels);
}

struct edist_source edist_source_double(const double *data, size_t nrow,
                                        size_t ncol) {
  return (struct edist_source){
      .nrow = nrow, .ncol = ncol, .pack = double_pack, .data = data};
}

struct edist_source edist_source_integer(const int *data, size_t nrow,
                                         size_t ncol) {
  return (struct edist_source){
      .nrow = nrow, .ncol = ncol, .pack = integer_pack, .data = data};
}
