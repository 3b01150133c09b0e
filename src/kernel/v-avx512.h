/* Vector vocabulary, AVX-512F: eight lanes. */
typedef __m512d vec;
#define VL 8

static inline vec v_load(const double *p) { return _mm512_loadu_pd(p); }
static inline vec v_load_integer(const int *p) {
  return _mm512_cvtepi32_pd(_mm256_loadu_si256((const __m256i *)p));
}
static inline void v_store(double *p, vec v) { _mm512_storeu_pd(p, v); }
static inline vec v_zero(void) { return _mm512_setzero_pd(); }
static inline vec v_bcast(const double *p) { return _mm512_set1_pd(*p); }
static inline vec v_add(vec a, vec b) { return _mm512_add_pd(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm512_sub_pd(a, b); }
static inline vec v_nan_to_zero(vec a) {
  return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(a, a, _CMP_ORD_Q), a);
}
static inline vec v_min(vec a, vec b) { return _mm512_min_pd(a, b); }
static inline vec v_fma(vec a, vec b, vec c) {
  return _mm512_fmadd_pd(a, b, c);
}
static inline vec v_sqrt(vec a) { return _mm512_sqrt_pd(a); }
