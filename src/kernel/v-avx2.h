/* Vector vocabulary, AVX2 with FMA: four lanes. */
typedef __m256d vec;
#define VL 4

static inline vec v_load(const double *p) { return _mm256_loadu_pd(p); }
static inline vec v_load_integer(const int *p) {
  return _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)p));
}
static inline void v_store(double *p, vec v) { _mm256_storeu_pd(p, v); }
static inline vec v_zero(void) { return _mm256_setzero_pd(); }
static inline vec v_bcast(const double *p) { return _mm256_broadcast_sd(p); }
static inline vec v_add(vec a, vec b) { return _mm256_add_pd(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm256_sub_pd(a, b); }
static inline vec v_nan_to_zero(vec a) {
  return _mm256_and_pd(a, _mm256_cmp_pd(a, a, _CMP_ORD_Q));
}
static inline vec v_min(vec a, vec b) { return _mm256_min_pd(a, b); }
static inline vec v_fma(vec a, vec b, vec c) {
  return _mm256_fmadd_pd(a, b, c);
}
static inline vec v_sqrt(vec a) { return _mm256_sqrt_pd(a); }
