/* Vector vocabulary, AVX2 with FMA: four lanes. */
typedef __m256d vec;
typedef __m256d mask;
#define VL 4

/* Macros where they will do: what debuggers are told about inlined functions
 * takes hundreds of kilobytes. */
#define v_load(p) _mm256_loadu_pd(p)
static inline vec v_load_integer(const int *p) {
  return _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i *)p));
}
#define v_store(p, v) _mm256_storeu_pd(p, v)
#define v_stream(p, v) _mm256_stream_pd(p, v)
#define v_zero() _mm256_setzero_pd()
#define v_bcast(p) _mm256_broadcast_sd(p)
#define v_all(value) _mm256_set1_pd(value)
#define v_add(a, b) _mm256_add_pd(a, b)
#define v_sub(a, b) _mm256_sub_pd(a, b)
#define v_mul(a, b) _mm256_mul_pd(a, b)
#define v_div(a, b) _mm256_div_pd(a, b)
#define v_min(a, b) _mm256_min_pd(a, b)
#define v_max(a, b) _mm256_max_pd(a, b)
#define v_fma(a, b, c) _mm256_fmadd_pd(a, b, c)
#define v_sqrt(a) _mm256_sqrt_pd(a)
#define v_abs(a) _mm256_andnot_pd(_mm256_set1_pd(-0.0), a)
static inline mask m_ordered(vec a) { return _mm256_cmp_pd(a, a, _CMP_ORD_Q); }
#define m_equal(a, b) _mm256_cmp_pd(a, b, _CMP_EQ_OQ)
#define m_less(a, b) _mm256_cmp_pd(a, b, _CMP_LT_OQ)
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
#define v_keep(m, a) _mm256_and_pd(m, a)
#define v_select(m, a, b) _mm256_blendv_pd(b, a, m)
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
