/* Vector vocabulary, portable: two lanes where the compiler has vector types,
 * one elsewhere. Includes nothing that a C17 compiler may lack. */
#include <math.h>
#include <string.h>

#if defined(__GNUC__)
typedef double vec __attribute__((vector_size(16)));
#define VL 2
#else
typedef double vec;
#define VL 1
#endif

static inline vec v_load(const double *p) {
  vec v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline vec v_load_integer(const int *p) {
  double lane[VL];
  for (int l = 0; l < VL; l++) lane[l] = p[l];
  return v_load(lane);
}
static inline void v_store(double *p, vec v) { memcpy(p, &v, sizeof v); }
static inline vec v_zero(void) { return (vec){0}; }
static inline vec v_bcast(const double *p) { return v_zero() + *p; }
static inline vec v_add(vec a, vec b) { return a + b; }
static inline vec v_sub(vec a, vec b) { return a - b; }
static inline vec v_fma(vec a, vec b, vec c) { return a * b + c; }
static inline vec v_nan_to_zero(vec a) {
  double x[VL];
  v_store(x, a);
  for (int l = 0; l < VL; l++) x[l] = x[l] == x[l] ? x[l] : 0;
  return v_load(x);
}
static inline vec v_min(vec a, vec b) {
  double x[VL], y[VL];
  v_store(x, a);
  v_store(y, b);
  for (int l = 0; l < VL; l++) x[l] = x[l] < y[l] ? x[l] : y[l];
  return v_load(x);
}
static inline vec v_sqrt(vec a) {
  double lane[VL];
  v_store(lane, a);
  for (int l = 0; l < VL; l++) lane[l] = sqrt(lane[l]);
  return v_load(lane);
}
