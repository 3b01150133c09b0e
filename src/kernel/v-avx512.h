/* Vector vocabulary, AVX-512F: eight lanes. */
typedef __m512d vec;
typedef __mmask8 mask;
#define VL 8

/* Macros where they will do: what debuggers are told about inlined functions
 * takes hundreds of kilobytes. */
#define v_load(p) _mm512_loadu_pd(p)
static inline vec v_load_integer(const int *p) {
  return _mm512_cvtepi32_pd(_mm256_loadu_si256((const __m256i *)p));
}
#define v_store(p, v) _mm512_storeu_pd(p, v)
#define v_stream(p, v) _mm512_stream_pd(p, v)
#define v_zero() _mm512_setzero_pd()
#define v_bcast(p) _mm512_set1_pd(*(p))
#define v_all(value) _mm512_set1_pd(value)
#define v_add(a, b) _mm512_add_pd(a, b)
#define v_sub(a, b) _mm512_sub_pd(a, b)
#define v_mul(a, b) _mm512_mul_pd(a, b)
#define v_div(a, b) _mm512_div_pd(a, b)
#define v_min(a, b) _mm512_min_pd(a, b)
#define v_max(a, b) _mm512_max_pd(a, b)
#define v_fma(a, b, c) _mm512_fmadd_pd(a, b, c)
#define v_sqrt(a) _mm512_sqrt_pd(a)
#define v_abs(a) _mm512_abs_pd(a)
static inline mask m_ordered(vec a) {
  return _mm512_cmp_pd_mask(a, a, _CMP_ORD_Q);
}
#define m_equal(a, b) _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ)
#define m_less(a, b) _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)
static inline mask m_and(mask a, mask b) { return (mask)(a & b); }
static inline mask m_or(mask a, mask b) { return (mask)(a | b); }
static inline mask m_xor(mask a, mask b) { return (mask)(a ^ b); }
static inline mask m_not(mask a) { return (mask)~a; }
static inline unsigned m_bits(mask a) { return a; }
static inline bool m_any(mask a) { return a != 0; }
#define v_keep(m, a) _mm512_maskz_mov_pd(m, a)
#define v_select(m, a, b) _mm512_mask_blend_pd(m, b, a)
static inline void v_transpose(vec v[VL]) {
  vec t[VL], u[VL];
  EDIST_UNROLL
  for (int i = 0; i < VL; i += 2) {
    t[i] = _mm512_unpacklo_pd(v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_pd(v[i], v[i + 1]);
  }
  EDIST_UNROLL
  for (int i = 0; i < VL; i += 4) {
    EDIST_UNROLL
    for (int j = 0; j < 2; j++) {
      u[i + j] = _mm512_shuffle_f64x2(t[i + j], t[i + j + 2], 0x88);
      u[i + j + 2] = _mm512_shuffle_f64x2(t[i + j], t[i + j + 2], 0xdd);
    }
  }
  EDIST_UNROLL
  for (int j = 0; j < 4; j++) {
    v[j] = _mm512_shuffle_f64x2(u[j], u[j + 4], 0x88);
    v[j + 4] = _mm512_shuffle_f64x2(u[j], u[j + 4], 0xdd);
  }
}
