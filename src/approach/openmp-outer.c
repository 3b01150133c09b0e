#include "approach/openmp-outer.h"

#include <math.h>

#include "engine/parallel.h"

void edist_openmp_outer_fill(const double *x, size_t nrow_x, const double *y,
                             size_t nrow_y, size_t ncol, double *out,
                             int threads) {
  threads = edist_parallel_threads(threads);
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) if (threads > 1)
#endif
  for (size_t j = 0; j < nrow_y; j++) {
    for (size_t i = 0; i < nrow_x; i++) {
      double sum = 0;
#ifdef _OPENMP
#pragma omp simd reduction(+ : sum)
#endif
      for (size_t k = 0; k < ncol; k++) {
        const double diff = x[i * ncol + k] - y[j * ncol + k];
        sum += diff * diff;
      }
      out[i + j * nrow_x] = sqrt(sum);
    }
  }
}
