#include <string.h>

#include "edist-r.h"

/* What one call of the function is about. */
struct block {
  const struct edist_r_given *given;
  size_t n, m;
  const double *a, *b;
  double *to;
  size_t ld;
};

static SEXP numbers(size_t count, const double *row) {
  SEXP out = Rf_allocVector(REALSXP, (R_xlen_t)count);
  memcpy(REAL(out), row, count * sizeof *row);
  return out;
}

/* The function has checked that it returns as many doubles. */
static SEXP call(void *data) {
  const struct block *block = data;
  const bool swapped = block->given->swapped;
  SEXP a = PROTECT(numbers(block->n, block->a));
  SEXP b = PROTECT(numbers(block->m, block->b));
  SEXP call = PROTECT(
      Rf_lang3(block->given->function, swapped ? b : a, swapped ? a : b));
  SEXP value = PROTECT(Rf_eval(call, R_BaseEnv));
  const double *d = REAL(value);
  for (size_t j = 0; j < block->m; j++) {
    for (size_t i = 0; i < block->n; i++) {
      block->to[j * block->ld + i] =
          swapped ? d[j + i * block->m] : d[i + j * block->n];
    }
  }
  UNPROTECT(4);
  return R_NilValue;
}

static bool get(void *data, size_t n, const double *a, size_t m,
                const double *b, double *to, size_t ld) {
  const struct edist_r_given *given = data;
  struct block block = {given, n, m, a, b, to, ld};
  return edist_r_safely(given->listener, call, &block);
}

struct edist_given edist_r_given(struct edist_r_given *given) {
  return (struct edist_given){.get = get, .data = given};
}
