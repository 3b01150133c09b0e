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
