/* A source holds observations (rows) of any kind and packs panels of them for
 * the kernels. Whatever can be done once per row belongs here. */
#ifndef EDIST_SOURCE_H
#define EDIST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

struct edist_source {
  size_t nrow, ncol;
  /* Writes columns k0 .. k0+ncol-1 of rows i0 .. i0+nrow-1 as panels of `lanes`
   * rows, one panel after the other; lanes past the last row are zero. Returns
   * whether all of the values were finite. */
  bool (*pack)(const struct edist_source *source,
               const struct edist_kernel *kernel, size_t i0, size_t nrow,
               size_t k0, size_t ncol, size_t lanes, double *panels);
  const void *data;
};

/* Column-major matrices. Integers are signed, 32 bits wide, and INT_MIN stands
 * for a missing value, as in R; R's logical values are such integers. */
struct edist_source edist_source_double(const double *data, size_t nrow,
                                        size_t ncol);
struct edist_source edist_source_integer(const int *data, size_t nrow,
                                         size_t ncol);

#endif
