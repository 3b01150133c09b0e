/* Few columns: one row against many, from its values to its distances without
 * leaving the registers. The terms and the order of their sums are those of the
 * tiles, and so are the bits.
 *
 * Checks a vector of sums, and finishes it. */
struct column_end {
  bool root;
  vec zero; /* sums down to this may have lost digits, zero itself or not */
  mask doubt;
};

static inline vec column_value(struct column_end *end, vec sum) {
  const mask low =
      m_and(m_less(sum, v_all(EDIST_SMALLEST_SUM)), m_less(end->zero, sum));
  end->doubt = m_or(end->doubt, m_or(low, m_less(v_all(DBL_MAX), sum)));
  return end->root ? v_sqrt(sum) : sum;
}

/* The sum of N columns of VL rows from `at` on. */
#define COLUMN_SUM(N, TERM, at, ld)                                            \
  vec acc[1][1] = {{v_zero()}};                                                \
  UNROLLED(k, N) {                                                             \
    const vec x[1] = {v_load((at) + (size_t)k * (ld))}, y = other[k];          \
    const int j = 0, v = 0;                                                    \
    TERM;                                                                      \
  }

/* The rows before the first aligned address, and the last ones, take a vector
 * of copies: nothing behind the data is read or written. */
#define DEFINE_COLUMN(NAME, N, TERM)                                           \
  static bool NAME(const struct edist_column *c, size_t n, double *to) {       \
    struct column_end end = {.root = c->root,                                  \
                             .zero = v_all(c->zeros ? -1 : 0),                 \
                             .doubt = m_less(v_zero(), v_zero())};             \
    const size_t before = c->stream ? before_aligned(to) : 0;                  \
    vec other[N];                                                              \
    UNROLLED(k, N) other[k] = v_bcast(c->y + k);                               \
    size_t i = 0;                                                              \
    while (i < n) {                                                            \
      const size_t wanted = i < before ? before - i : VL;                      \
      const size_t count = n - i < wanted ? n - i : wanted;                    \
      if (count == VL) {                                                       \
        for (; i + VL <= n; i += VL) {                                         \
          COLUMN_SUM(N, TERM, c->x + i, c->ld)                                 \
          const vec value = column_value(&end, acc[0][0]);                     \
          if (c->stream) {                                                     \
            v_stream(to + i, value);                                           \
          } else {                                                             \
            v_store(to + i, value);                                            \
          }                                                                    \
        }                                                                      \
        continue;                                                              \
      }                                                                        \
      double some[N * VL];                                                     \
      for (size_t l = 0; l < N * VL; l++) { /* copies of the first row */      \
        const size_t r = l % VL < count ? l % VL : 0;                          \
        some[l] = c->x[i + r + l / VL * c->ld];                                \
      }                                                                        \
      COLUMN_SUM(N, TERM, some, VL)                                            \
      v_store(some, column_value(&end, acc[0][0]));                            \
      memcpy(to + i, some, count * sizeof *some);                              \
      i += count;                                                              \
    }                                                                          \
    return m_any(end.doubt);                                                   \
  }

DEFINE_COLUMN(column_rounded_1, 1, SQDIST_ROUNDED)
DEFINE_COLUMN(column_rounded_2, 2, SQDIST_ROUNDED)
DEFINE_COLUMN(column_rounded_3, 3, SQDIST_ROUNDED)
DEFINE_COLUMN(column_rounded_4, 4, SQDIST_ROUNDED)
DEFINE_COLUMN(column_sqdist_5, 5, SQDIST)
DEFINE_COLUMN(column_sqdist_6, 6, SQDIST)
DEFINE_COLUMN(column_sqdist_7, 7, SQDIST)
DEFINE_COLUMN(column_sqdist_8, 8, SQDIST)
_Static_assert(EDIST_DIST_COLUMNS == 4, "columns whose squares are rounded");

#define DEFINE_COLUMNS(NAME, TERM)                                             \
  DEFINE_COLUMN(NAME##_1, 1, TERM)                                             \
  DEFINE_COLUMN(NAME##_2, 2, TERM)                                             \
  DEFINE_COLUMN(NAME##_3, 3, TERM)                                             \
  DEFINE_COLUMN(NAME##_4, 4, TERM)                                             \
  DEFINE_COLUMN(NAME##_5, 5, TERM)                                             \
  DEFINE_COLUMN(NAME##_6, 6, TERM)                                             \
  DEFINE_COLUMN(NAME##_7, 7, TERM)                                             \
  DEFINE_COLUMN(NAME##_8, 8, TERM)
#define COLUMNS(NAME)                                                          \
  {                                                                            \
    NULL, NAME##_1, NAME##_2, NAME##_3, NAME##_4, NAME##_5, NAME##_6,          \
        NAME##_7, NAME##_8                                                     \
  }

DEFINE_COLUMNS(column_absdiff, ABSDIFF)
DEFINE_COLUMNS(column_maxdiff, MAXDIFF)
