/* Selection and sums over a column of values.
 *
 * Vectors tested together: most hold nothing to select. */
enum { SELECT_VECTORS = 4 };

#define DEFINE_SELECT(NAME, TEST, ONE)                                         \
  static size_t NAME(size_t n, const double *d, double limit,                  \
                     unsigned *position) {                                     \
    const vec limits = v_all(limit);                                           \
    size_t count = 0, i = 0;                                                   \
    for (; i + SELECT_VECTORS * VL <= n; i += SELECT_VECTORS * VL) {           \
      mask found[SELECT_VECTORS], any = m_less(v_zero(), v_zero());            \
      EDIST_UNROLL                                                             \
      for (int v = 0; v < SELECT_VECTORS; v++) {                               \
        const vec value = v_load(d + i + v * VL);                              \
        found[v] = m_or(TEST, m_equal(value, limits));                         \
        any = m_or(any, found[v]);                                             \
      }                                                                        \
      if (!m_any(any)) continue;                                               \
      for (int v = 0; v < SELECT_VECTORS; v++) {                               \
        const unsigned bits = m_bits(found[v]);                                \
        if (!bits) continue;                                                   \
        for (int l = 0; l < VL; l++) {                                         \
          position[count] = (unsigned)i + (unsigned)(v * VL + l);              \
          count += bits >> l & 1;                                              \
        }                                                                      \
      }                                                                        \
    }                                                                          \
    for (; i < n; i++) {                                                       \
      if (d[i] ONE limit) position[count++] = (unsigned)i;                     \
    }                                                                          \
    return count;                                                              \
  }

DEFINE_SELECT(select_le, m_less(value, limits), <=)
DEFINE_SELECT(select_ge, m_less(limits, value), >=)
#undef DEFINE_SELECT

/* How many of the bits of a mask are set. */
static inline int count_bits(unsigned bits) {
#if VL <= 2
  return (int)((bits & 1) + (bits >> 1));
#else
  return __builtin_popcount(bits);
#endif
}

/* VL candidates, and how many new ones come before each. */
struct ranked {
  vec value, value_apart, row, later;
  mask undecided;
};

/* Compares them with one more. Returns which of them come before it. */
static inline unsigned rank_one(struct ranked *r, double value, int index,
                                double apart) {
  const vec one = v_all(value);
  mask less = m_less(r->value, v_all(value * apart));
  mask more = m_less(one, r->value_apart);
  const mask equal = m_equal(r->value, one);
  r->undecided = m_or(r->undecided, m_not(m_or(m_or(less, more), equal)));
  if (m_any(equal)) {
    const vec row = v_all(index);
    less = m_or(less, m_and(equal, m_less(r->row, row)));
    more = m_or(more, m_and(equal, m_less(row, r->row)));
  }
  r->later = v_add(r->later, v_keep(more, v_all(1)));
  return m_bits(less);
}

/* Compares each pair once, and new candidates with all others. Branches on
 * values would be unpredictable. */
static bool rank(size_t n, size_t sorted, double *value, int *index,
                 double apart, int *rank) {
  for (size_t i = 0; i < sorted; i++) rank[i] = (int)i;
  for (size_t i = sorted; i < n; i++) rank[i] = 0;
  for (size_t i = n; i < n + EDIST_MAX_LANES; i++) {
    value[i] = INFINITY; /* the last of all */
    index[i] = INT_MAX;
  }
  for (size_t i = 0; i < n; i += VL) {
    const vec all = v_load(value + i);
    struct ranked r = {.value = all,
                       .value_apart = v_mul(all, v_all(apart)),
                       .row = v_load_integer(index + i),
                       .later = v_zero(),
                       .undecided = m_less(v_zero(), v_zero())};
    const size_t end = i + VL < n ? i + VL : n;
    const unsigned old = i < sorted ? ~(~0u << (sorted - i)) : 0;
    size_t j = i < sorted ? sorted : i;
    for (; j < end; j++) {
      rank[j] += count_bits(rank_one(&r, value[j], index[j], apart) & old);
    }
    for (; j < n; j++) {
      rank[j] += count_bits(rank_one(&r, value[j], index[j], apart));
    }
    if (m_any(r.undecided)) return false;
    double later[VL];
    v_store(later, r.later);
    for (j = i; j < end; j++) rank[j] += (int)later[j - i];
  }
  return true;
}

/* As many partial sums on every instruction set: the bits are the same. */
enum { SUM_LANES = 16 };

static double sum(size_t n, const double *d, size_t *count) {
  vec sums[SUM_LANES / VL], counts[SUM_LANES / VL];
  double lane[SUM_LANES], numbers[SUM_LANES];
  size_t i = 0;
  EDIST_UNROLL
  for (int v = 0; v < SUM_LANES / VL; v++) sums[v] = counts[v] = v_zero();
  for (; i + SUM_LANES <= n; i += SUM_LANES) {
    EDIST_UNROLL
    for (int v = 0; v < SUM_LANES / VL; v++) {
      const vec value = v_load(d + i + v * VL);
      const mask good = m_ordered(value);
      sums[v] = v_add(sums[v], v_keep(good, value));
      counts[v] = v_add(counts[v], v_keep(good, v_all(1)));
    }
  }
  EDIST_UNROLL
  for (int v = 0; v < SUM_LANES / VL; v++) {
    v_store(lane + v * VL, sums[v]);
    v_store(numbers + v * VL, counts[v]);
  }
  for (int l = 0; i < n; i++, l++) {
    if (d[i] != d[i]) continue;
    lane[l] += d[i];
    numbers[l] += 1;
  }
  for (int half = SUM_LANES / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) {
      lane[l] += lane[l + half];
      numbers[l] += numbers[l + half];
    }
  }
  *count = (size_t)numbers[0];
  return lane[0];
}
