/* Kahan's compensated sum of doubles. */
#ifndef EDIST_KAHAN_H
#define EDIST_KAHAN_H

struct edist_kahan {
  double sum, compensation; /* the exact sum is near sum - compensation */
};

static inline void edist_kahan_add(struct edist_kahan *k, double term) {
  const double corrected = term - k->compensation;
  const double sum = k->sum + corrected;
  const double error = (sum - k->sum) - corrected;
  k->compensation = error == error ? error : 0; /* an infinite sum has none */
  k->sum = sum;
}

#endif
