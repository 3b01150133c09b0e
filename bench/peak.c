/* The most that this CPU can do of what the engine does: a subtraction and a
 * fused multiply-add for each pair and column, in registers alone.
 *
 *   cc -O2 -march=native -fopenmp peak.c -o peak && ./peak THREADS
 *
 * prints the peak in 1e9 pair-columns a second, the best of several runs. The
 * compiler's own vector type is as wide as -march=native allows. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__AVX512F__)
enum { LANES = 8 };
#elif defined(__AVX__)
enum { LANES = 4 };
#else
enum { LANES = 2 };
#endif
typedef double vec __attribute__((vector_size(LANES * sizeof(double))));

/* Chains enough to hide latencies, and few enough for all of them to stay in
 * registers: 32 with AVX-512, 16 without. */
#if defined(__AVX512F__)
#define CHAINS 12
#else
#define CHAINS 6
#endif

static double chains(long repeats) {
  vec diff[CHAINS], sum[CHAINS], by = {0}, scale = {0};
  by += 1e-9;
  scale += 1.0000001;
#pragma GCC unroll 12
  for (int c = 0; c < CHAINS; c++) diff[c] = sum[c] = by * (double)c;
  for (long r = 0; r < repeats; r++) {
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++) {
      sum[c] = sum[c] * scale + by; /* one fma */
      diff[c] = diff[c] - by;
    }
  }
  double total = 0;
#pragma GCC unroll 12
  for (int c = 0; c < CHAINS; c++) total += sum[c][0] + diff[c][0];
  return total;
}

int main(int argc, char **argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  const long repeats = 4000000;
  double best = 0, keep = 0;
  for (int run = 0; run < 8; run++) {
    const double start = omp_get_wtime();
#pragma omp parallel num_threads(threads) reduction(+ : keep)
    keep += chains(repeats);
    const double rate = (double)threads * (double)repeats * CHAINS * LANES /
                        (omp_get_wtime() - start) * 1e-9;
    if (rate > best) best = rate;
  }
  printf("%.1f\n", best);
  return keep == 42;
}
