/* Vector vocabulary, AVX2 with FMA: four lanes. */
typedef __m256d vec;
typedef __m256d mask;
#define VL 4

static inline vec v_load(const double *p) { return _mm256_loadu_pd(p); }
static inline vec v_load_integer(const int *p) {
  return _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)p));
}
static inline void v_store(double *p, vec v) { _mm256_storeu_pd(p, v); }
static inline void v_stream(double *p, vec v) { _mm256_stream_pd(p, v); }
static inline vec v_zero(void) { return _mm256_setzero_pd(); }
static inline vec v_bcast(const double *p) { return _mm256_broadcast_sd(p); }
static inline vec v_all(double value) { return _mm256_set1_pd(value); }
static inline vec v_add(vec a, vec b) { return _mm256_add_pd(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm256_sub_pd(a, b); }
static inline vec v_mul(vec a, vec b) { return _mm256_mul_pd(a, b); }
static inline vec v_div(vec a, vec b) { return _mm256_div_pd(a, b); }
static inline vec v_min(vec a, vec b) { return _mm256_min_pd(a, b); }
static inline vec v_max(vec a, vec b) { return _mm256_max_pd(a, b); }
static inline vec v_fma(vec a, vec b, vec c) {
  return _mm256_fmadd_pd(a, b, c);
}
static inline vec v_sqrt(vec a) { return _mm256_sqrt_pd(a); }
static inline vec v_abs(vec a) {
  return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
}
static inline mask m_ordered(vec a) { return _mm256_cmp_pd(a, a, _CMP_ORD_Q); }
static inline mask m_equal(vec a, vec b) {
  return _mm256_cmp_pd(a, b, _CMP_EQ_OQ);
}
static inline mask m_less(vec a, vec b) {
  return _mm256_cmp_pd(a, b, _CMP_LT_OQ);
}
static inline mask m_and(mask a, mask b) { return _mm256_and_pd(a, b); }
static inline mask m_or(mask a, mask b) { return _mm256_or_pd(a, b); }
static inline mask m_xor(mask a, mask b) { return _mm256_xor_pd(a, b); }
static inline mask m_not(mask a) {
  return _mm256_xor_pd(a, _mm256_castsi256_pd(_mm256_set1_epi64x(-1)));
}
static inline unsigned m_bits(mask a) {
  return (unsigned)_mm256_movemask_pd(a);
}
static inline bool m_any(mask a) { return _mm256_movemask_pd(a) != 0; }
static inline vec v_keep(mask m, vec a) { return _mm256_and_pd(m, a); }
static inline vec v_select(mask m, vec a, vec b) {
  return _mm256_blendv_pd(b, a, m);
}
static inline void v_transpose(vec v[VL]) {
  const vec a = _mm256_unpacklo_pd(v[0], v[1]);
  const vec b = _mm256_unpackhi_pd(v[0], v[1]);
  const vec c = _mm256_unpacklo_pd(v[2], v[3]);
  const vec d = _mm256_unpackhi_pd(v[2], v[3]);
  v[0] = _mm256_permute2f128_pd(a, c, 0x20);
  v[1] = _mm256_permute2f128_pd(b, d, 0x20);
  v[2] = _mm256_permute2f128_pd(a, c, 0x31);
  v[3] = _mm256_permute2f128_pd(b, d, 0x31);
}
