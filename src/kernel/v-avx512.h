/* Vector vocabulary, AVX-512F: eight lanes. */
typedef __m512d vec;
typedef __mmask8 mask;
#define VL 8

static inline vec v_load(const double *p) { return _mm512_loadu_pd(p); }
static inline vec v_load_integer(const int *p) {
  return _mm512_cvtepi32_pd(_mm256_loadu_si256((const __m256i *)p));
}
static inline void v_store(double *p, vec v) { _mm512_storeu_pd(p, v); }
static inline void v_stream(double *p, vec v) { _mm512_stream_pd(p, v); }
static inline vec v_zero(void) { return _mm512_setzero_pd(); }
static inline vec v_bcast(const double *p) { return _mm512_set1_pd(*p); }
static inline vec v_all(double value) { return _mm512_set1_pd(value); }
static inline vec v_add(vec a, vec b) { return _mm512_add_pd(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm512_sub_pd(a, b); }
static inline vec v_mul(vec a, vec b) { return _mm512_mul_pd(a, b); }
static inline vec v_div(vec a, vec b) { return _mm512_div_pd(a, b); }
static inline vec v_min(vec a, vec b) { return _mm512_min_pd(a, b); }
static inline vec v_max(vec a, vec b) { return _mm512_max_pd(a, b); }
static inline vec v_fma(vec a, vec b, vec c) {
  return _mm512_fmadd_pd(a, b, c);
}
static inline vec v_sqrt(vec a) { return _mm512_sqrt_pd(a); }
static inline vec v_abs(vec a) { return _mm512_abs_pd(a); }
static inline mask m_ordered(vec a) {
  return _mm512_cmp_pd_mask(a, a, _CMP_ORD_Q);
}
static inline mask m_equal(vec a, vec b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}
static inline mask m_less(vec a, vec b) {
  return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
static inline mask m_and(mask a, mask b) { return (mask)(a & b); }
static inline mask m_or(mask a, mask b) { return (mask)(a | b); }
static inline mask m_xor(mask a, mask b) { return (mask)(a ^ b); }
static inline mask m_not(mask a) { return (mask)~a; }
static inline unsigned m_bits(mask a) { return a; }
static inline bool m_any(mask a) { return a != 0; }
static inline vec v_keep(mask m, vec a) { return _mm512_maskz_mov_pd(m, a); }
static inline vec v_select(mask m, vec a, vec b) {
  return _mm512_mask_blend_pd(m, b, a);
}
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
