/* The least time of so many divisions of doubles on so many threads, in
 * registers alone: what limits canberra. Prints milliseconds.  divide COUNT
 * THREADS */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDE = 64 };

static double divide(long steps) {
  double x[WIDE];
  for (int i = 0; i < WIDE; i++) x[i] = 1.5 + i;
  for (long s = 0; s < steps; s++) {
    for (int i = 0; i < WIDE; i++) x[i] = 3.7 / x[i];
  }
  double sum = 0;
  for (int i = 0; i < WIDE; i++) sum += x[i];
  return sum;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const int threads = atoi(argv[2]);
  const long steps = (long)(atof(argv[1]) / WIDE / threads);
  double least = 1e9, sink = 0;
  for (int time = 0; time < 7; time++) {
    const double start = omp_get_wtime();
#pragma omp parallel num_threads(threads) reduction(+ : sink)
    sink += divide(steps);
    const double taken = omp_get_wtime() - start;
    if (taken < least) least = taken;
  }
  printf("%.2f\n", sink == 0 ? 0 : 1e3 * least);
  return 0;
}
