#include <limits.h>

#include "source/source.h"

static void double_pack(const struct edist_source *source,
                        const struct edist_kernel *kernel, size_t i0,
                        size_t nrow, size_t k0, size_t ncol, size_t lanes,
                        double *panels) {
  const double *x = (const double *)source->data + i0 + k0 * source->nrow;
  kernel->pack_double(x, source->nrow, nrow, ncol, lanes, panels);
}

static void integer_pack(const struct edist_source *source,
                         const struct edist_kernel *kernel, size_t i0,
                         size_t nrow, size_t k0, size_t ncol, size_t lanes,
                         double *panels) {
  const int *x = (const int *)source->data + i0 + k0 * source->nrow;
  kernel->pack_integer(x, source->nrow, nrow, ncol, lanes, panels);
}

/* 0 times a finite value is 0, times any other NaN: one sum says it all, and
 * vector units form it as fast as memory delivers. */
static bool double_finite(const struct edist_source *source, size_t begin,
                          size_t end) {
  const double *x = source->data;
  double sum = 0;
#ifdef _OPENMP
#pragma omp simd reduction(+ : sum)
#endif
  for (size_t i = begin; i < end; i++) sum += 0 * x[i];
  return sum == 0;
}

static bool integer_finite(const struct edist_source *source, size_t begin,
                           size_t end) {
  const int *x = source->data;
  int missing = 0;
#ifdef _OPENMP
#pragma omp simd reduction(| : missing)
#endif
  for (size_t i = begin; i < end; i++) missing |= x[i] == INT_MIN;
  return !missing;
}

struct edist_source edist_source_double(const double *data, size_t nrow,
                                        size_t ncol) {
  return (struct edist_source){.nrow = nrow,
                               .ncol = ncol,
                               .pack = double_pack,
                               .finite = double_finite,
                               .data = data};
}

struct edist_source edist_source_integer(const int *data, size_t nrow,
                                         size_t ncol) {
  return (struct edist_source){.nrow = nrow,
                               .ncol = ncol,
                               .pack = integer_pack,
                               .finite = integer_finite,
                               .data = data};
}
