/* Vector vocabulary, portable: two lanes where the compiler has vector types,
 * one elsewhere. Includes nothing that a C17 compiler may lack. */
#include <string.h>

#if defined(__GNUC__)
typedef double vec __attribute__((vector_size(16)));
typedef long long mask __attribute__((vector_size(16)));
#define VL 2
#else
typedef double vec;
typedef bool mask;
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
static inline void v_stream(double *p, vec v) { v_store(p, v); }
static inline vec v_zero(void) { return (vec){0}; }
#if defined(__GNUC__)
static inline vec v_all(double value) { return (vec){value, value}; }
#else
static inline vec v_all(double value) { return value; }
#endif
static inline vec v_bcast(const double *p) { return v_all(*p); }
static inline vec v_add(vec a, vec b) { return a + b; }
static inline vec v_sub(vec a, vec b) { return a - b; }
static inline vec v_mul(vec a, vec b) { return a * b; }
static inline vec v_div(vec a, vec b) { return a / b; }
static inline vec v_fma(vec a, vec b, vec c) { return a * b + c; }
static inline mask m_ordered(vec a) { return a == a; }
static inline mask m_equal(vec a, vec b) { return a == b; }
static inline mask m_less(vec a, vec b) { return a < b; }

#if defined(__GNUC__)
static inline mask m_and(mask a, mask b) { return a & b; }
static inline mask m_or(mask a, mask b) { return a | b; }
static inline mask m_xor(mask a, mask b) { return a ^ b; }
static inline mask m_not(mask a) { return ~a; }
static inline bool m_any(mask a) { return (a[0] | a[1]) != 0; }
static inline unsigned m_bits(mask a) {
  return (unsigned)((a[0] & 1) | (a[1] & 2));
}
static inline vec v_keep(mask m, vec a) { return (vec)(m & (mask)a); }
static inline vec v_select(mask m, vec a, vec b) {
  return (vec)((m & (mask)a) | (~m & (mask)b));
}
static inline vec v_abs(vec a) {
  return (vec)((mask)a & (mask){0x7fffffffffffffff, 0x7fffffffffffffff});
}
static inline void v_transpose(vec v[VL]) {
  const vec first = {v[0][0], v[1][0]};
  v[1] = (vec){v[0][1], v[1][1]};
  v[0] = first;
}
#else
static inline mask m_and(mask a, mask b) { return a && b; }
static inline mask m_or(mask a, mask b) { return a || b; }
static inline mask m_xor(mask a, mask b) { return a != b; }
static inline mask m_not(mask a) { return !a; }
static inline bool m_any(mask a) { return a; }
static inline unsigned m_bits(mask a) { return a; }
static inline vec v_keep(mask m, vec a) { return m ? a : 0; }
static inline vec v_select(mask m, vec a, vec b) { return m ? a : b; }
static inline vec v_abs(vec a) { return fabs(a); }
static inline void v_transpose(vec v[VL]) { (void)v; }
#endif

/* The second argument if either is NaN, as the x86 instructions do. */
static inline vec v_min(vec a, vec b) { return v_select(m_less(a, b), a, b); }
static inline vec v_max(vec a, vec b) { return v_select(m_less(b, a), a, b); }
static inline vec v_sqrt(vec a) {
  double lane[VL];
  v_store(lane, a);
  for (int l = 0; l < VL; l++) lane[l] = sqrt(lane[l]);
  return v_load(lane);
}
