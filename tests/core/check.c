#include "check.h"

#include <math.h>
#include <stdlib.h>

double next_unit(unsigned long long *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (double)(*state >> 11) * 0x1p-53;
}

double *whole_numbers(size_t length, unsigned seed) {
  double *x = malloc((length + 1) * sizeof *x);
  if (!x) abort();
  for (size_t i = 0; i < length; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (double)(seed >> 24) - 128;
  }
  return x;
}

void punch(double *x, size_t length, unsigned holes, unsigned seed) {
  for (size_t i = 0; i < length; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = fmod(x[i], 5) / 4;
    if (seed >> 16 < holes * 65) {
      x[i] = seed % 4 ? NAN : seed % 8 ? INFINITY : -INFINITY;
    }
  }
}

double formula(const double *x, size_t n, size_t i, const double *y, size_t m,
               size_t j, size_t p) {
  double sum = 0;
  for (size_t k = 0; k < p; k++) {
    const double diff = x[i + k * n] - y[j + k * m];
    sum += diff * diff;
  }
  return sqrt(sum);
}

bool alike(double a, double b, double tolerance) {
  return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= tolerance * fabs(b);
}

double *guarded(size_t length) {
  double *out = malloc((length + 2) * sizeof *out);
  if (!out) abort();
  for (size_t i = 0; i < length + 2; i++) out[i] = -1;
  return out + 1;
}
bool guards_hold(const double *out, size_t length) {
  return out[-1] == -1 && out[length] == -1;
}
void guarded_free(double *out) { free(out - 1); }
