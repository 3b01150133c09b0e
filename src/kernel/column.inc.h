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

/* Rows that are computed in one loop: whole vectors, or the copy of fewer. */
struct column_piece {
  size_t i, count, lanes, ld;
  const double *x;
  double *to;
  bool stream;
};

static bool next_piece(const struct edist_column *c, size_t n, double *to,
                       double *copy, double *out, struct column_piece *p) {
  const size_t i = p->i + p->count, left = n - i;
  if (left == 0) return false;
  size_t count = c->stream ? before_aligned(to + i) : 0;
  if (count == 0) count = left < VL ? left : left / VL * VL;
  if (count > left) count = left;
  *p = (struct column_piece){i,        count,  count,    c->ld,
                             c->x + i, to + i, c->stream};
  if (count % VL == 0) return true;
  for (size_t l = 0; l < c->ncol * VL; l++) { /* and of its first row */
    copy[l] = p->x[(l % VL < count ? l % VL : 0) + l / VL * c->ld];
  }
  p->x = copy;
  p->ld = p->lanes = VL;
  p->to = out;
  p->stream = false;
  return true;
}

/* Of fewer rows than a vector has, before the first aligned address and at the
 * end, a copy is taken: nothing behind the data is read or written.
 *
 * Defines the loop for V vectors of rows. */
#define COLUMN_LOOP(V, TERM)                                                   \
  for (; i + (V)*VL <= p.lanes; i += (V)*VL) {                                 \
    vec acc[1][V];                                                             \
    const int j = 0;                                                           \
    UNROLLED(v, V) acc[0][v] = v_zero();                                       \
    for (size_t k = 0; k < c->ncol; k++) {                                     \
      const vec y = v_bcast(c->y + k);                                         \
      UNROLLED(v, V) {                                                         \
        vec x[V];                                                              \
        x[v] = v_load(p.x + k * p.ld + i + v * VL);                            \
        TERM;                                                                  \
      }                                                                        \
    }                                                                          \
    UNROLLED(v, V) {                                                           \
      const vec value = column_value(&end, acc[0][v]);                         \
      if (p.stream) {                                                          \
        v_stream(p.to + i + v * VL, value);                                    \
      } else {                                                                 \
        v_store(p.to + i + v * VL, value);                                     \
      }                                                                        \
    }                                                                          \
  }

#define DEFINE_COLUMN(NAME, TERM)                                              \
  static bool NAME(const struct edist_column *c, size_t n, double *to) {       \
    struct column_end end = {.root = c->root,                                  \
                             .zero = v_all(c->zeros ? -1 : 0),                 \
                             .doubt = m_less(v_zero(), v_zero())};             \
    double copy[EDIST_FEW_COLUMNS * VL], out[VL];                              \
    struct column_piece p = {.i = 0};                                          \
    while (next_piece(c, n, to, copy, out, &p)) {                              \
      size_t i = 0;                                                            \
      COLUMN_LOOP(4, TERM)                                                     \
      COLUMN_LOOP(1, TERM)                                                     \
      if (p.to == out) memcpy(to + p.i, out, p.count * sizeof *out);           \
    }                                                                          \
    return m_any(end.doubt);                                                   \
  }

DEFINE_COLUMN(column_rounded, SQDIST_ROUNDED)
DEFINE_COLUMN(column_sqdist, SQDIST)
DEFINE_COLUMN(column_absdiff, ABSDIFF)
DEFINE_COLUMN(column_maxdiff, MAXDIFF)
