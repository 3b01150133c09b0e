/* The most that this machine can do of what the engine does, in registers alone and
 * in fresh memory.
 *
 *   cc -O2 -march=native -fopenmp -I../src peak.c -o peak && ./peak THREADS
 *
 * prints, each the best of several runs: the peaks of the operations that a metric
 * needs for each pair and column, and of vector square roots, in 1e9 a second; and
 * the GB a second that threads write into memory they are the first to touch. */
#define _DEFAULT_SOURCE /* madvise() is no part of C17 */
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The kernels' own vector vocabulary, as wide as -march=native allows, and chains
 * enough to hide latencies and few enough for all of them to stay in registers. */
#if defined(__AVX512F__)
#include <immintrin.h>
#include "kernel/v-avx512.h"
#define CHAINS 12
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#include "kernel/v-avx2.h"
#define CHAINS 6
#else
#include "kernel/v-portable.h"
#define CHAINS 6
#endif

enum { RUNS = 6, REPEATS = 1000000 };
static double sink; /* keeps results from being left out */

#define PEAK(name, repeats, step)                                              \
  static double name(int threads) {                                            \
    double best = 0, keep = 0;                                                 \
    for (int run = 0; run < RUNS; run++) {                                     \
      const double start = omp_get_wtime();                                    \
      _Pragma("omp parallel num_threads(threads) reduction(+ : keep)") {       \
        vec diff[CHAINS], sum[CHAINS];                                         \
        const vec by = v_all(1e-9);                                            \
        _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++)              \
            diff[c] = sum[c] = v_all(1.0 + c);                                 \
        for (long r = 0; r < (repeats); r++) {                                 \
          _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++) {          \
            step;                                                              \
          }                                                                    \
        }                                                                      \
        _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++) {            \
          double lanes[VL];                                                    \
          v_store(lanes, v_add(sum[c], diff[c]));                              \
          keep += lanes[0];                                                    \
        }                                                                      \
      }                                                                        \
      const double seconds = omp_get_wtime() - start;                          \
      const double rate =                                                      \
          (double)threads * (double)(repeats) * CHAINS * VL / seconds * 1e-9;  \
      if (rate > best) best = rate;                                            \
    }                                                                          \
    sink += keep;                                                              \
    return best;                                                               \
  }
PEAK(euclidean, REPEATS, diff[c] = v_sub(diff[c], by);
     sum[c] = v_fma(diff[c], diff[c], sum[c]))
PEAK(manhattan, REPEATS, diff[c] = v_abs(v_sub(diff[c], by));
     sum[c] = v_add(sum[c], diff[c]))
PEAK(maximum, REPEATS, diff[c] = v_abs(v_sub(diff[c], by));
     sum[c] = v_max(sum[c], diff[c]))
PEAK(roots, REPEATS / 10, diff[c] = by; sum[c] = v_sqrt(sum[c]))

static double touch(int threads) {
  const size_t bytes = (size_t)1 << 27;
  double best = 0;
  for (int run = 0; run < RUNS; run++) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NAN;
    const double start = omp_get_wtime();
    madvise(memory, bytes, MADV_HUGEPAGE);
    const size_t part = bytes / (size_t)threads;
#pragma omp parallel num_threads(threads)
    memset(memory + part * (size_t)omp_get_thread_num(), 1, part);
    const double rate = (double)bytes / (omp_get_wtime() - start) * 1e-9;
    if (rate > best) best = rate;
    munmap(memory, bytes);
  }
  return best;
}

int main(int argc, char **argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  printf("euclidean %.2f\n", euclidean(threads));
  printf("manhattan %.2f\n", manhattan(threads));
  printf("maximum %.2f\n", maximum(threads));
  printf("roots %.3f\n", roots(threads));
  printf("touch %.2f\n", touch(threads));
  return sink == 42;
}
