#include <limits.h>

#include "source/source.h"

/* Columns packed together: each is then a stream that the hardware prefetches,
 * and a panel receives several cache lines in a row. */
enum { COLUMNS_AT_ONCE = 8 };

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) (void)(address)
#endif

enum { CACHE_LINE = 64 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* One body for the two types. */
#define DEFINE_MATRIX_SOURCE(NAME, TYPE)                                       \
  static void NAME##_panel(const TYPE *restrict x, const TYPE *ahead,          \
                           size_t nrow, size_t lanes,                          \
                           double *restrict panel) {                           \
    size_t i = 0;                                                              \
    for (; i < nrow; i += CACHE_LINE / sizeof(TYPE)) PREFETCH(ahead + i);      \
    i = 0;                                                                     \
    for (; i + 4 <= nrow; i += 4) {                                            \
      panel[i] = x[i];                                                         \
      panel[i + 1] = x[i + 1];                                                 \
      panel[i + 2] = x[i + 2];                                                 \
      panel[i + 3] = x[i + 3];                                                 \
    }                                                                          \
    for (; i < nrow; i++) panel[i] = x[i];                                     \
    for (; i < lanes; i++) panel[i] = 0;                                       \
  }                                                                            \
                                                                               \
  static void NAME##_pack(const struct edist_source *source, size_t i0,        \
                          size_t nrow, size_t k0, size_t ncol, size_t lanes,   \
                          double *panels) {                                    \
    const TYPE *x = (const TYPE *)source->data + i0 + k0 * source->nrow;       \
    for (size_t k = 0; k < ncol; k += COLUMNS_AT_ONCE) {                       \
      const size_t k_end = least(k + COLUMNS_AT_ONCE, ncol);                   \
      for (size_t i = 0; i < nrow; i += lanes) {                               \
        double *panel = panels + i * ncol;                                     \
        for (size_t c = k; c < k_end; c++) {                                   \
          NAME##_panel(x + i + c * source->nrow,                               \
                       x + i + (c + COLUMNS_AT_ONCE) * source->nrow,           \
                       least(lanes, nrow - i), lanes, panel + c * lanes);      \
        }                                                                      \
      }                                                                        \
    }                                                                          \
  }                                                                            \
                                                                               \
  struct edist_source edist_source_##NAME(const TYPE *data, size_t nrow,       \
                                          size_t ncol) {                       \
    return (struct edist_source){.nrow = nrow,                                 \
                                 .ncol = ncol,                                 \
                                 .pack = NAME##_pack,                          \
                                 .finite = NAME##_finite,                      \
                                 .data = data};                                \
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

DEFINE_MATRIX_SOURCE(double, double)
DEFINE_MATRIX_SOURCE(integer, int)
