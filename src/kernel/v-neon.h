/* Vector vocabulary, NEON of 64-bit ARM: two lanes. */
typedef float64x2_t vec;
typedef uint64x2_t mask;
#define VL 2

static inline vec v_load(const double *p) { return vld1q_f64(p); }
static inline vec v_load_integer(const int *p) {
  return vcvtq_f64_s64(vmovl_s32(vld1_s32(p)));
}
static inline void v_store(double *p, vec v) { vst1q_f64(p, v); }
static inline void v_stream(double *p, vec v) { vst1q_f64(p, v); }
static inline vec v_zero(void) { return vdupq_n_f64(0); }
static inline vec v_bcast(const double *p) { return vld1q_dup_f64(p); }
static inline vec v_all(double value) { return vdupq_n_f64(value); }
static inline vec v_add(vec a, vec b) { return vaddq_f64(a, b); }
static inline vec v_sub(vec a, vec b) { return vsubq_f64(a, b); }
static inline vec v_mul(vec a, vec b) { return vmulq_f64(a, b); }
static inline vec v_div(vec a, vec b) { return vdivq_f64(a, b); }
static inline vec v_fma(vec a, vec b, vec c) { return vfmaq_f64(c, a, b); }
static inline vec v_sqrt(vec a) { return vsqrtq_f64(a); }
static inline vec v_abs(vec a) { return vabsq_f64(a); }
static inline mask m_ordered(vec a) { return vceqq_f64(a, a); }
static inline mask m_equal(vec a, vec b) { return vceqq_f64(a, b); }
static inline mask m_less(vec a, vec b) { return vcltq_f64(a, b); }
static inline mask m_and(mask a, mask b) { return vandq_u64(a, b); }
static inline mask m_or(mask a, mask b) { return vorrq_u64(a, b); }
static inline mask m_xor(mask a, mask b) { return veorq_u64(a, b); }
static inline mask m_not(mask a) { return vceqzq_u64(a); }
static inline unsigned m_bits(mask a) {
  return (unsigned)((vgetq_lane_u64(a, 0) & 1) | (vgetq_lane_u64(a, 1) & 2));
}
static inline bool m_any(mask a) {
  return vmaxvq_u32(vreinterpretq_u32_u64(a)) != 0;
}
static inline vec v_keep(mask m, vec a) {
  return vreinterpretq_f64_u64(vandq_u64(m, vreinterpretq_u64_f64(a)));
}
static inline vec v_select(mask m, vec a, vec b) { return vbslq_f64(m, a, b); }
static inline void v_transpose(vec v[VL]) {
  const vec first = vzip1q_f64(v[0], v[1]);
  v[1] = vzip2q_f64(v[0], v[1]);
  v[0] = first;
}

/* The second argument if either is NaN, as on x86: ARM's own instructions give
 * NaN, or the argument that is a number. */
static inline vec v_min(vec a, vec b) { return v_select(m_less(a, b), a, b); }
static inline vec v_max(vec a, vec b) { return v_select(m_less(b, a), a, b); }
