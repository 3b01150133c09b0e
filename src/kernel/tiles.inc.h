/* The tile functions: two micro-panels in, one register tile of sums out.
 *
 * Terms are differences, never |x|^2 + |y|^2 - 2xy: that form cancels for close
 * or offset rows, and is no faster here, because the subtraction runs beside
 * the fma on hardware with separate adders. */
#define MR (MV * VL)
_Static_assert(EDIST_CHUNK_STEP % MR == 0, "chunks hold whole tiles");
_Static_assert(NR % NPAIR == 0, "a tile divides into equal parts");

#define UNROLLED(i, n) EDIST_UNROLL for (int i = 0; i < (n); i++)

/* Defines a tile function.
 *   MS, NS   vectors and columns of the tile summed at a time: as many as the
 *            registers hold
 *   TERM     what column k adds to acc[j][v] and count[j][v]; the values are
 *            x[v] and y
 *   JOIN     how the sums of two summation blocks are put together
 *   CHAIN    1: one chain over all columns instead of summation blocks
 *   COUNTS   1: adds up the weights of the columns used
 *   PAIRED   1: a value is column k plus, in x_low[v] and y_low, column k + 1
 *
 * Every loop over the tile is unrolled, those that clear and store it too.
 * Otherwise gcc keeps the accumulators in memory and the kernel runs at half
 * its speed. */
#define DEFINE_TILE(NAME, MS, NS, TERM, JOIN, CHAIN, COUNTS, PAIRED)           \
  static void NAME(const struct edist_panels *panels, double *d, double *used, \
                   size_t ld, bool fresh) {                                    \
    const size_t ncol = panels->ncol;                                          \
    const size_t length = CHAIN ? ncol : EDIST_SUM_BLOCK;                      \
    for (size_t s = 0; s < (MV / MS) * (NR / NS); s++) {                       \
      const size_t v0 = s % (MV / MS) * MS, j0 = s / (MV / MS) * NS;           \
      double *to = d + j0 * ld + v0 * VL;                                      \
      double *counts = COUNTS ? used + j0 * ld + v0 * VL : NULL;               \
      for (size_t k0 = 0; k0 < ncol; k0 += length) {                           \
        const size_t k1 = ncol - k0 < length ? ncol : k0 + length;             \
        vec acc[NS][MS], count[NS][MS];                                        \
        (void)count;                                                           \
        UNROLLED(j, NS) {                                                      \
          UNROLLED(v, MS) {                                                    \
            const size_t at = (size_t)j * ld + (size_t)v * VL;                 \
            acc[j][v] = CHAIN && !fresh ? v_load(to + at) : v_zero();          \
            if (COUNTS) count[j][v] = v_zero();                                \
          }                                                                    \
        }                                                                      \
        for (size_t k = k0; k < k1; k += 1 + PAIRED) {                         \
          const double *a = panels->a + k * MR + v0 * VL;                      \
          const double *b = panels->b + k * NR + j0;                           \
          const vec weight = v_bcast(panels->weights + k);                     \
          const vec scale = v_bcast(panels->scale + k);                        \
          vec x[MS], x_low[MS];                                                \
          (void)weight;                                                        \
          (void)scale;                                                         \
          (void)x_low;                                                         \
          UNROLLED(v, MS) {                                                    \
            x[v] = v_load(a + v * VL);                                         \
            if (PAIRED) x_low[v] = v_load(a + MR + v * VL);                    \
          }                                                                    \
          UNROLLED(j, NS) {                                                    \
            const vec y = v_bcast(b + j);                                      \
            const vec y_low = PAIRED ? v_bcast(b + NR + j) : y;                \
            (void)y_low;                                                       \
            UNROLLED(v, MS) { TERM; }                                          \
          }                                                                    \
        }                                                                      \
        UNROLLED(j, NS) {                                                      \
          UNROLLED(v, MS) {                                                    \
            const size_t at = (size_t)j * ld + (size_t)v * VL;                 \
            const bool first = CHAIN || (fresh && k0 == 0);                    \
            if (!first) acc[j][v] = JOIN(v_load(to + at), acc[j][v]);          \
            v_store(to + at, acc[j][v]);                                       \
            if (!(COUNTS)) continue;                                           \
            v_store(counts + at, v_add(v_load(counts + at), count[j][v]));     \
          }                                                                    \
        }                                                                      \
      }                                                                        \
    }                                                                          \
  }

/* A product that the compiler must not fuse with the sum it goes into. */
static inline vec v_mul_rounded(vec a, vec b) {
  vec product = v_mul(a, b);
  EDIST_OPAQUE(product);
  return product;
}

/* t^(halves / 2) for t >= 0, by squaring, and a square root if need be. */
static inline vec v_halfpower(vec t, int halves) {
  vec power = halves % 2 ? v_sqrt(t) : v_all(1);
  for (int rest = halves / 2; rest > 0; rest /= 2) {
    if (rest % 2) power = v_mul(power, t);
    t = v_mul(t, t);
  }
  return power;
}

/* One lane after the other: no vector function of this kind is as accurate as
 * the system's. glibc's libmvec is 2 to 3 times as fast, SLEEF up to 2. */
static inline vec v_raise(vec t, const struct edist_power *power) {
  double lane[VL];
  v_store(lane, t);
  for (int l = 0; l < VL; l++) {
    if (lane[l] != 0) lane[l] = power->raise(lane[l], power->exponent);
  }
  return v_load(lane);
}

/* a log(a) + b log(b) for numbers from 0 to 2, to a few units in the last place
 * of the larger term. A logarithm is k log(2) + 2 artanh((m - 1) / (m + 1)) of
 * 2^k m with m near 1; one division serves both. */
#if defined(__GNUC__)
typedef unsigned long long ints __attribute__((vector_size(8 * VL)));

/* Something finite for 0. Returns m and sets k. */
static inline vec v_split(vec value, vec *k) {
  /* m lies between the roots of 1/2 and 2: the field of the exponent is that of
   * the value, moved up by the distance of the former to 1. */
  const ints exponent = ((ints)value + 0x95f619980c433) >> 52; /* k + 1023 */
  *k = v_sub((vec)(exponent | 0x4330000000000000), v_all(0x1p52 + 1023));
  return (vec)((ints)value - (exponent << 52) + (1023ULL << 52));
}

static inline vec v_log_of(vec s, vec k) {
  const vec z = v_mul(s, s);
  vec series = v_all(2.0 / 21);
  UNROLLED(n, 9) series = v_fma(series, z, v_all(2.0 / (19 - 2 * n)));
  const vec rest =
      v_fma(k, v_all(0x1.ef35793c76730p-45), v_mul(v_mul(s, z), series));
  return v_fma(k, v_all(0x1.62e42fefa3800p-1), v_add(v_add(s, s), rest));
}

static inline vec v_logs(vec a, vec b) {
  vec k_a, k_b;
  const vec m_a = v_split(a, &k_a), m_b = v_split(b, &k_b), one = v_all(1);
  const vec above_a = v_add(m_a, one), above_b = v_add(m_b, one);
  const vec inverse = v_div(one, v_mul(above_a, above_b));
  const vec s_a = v_mul(v_mul(v_sub(m_a, one), above_b), inverse);
  const vec s_b = v_mul(v_mul(v_sub(m_b, one), above_a), inverse);
  return v_fma(a, v_log_of(s_a, k_a), v_mul(b, v_log_of(s_b, k_b)));
}
#else
static inline vec v_logs(vec a, vec b) {
  double x[VL], y[VL];
  v_store(x, a);
  v_store(y, b);
  for (int l = 0; l < VL; l++) {
    x[l] = (x[l] > 0 ? x[l] * log(x[l]) : 0) + y[l] * log(y[l]);
  }
  return v_load(x);
}
#endif

/* 2 x log(x / m) + 2 y log(y / m) with m = (x + y) / 2, for x, y >= 0. Both
 * logarithms cancel where x is near y: there, with t = (x - y) / (x + y), the
 * series of (1 + t) log(1 + t) + (1 - t) log(1 - t) in t^2. */
static inline vec v_divergence(vec x, vec y) {
  enum { TERMS = 12 };
  const vec sum = v_add(x, y), t = v_div(v_sub(x, y), sum), z = v_mul(t, t);
  const mask far = m_less(v_all(0.0625), z);
  vec g = v_all(1.0 / (TERMS * (2 * TERMS - 1)));
  UNROLLED(n, TERMS - 1) {
    const int k = TERMS - 1 - n;
    g = v_fma(g, z, v_all(1.0 / (k * (2 * k - 1))));
  }
  g = v_mul(g, z);
  if (m_any(far)) {
    const vec less = v_sub(v_all(1), v_abs(t)),
              more = v_add(v_all(1), v_abs(t));
    g = v_select(far, v_logs(less, more), g);
  }
  return v_select(m_equal(sum, v_zero()), v_zero(), v_mul(sum, g));
}

/* Leaves a column out where its difference is not a number: `diff` is then 0,
 * and its weight is not counted. */
#define MASKED(OF)                                                             \
  const vec raw = OF;                                                          \
  const mask there = m_ordered(raw);                                           \
  const vec diff = v_keep(there, raw);                                         \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))

#define DIFFERENCE v_sub(x[v], y)
#define PAIRED_DIFFERENCE v_add(DIFFERENCE, v_sub(x_low[v], y_low))

#define ADD(term) acc[j][v] = v_add(acc[j][v], term)
#define ADD_SQUARE acc[j][v] = v_fma(diff, diff, acc[j][v])
#define ADD_ROUNDED_SQUARE ADD(v_mul_rounded(diff, diff))
/* The weight goes into one factor: the square alone may underflow where the
 * product does not. */
#define ADD_WEIGHTED acc[j][v] = v_fma(v_mul(diff, weight), diff, acc[j][v])

#define SQDIST                                                                 \
  const vec diff = DIFFERENCE;                                                 \
  ADD_SQUARE
#define SQDIST_MASKED                                                          \
  MASKED(DIFFERENCE);                                                          \
  ADD_SQUARE
#define SQDIST_STRICT                                                          \
  MASKED(DIFFERENCE);                                                          \
  ADD_ROUNDED_SQUARE
#define SQDIST_ROUNDED                                                         \
  const vec diff = DIFFERENCE;                                                 \
  ADD_ROUNDED_SQUARE

#define WEIGHTED                                                               \
  const vec diff = DIFFERENCE;                                                 \
  ADD_WEIGHTED
#define WEIGHTED_MASKED                                                        \
  MASKED(DIFFERENCE);                                                          \
  ADD_WEIGHTED

#define PAIRS                                                                  \
  const vec diff = PAIRED_DIFFERENCE;                                          \
  ADD_SQUARE
#define PAIRS_MASKED                                                           \
  MASKED(PAIRED_DIFFERENCE);                                                   \
  ADD_SQUARE

#define ABSDIFF ADD(v_abs(DIFFERENCE))
#define ABSDIFF_MASKED                                                         \
  MASKED(DIFFERENCE);                                                          \
  ADD(v_mul(weight, v_abs(diff)))

#define MAXDIFF acc[j][v] = v_max(acc[j][v], v_abs(DIFFERENCE))
#define MAXDIFF_MASKED                                                         \
  MASKED(DIFFERENCE);                                                          \
  acc[j][v] = v_max(acc[j][v], v_mul(weight, v_abs(diff)))

/* |x - y| / (|x| + |y|), as dist() has it. Columns where both values are 0 or
 * nearly so are left out (the difference never exceeds the sum, whose size
 * tells). Every quotient of finite values is a number, unless they are huge. */
#define CANBERRA                                                               \
  const vec sum = v_add(v_abs(x[v]), v_abs(y));                                \
  const vec quotient = v_div(v_abs(v_sub(x[v], y)), sum);                      \
  const mask there = m_less(v_all(DBL_MIN), sum);                              \
  ADD(v_keep(there, quotient));                                                \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))

/* An infinite difference of an infinite sum counts as 1, and so may any
 * quotient of equals. */
#define CANBERRA_OF(x, y)                                                      \
  const vec sum = v_add(v_abs(x), v_abs(y));                                   \
  const vec diff = v_abs(v_sub(x, y));                                         \
  const vec quotient =                                                         \
      v_select(m_equal(diff, sum), v_all(1), v_div(diff, sum));                \
  const mask there = m_and(m_less(v_all(DBL_MIN), sum), m_ordered(quotient));  \
  ADD(v_keep(there, v_mul(weight, quotient)));                                 \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))
#define CANBERRA_MASKED CANBERRA_OF(x[v], y)

/* Halves of the values do not overflow where their sum does. */
#define CANBERRA_HUGE                                                          \
  const mask large = m_less(v_all(DBL_MAX), v_add(v_abs(x[v]), v_abs(y)));     \
  const vec scale = v_select(large, v_all(0.5), v_all(1));                     \
  const vec a_half = v_mul(x[v], scale), b_half = v_mul(y, scale);             \
  CANBERRA_OF(a_half, b_half)

/* Counts are exact in any order: columns where exactly one row is on; and, in
 * one number, columns where at least one is on and columns that were used. */
#define BINARY                                                                 \
  const mask on_x = m_not(m_equal(x[v], v_zero()));                            \
  const mask on_y = m_not(m_equal(y, v_zero()));                               \
  const mask there = m_ordered(v_add(v_sub(x[v], x[v]), v_sub(y, y)));         \
  ADD(v_keep(m_and(there, m_xor(on_x, on_y)), v_all(1)));                      \
  const vec on = v_keep(m_or(on_x, on_y), v_all(1));                           \
  count[j][v] =                                                                \
      v_add(count[j][v], v_keep(there, v_add(on, v_all(EDIST_BINARY_USED))))

#define HALFPOWER ADD(v_halfpower(v_abs(DIFFERENCE), panels->power->halves))
#define HALFPOWER_MASKED                                                       \
  MASKED(DIFFERENCE);                                                          \
  ADD(v_mul(weight, v_halfpower(v_abs(diff), panels->power->halves)))

#define POWER                                                                  \
  MASKED(DIFFERENCE);                                                          \
  ADD(v_mul(weight, v_raise(v_abs(diff), panels->power)))

/* |x - y|, and, counted, |x + y|. What is added is multiplied by 1: the units
 * for products would be idle. */
#define BRAYCURTIS                                                             \
  acc[j][v] = v_fma(v_abs(DIFFERENCE), v_all(1), acc[j][v]);                   \
  count[j][v] = v_fma(v_abs(v_add(x[v], y)), v_all(1), count[j][v])
#define BRAYCURTIS_MASKED                                                      \
  const vec raw = DIFFERENCE, both = v_add(x[v], y);                           \
  const mask there = m_and(m_ordered(raw), m_ordered(both));                   \
  ADD(v_keep(there, v_abs(raw)));                                              \
  count[j][v] = v_add(count[j][v], v_keep(there, v_abs(both)))

/* Columns that differ. */
#define HAMMING ADD(v_keep(m_not(m_equal(x[v], y)), weight))
#define HAMMING_MASKED                                                         \
  const mask there = m_and(m_ordered(x[v]), m_ordered(y));                     \
  ADD(v_keep(m_and(there, m_not(m_equal(x[v], y))), weight));                  \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))

/* Numbers by their range, and 1 for codes that differ, see R/gower.R. */
#define GOWER                                                                  \
  MASKED(DIFFERENCE);                                                          \
  ADD(v_mul(weight, v_min(v_mul(v_abs(diff), scale), v_all(1))))

#define JENSENSHANNON ADD(v_divergence(x[v], y))

/* Squared differences, and, counted, squared sums. */
#define OPPOSITE                                                               \
  const vec diff = DIFFERENCE, both = v_add(x[v], y);                          \
  ADD_SQUARE;                                                                  \
  count[j][v] = v_fma(both, both, count[j][v])

/* clang-format off */
/*          name                   MS  NS     term             join
 *                                                     chain, counts, paired */
DEFINE_TILE(tile_sqdist,           MV, NR,    SQDIST,           v_add, 0, 0, 0)
DEFINE_TILE(tile_sqdist_masked,    1,  NPAIR, SQDIST_MASKED,    v_add, 0, 1, 0)
DEFINE_TILE(tile_sqdist_strict,    1,  NPAIR, SQDIST_STRICT,    v_add, 1, 1, 0)
DEFINE_TILE(tile_sqdist_rounded,   MV, NR,    SQDIST_ROUNDED,   v_add, 0, 0, 0)
DEFINE_TILE(tile_weighted,         MV, NR,    WEIGHTED,         v_add, 0, 0, 0)
DEFINE_TILE(tile_weighted_masked,  1,  NPAIR, WEIGHTED_MASKED,  v_add, 0, 1, 0)
DEFINE_TILE(tile_paired,           1,  NPAIR, PAIRS,            v_add, 0, 0, 1)
DEFINE_TILE(tile_paired_masked,    1,  NPAIR, PAIRS_MASKED,     v_add, 0, 1, 1)
DEFINE_TILE(tile_absdiff,          MV, NR,    ABSDIFF,          v_add, 0, 0, 0)
DEFINE_TILE(tile_absdiff_masked,   1,  NPAIR, ABSDIFF_MASKED,   v_add, 0, 1, 0)
DEFINE_TILE(tile_absdiff_strict,   1,  NPAIR, ABSDIFF_MASKED,   v_add, 1, 1, 0)
DEFINE_TILE(tile_maxdiff,          MV, NR,    MAXDIFF,          v_max, 0, 0, 0)
DEFINE_TILE(tile_maxdiff_masked,   1,  NPAIR, MAXDIFF_MASKED,   v_max, 0, 1, 0)
DEFINE_TILE(tile_canberra,         1,  NPAIR, CANBERRA,         v_add, 0, 1, 0)
DEFINE_TILE(tile_canberra_masked,  1,  NPAIR, CANBERRA_MASKED,  v_add, 0, 1, 0)
DEFINE_TILE(tile_canberra_strict,  1,  NPAIR, CANBERRA_MASKED,  v_add, 1, 1, 0)
DEFINE_TILE(tile_canberra_huge,    1,  NPAIR, CANBERRA_HUGE,    v_add, 0, 1, 0)
DEFINE_TILE(tile_binary,           1,  NPAIR, BINARY,           v_add, 0, 1, 0)
DEFINE_TILE(tile_halfpower,        1,  NPAIR, HALFPOWER,        v_add, 0, 0, 0)
DEFINE_TILE(tile_halfpower_masked, 1,  NPAIR, HALFPOWER_MASKED, v_add, 0, 1, 0)
DEFINE_TILE(tile_power,            1,  1,     POWER,            v_add, 0, 1, 0)
DEFINE_TILE(tile_power_strict,     1,  1,     POWER,            v_add, 1, 1, 0)
DEFINE_TILE(tile_braycurtis,       1,  NPAIR, BRAYCURTIS,       v_add, 0, 1, 0)
DEFINE_TILE(tile_braycurtis_masked,1,  NPAIR, BRAYCURTIS_MASKED,v_add, 0, 1, 0)
DEFINE_TILE(tile_hamming,          MV, NR,    HAMMING,          v_add, 0, 0, 0)
DEFINE_TILE(tile_hamming_masked,   1,  NPAIR, HAMMING_MASKED,   v_add, 0, 1, 0)
DEFINE_TILE(tile_gower,            1,  NPAIR, GOWER,            v_add, 0, 1, 0)
DEFINE_TILE(tile_jensenshannon,    1,  1,     JENSENSHANNON,    v_add, 0, 0, 0)
DEFINE_TILE(tile_opposite,         1,  NPAIR, OPPOSITE,         v_add, 0, 1, 0)
/* clang-format on */

/* What a plain tile does, on registers alone: nothing is loaded, but the
 * compiler is made to believe that y is new each time. */
#define DEFINE_PEAK(NAME, TERM)                                                \
  static double NAME(size_t repeats) {                                         \
    vec acc[NR][MV], x[MV], y = v_all(0.25), sum = v_zero();                   \
    UNROLLED(v, MV) x[v] = v_all(0.5 + v);                                     \
    UNROLLED(j, NR) { UNROLLED(v, MV) acc[j][v] = v_zero(); }                  \
    for (size_t r = 0; r < repeats; r++) {                                     \
      UNROLLED(j, NR) {                                                        \
        EDIST_OPAQUE(y);                                                       \
        UNROLLED(v, MV) { TERM; }                                              \
      }                                                                        \
    }                                                                          \
    UNROLLED(j, NR) { UNROLLED(v, MV) sum = v_add(sum, acc[j][v]); }           \
    double lane[VL];                                                           \
    v_store(lane, sum);                                                        \
    return lane[0];                                                            \
  }

DEFINE_PEAK(peak_sqdist, SQDIST)
DEFINE_PEAK(peak_absdiff, ABSDIFF)
DEFINE_PEAK(peak_maxdiff, MAXDIFF)
