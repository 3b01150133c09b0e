#include "approach/openmp-inner.h"

#include <math.h>

#include "engine/parallel.h"

void edist_openmp_inner_fill(const double *x, size_t nrow_x, const double *y,
                             size_t nrow_y, size_t ncol, double *out,
                             int threads) {
  threads = edist_parallel_threads(threads);
  for (size_t j = 0; j < nrow_y; j++) {
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) if (threads > 1)
#endif
    for (size_t i = 0; i < nrow_x; i++) {
      double sum = 0;
      for (size_t k = 0; k < ncol; k++) {
        const double diff = x[i * ncol + k] - y[j * ncol + k];
        sum += diff * diff;
      }
      out[i + j * nrow_x] = sqrt(sum);
    }
  }
}
