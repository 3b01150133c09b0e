/* Packing: rows of a matrix into micro-panels.
 *
 * Columns packed together: each is a stream that the hardware prefetches, and a
 * panel receives several cache lines in a row. */
enum { COLUMNS_AT_ONCE = 8 };

/* One body for the two types of R's matrices. Looking for missing, tiny and
 * huge values costs nothing while waiting for memory. The columns packed next
 * are prefetched. */
#define DEFINE_PACK(NAME, TYPE, LOAD, ONE)                                     \
  static unsigned NAME(const TYPE *x, size_t ld, size_t nrow, size_t ncol,     \
                       size_t lanes, double *panels) {                         \
    vec missing = v_zero(), smallest = v_all(1), largest = v_zero();           \
    double missing1 = 0, smallest1 = 1, largest1 = 0;                          \
    for (size_t k = 0; k < ncol; k += COLUMNS_AT_ONCE) {                       \
      const size_t left = ncol - k;                                            \
      const size_t count = left < COLUMNS_AT_ONCE ? left : COLUMNS_AT_ONCE;    \
      for (size_t i = 0; i < nrow; i += lanes) {                               \
        const size_t rows = nrow - i < lanes ? nrow - i : lanes;               \
        const size_t whole = rows / VL * VL;                                   \
        for (size_t c = k; c < k + count; c++) {                               \
          const TYPE *from = x + i + c * ld;                                   \
          double *to = panels + i * ncol + c * lanes;                          \
          for (size_t l = 0; l < whole; l += VL) {                             \
            EDIST_PREFETCH(from + l + COLUMNS_AT_ONCE * ld);                   \
            const vec value = LOAD(from + l);                                  \
            missing = v_fma(value, v_zero(), missing);                         \
            smallest = v_min(v_size(value), smallest);                         \
            largest = v_max(v_abs(value), largest);                            \
            v_store(to + l, value);                                            \
          }                                                                    \
        }                                                                      \
        for (size_t c = k; whole < lanes && c < k + count; c++) {              \
          const TYPE *from = x + i + c * ld;                                   \
          double *to = panels + i * ncol + c * lanes;                          \
          for (size_t l = whole; l < rows; l++) {                              \
            const double value = ONE(from[l]);                                 \
            missing1 += value * 0;                                             \
            const double size = fabs(value);                                   \
            if (size > 0 && size < smallest1) smallest1 = size;                \
            if (size > largest1) largest1 = size;                              \
            to[l] = value;                                                     \
          }                                                                    \
          for (size_t l = rows; l < lanes; l++) to[l] = 0;                     \
        }                                                                      \
      }                                                                        \
    }                                                                          \
    return flags_of(missing, smallest, largest) |                              \
           flags_of(v_all(missing1), v_all(smallest1), v_all(largest1));       \
  }

/* 0 times a finite value is 0, 0 times any other is NaN, and sums keep NaN. */
static unsigned flags_of(vec missing, vec smallest, vec largest) {
  const bool all_there = !m_any(m_not(m_ordered(missing)));
  const bool tiny = m_any(m_less(smallest, v_all(EDIST_TINY_VALUE)));
  const bool huge = m_any(m_not(m_less(largest, v_all(EDIST_HUGE_VALUE))));
  return (all_there ? 0u : EDIST_VALUES_nonfinite) |
         (tiny ? EDIST_VALUES_tiny : 0u) | (huge ? EDIST_VALUES_huge : 0u);
}

/* |value|, but 1 for zero, which does not count as tiny. */
static inline vec v_size(vec value) {
  return v_select(m_equal(value, v_zero()), v_all(1), v_abs(value));
}

static inline double double_value(double value) { return value; }
static inline double integer_value(int value) {
  return value == INT_MIN ? (double)NAN : (double)value;
}
static inline vec v_load_missing(const int *p) {
  const vec value = v_load_integer(p);
  return v_select(m_equal(value, v_all(INT_MIN)), v_all(NAN), value);
}

DEFINE_PACK(pack_double, double, v_load, double_value)
DEFINE_PACK(pack_integer, int, v_load_missing, integer_value)
#undef DEFINE_PACK
