/* The kernels' bodies, written once and instantiated per instruction set.
 *
 * The including unit provides a vector vocabulary (v-<isa>.h), MV and NR (the
 * tile is MV vectors of observations by NR observations), NPAIR (how many of
 * these a body with two accumulators each can hold, a divisor of NR), and
 * KERNEL, the name of the table row to define.
 *
 * Terms are differences, never |x|^2 + |y|^2 - 2xy: that form cancels for close
 * or offset rows, and costs the same here, for the subtraction runs beside the
 * fma on hardware with separate adders. */
#define MR (MV * VL)
_Static_assert(EDIST_STRETCH_STEP % MR == 0, "blocks of a stretch are whole tiles");
_Static_assert(NR % NPAIR == 0, "a tile is done in equal parts");

/* A product that the compiler must not fuse with the sum it goes into. */
static inline vec v_mul_rounded(vec a, vec b) {
  vec product = v_mul(a, b);
  EDIST_OPAQUE(product);
  return product;
}

/* A difference where there is one, else 0. */
#define MASKED(DIFFERENCE)                                                     \
  const vec all = DIFFERENCE;                                                  \
  const mask there = m_ordered(all);                                           \
  const vec diff = v_keep(there, all);                                         \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))
#define MASKED_DIFFERENCE MASKED(v_sub(x[v], y))

/* What the plain tiles that matter most do, and what their peaks are made of. */
#define PLAIN_SQDIST                                                           \
  const vec diff = v_sub(x[v], y);                                             \
  acc[j][v] = v_fma(diff, diff, acc[j][v])
#define PLAIN_ABSDIFF acc[j][v] = v_add(acc[j][v], v_abs(v_sub(x[v], y)))
#define PLAIN_MAXDIFF acc[j][v] = v_max(acc[j][v], v_abs(v_sub(x[v], y)))

#define TILE tile_sqdist
#define MS MV
#define NS NR
#define STEP PLAIN_SQDIST
#define JOIN v_add
#define CHAIN 0
#define COUNT 0
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_sqdist_masked
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_fma(diff, diff, acc[j][v])
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_sqdist_strict
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_add(acc[j][v], v_mul_rounded(diff, diff))
#define JOIN v_add
#define CHAIN 1
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_sqdist_rounded
#define MS MV
#define NS NR
#define STEP                                                                   \
  const vec diff = v_sub(x[v], y);                                             \
  acc[j][v] = v_add(acc[j][v], v_mul_rounded(diff, diff))
#define JOIN v_add
#define CHAIN 0
#define COUNT 0
#define PAIRED 0
#include "kernel/tile.inc.h"

/* A weight goes into one factor of the square: the square alone may underflow
 * where the product does not. */
#define TILE tile_weighted
#define MS MV
#define NS NR
#define STEP                                                                   \
  const vec diff = v_sub(x[v], y);                                             \
  acc[j][v] = v_fma(v_mul(diff, weight), diff, acc[j][v])
#define JOIN v_add
#define CHAIN 0
#define COUNT 0
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_weighted_masked
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_fma(v_mul(diff, weight), diff, acc[j][v])
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define PAIRED_DIFFERENCE v_add(v_sub(x[v], y), v_sub(rest[v], y_rest))

#define TILE tile_paired
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  const vec diff = PAIRED_DIFFERENCE;                                          \
  acc[j][v] = v_fma(diff, diff, acc[j][v])
#define JOIN v_add
#define CHAIN 0
#define COUNT 0
#define PAIRED 1
#include "kernel/tile.inc.h"

#define TILE tile_paired_masked
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  MASKED(PAIRED_DIFFERENCE);                                                   \
  acc[j][v] = v_fma(diff, diff, acc[j][v])
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 1
#include "kernel/tile.inc.h"

#define TILE tile_absdiff
#define MS MV
#define NS NR
#define STEP PLAIN_ABSDIFF
#define JOIN v_add
#define CHAIN 0
#define COUNT 0
#define PAIRED 0
#include "kernel/tile.inc.h"

#define ABSDIFF                                                                \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_add(acc[j][v], v_abs(diff))

#define TILE tile_absdiff_masked
#define MS 1
#define NS NPAIR
#define STEP ABSDIFF
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_absdiff_strict
#define MS 1
#define NS NPAIR
#define STEP ABSDIFF
#define JOIN v_add
#define CHAIN 1
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_maxdiff
#define MS MV
#define NS NR
#define STEP PLAIN_MAXDIFF
#define JOIN v_max
#define CHAIN 0
#define COUNT 0
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_maxdiff_masked
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_max(acc[j][v], v_abs(diff))
#define JOIN v_max
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

/* |x - y| / (|x| + |y|). As dist() has it: columns where both are 0 or nearly so
 * are left out (the difference is never more than the sum, whose size tells); an
 * infinite difference of an infinite sum counts as 1, and so may any quotient of
 * equals. */
#define CANBERRA(x, y)                                                         \
  const vec sum = v_add(v_abs(x), v_abs(y));                                   \
  const vec diff = v_abs(v_sub(x, y));                                         \
  const vec quotient =                                                         \
      v_select(m_equal(diff, sum), v_all(1), v_div(diff, sum));                \
  const mask there =                                                           \
      m_and(m_less(v_all(DBL_MIN), sum), m_ordered(quotient));                 \
  acc[j][v] = v_add(acc[j][v], v_keep(there, quotient));                       \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))

/* Where dist() has a sum that overflows, halves of the values do not. */
#define HALVES                                                                 \
  const mask large =                                                           \
      m_less(v_all(DBL_MAX), v_add(v_abs(x[v]), v_abs(y)));                    \
  const vec scale = v_select(large, v_all(0.5), v_all(1));                     \
  const vec a_half = v_mul(x[v], scale), b_half = v_mul(y, scale)

/* Of finite values every quotient is a number. */
#define TILE tile_canberra
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  HALVES;                                                                      \
  const vec sum = v_add(v_abs(a_half), v_abs(b_half));                         \
  const vec quotient = v_div(v_abs(v_sub(a_half, b_half)), sum);               \
  const mask there = m_less(v_all(DBL_MIN), sum);                              \
  acc[j][v] = v_add(acc[j][v], v_keep(there, quotient));                       \
  count[j][v] = v_add(count[j][v], v_keep(there, weight))
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_canberra_masked
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  HALVES;                                                                      \
  CANBERRA(a_half, b_half)
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_canberra_strict
#define MS 1
#define NS NPAIR
#define STEP CANBERRA(x[v], y)
#define JOIN v_add
#define CHAIN 1
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

/* Counts exactly, in whatever order: columns where one row is on and the other
 * is not; and, in one number, those where one is on and those used. */
#define TILE tile_binary
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  const mask on_x = m_not(m_equal(x[v], v_zero()));                            \
  const mask on_y = m_not(m_equal(y, v_zero()));                               \
  const mask there = m_ordered(v_add(v_sub(x[v], x[v]), v_sub(y, y)));         \
  acc[j][v] =                                                                  \
      v_add(acc[j][v], v_keep(m_and(there, m_xor(on_x, on_y)), v_all(1)));     \
  const vec on = v_keep(m_or(on_x, on_y), v_all(1));                           \
  (void)weight;                                                                \
  count[j][v] =                                                                \
      v_add(count[j][v], v_keep(there, v_add(on, v_all(EDIST_BINARY_USED))))
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

/* t^(halves / 2) for t >= 0, by squaring, and a square root if need be. */
static inline vec v_halfpower(vec t, int halves) {
  vec power = halves % 2 ? v_sqrt(t) : v_all(1);
  for (int rest = halves / 2; rest > 0; rest /= 2) {
    if (rest % 2) power = v_mul(power, t);
    t = v_mul(t, t);
  }
  return power;
}

#define TILE tile_halfpower
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  acc[j][v] = v_add(acc[j][v],                                                 \
                    v_halfpower(v_abs(v_sub(x[v], y)), panels->power->halves))
#define JOIN v_add
#define CHAIN 0
#define COUNT 0
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_halfpower_masked
#define MS 1
#define NS NPAIR
#define STEP                                                                   \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_add(acc[j][v], v_halfpower(v_abs(diff), panels->power->halves))
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

/* One lane after the other: there is no vector function of this kind that is as
 * accurate as the system's. */
static inline vec v_raise(vec t, const struct edist_power *power) {
  double lane[VL];
  v_store(lane, t);
  for (int l = 0; l < VL; l++) {
    if (lane[l] != 0) lane[l] = power->raise(lane[l], power->exponent);
  }
  return v_load(lane);
}

#define POWER                                                                  \
  MASKED_DIFFERENCE;                                                           \
  acc[j][v] = v_add(acc[j][v], v_raise(v_abs(diff), panels->power))

#define TILE tile_power
#define MS 1
#define NS 1
#define STEP POWER
#define JOIN v_add
#define CHAIN 0
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

#define TILE tile_power_strict
#define MS 1
#define NS 1
#define STEP POWER
#define JOIN v_add
#define CHAIN 1
#define COUNT 1
#define PAIRED 0
#include "kernel/tile.inc.h"

/* What a plain tile does, on registers alone: nothing is loaded but what the
 * compiler is made to believe is new each time. */
#define DEFINE_PEAK(NAME, TERM)                                                \
  static double NAME(size_t repeats) {                                         \
    vec acc[NR][MV], x[MV], y = v_all(0.25), sum = v_zero();                   \
    EDIST_UNROLL                                                               \
    for (int v = 0; v < MV; v++) x[v] = v_all(0.5 + v);                        \
    EDIST_UNROLL                                                               \
    for (int j = 0; j < NR; j++) {                                             \
      EDIST_UNROLL                                                             \
      for (int v = 0; v < MV; v++) acc[j][v] = v_zero();                       \
    }                                                                          \
    for (size_t r = 0; r < repeats; r++) {                                     \
      EDIST_UNROLL                                                             \
      for (int j = 0; j < NR; j++) {                                           \
        EDIST_OPAQUE(y);                                                       \
        EDIST_UNROLL                                                           \
        for (int v = 0; v < MV; v++) {                                         \
          TERM;                                                                \
        }                                                                      \
      }                                                                        \
    }                                                                          \
    EDIST_UNROLL                                                               \
    for (int j = 0; j < NR; j++) {                                             \
      EDIST_UNROLL                                                             \
      for (int v = 0; v < MV; v++) sum = v_add(sum, acc[j][v]);                \
    }                                                                          \
    double lane[VL];                                                           \
    v_store(lane, sum);                                                        \
    return lane[0];                                                            \
  }

DEFINE_PEAK(peak_sqdist, PLAIN_SQDIST)
DEFINE_PEAK(peak_absdiff, PLAIN_ABSDIFF)
DEFINE_PEAK(peak_maxdiff, PLAIN_MAXDIFF)
#undef DEFINE_PEAK

/* Columns packed together: each is a stream that the hardware prefetches, and a
 * panel receives several cache lines in a row. */
enum { COLUMNS_AT_ONCE = 8 };

/* One body for the two types of R's matrices. What is unusual among the values
 * is noticed in passing, for nothing, while memory delivers. A column's next
 * visit is for the columns after these: they are asked for in time. */
#define DEFINE_PACK(NAME, TYPE, LOAD, ONE)                                     \
  static unsigned NAME(const TYPE *x, size_t ld, size_t nrow, size_t ncol,     \
                       size_t lanes, double *panels) {                         \
    vec missing = v_zero(), least = v_all(1);                                  \
    double missing1 = 0, least1 = 1;                                           \
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
            least = v_min(v_size(value), least);                               \
            v_store(to + l, value);                                            \
          }                                                                    \
        }                                                                      \
        for (size_t c = k; whole < lanes && c < k + count; c++) {              \
          const TYPE *from = x + i + c * ld;                                   \
          double *to = panels + i * ncol + c * lanes;                          \
          for (size_t l = whole; l < rows; l++) {                              \
            const double value = ONE(from[l]);                                 \
            missing1 += value * 0;                                             \
            if (value != 0 && fabs(value) < least1) least1 = fabs(value);      \
            to[l] = value;                                                     \
          }                                                                    \
          for (size_t l = rows; l < lanes; l++) to[l] = 0;                     \
        }                                                                      \
      }                                                                        \
    }                                                                          \
    return seen(missing, least) | seen(v_all(missing1), v_all(least1));        \
  }

/* 0 times a finite value is 0, times any other NaN, and sums keep NaN. */
static unsigned seen(vec missing, vec least) {
  const bool all_there = !m_any(m_not(m_ordered(missing)));
  const bool tiny = m_any(m_less(least, v_all(EDIST_TINY_VALUE)));
  return (all_there ? 0 : EDIST_SEEN_missing) | (tiny ? EDIST_SEEN_tiny : 0);
}

/* What of a value tells whether it is tiny: zero is not. */
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

/* n is a multiple of MR in fold() and doubtful(), as what they work on is.
 * Where a sum overflows nothing is lost: infinity stays what it is. */
static void fold(size_t n, const double *group, double *total, double *lost) {
  for (size_t i = 0; i < n; i += VL) {
    const vec old = v_load(total + i);
    const vec term = v_sub(v_load(group + i), v_load(lost + i));
    const vec sum = v_add(old, term);
    const vec error = v_sub(v_sub(sum, old), term);
    v_store(lost + i, v_keep(m_ordered(error), error));
    v_store(total + i, sum);
  }
}

static bool doubtful(size_t n, const double *sum, bool zeros) {
  const vec low = v_all(EDIST_SMALLEST_SUM), high = v_all(DBL_MAX);
  const vec zero = v_all(zeros ? -1 : 0);
  mask any = m_less(v_zero(), v_zero());
  for (size_t i = 0; i < n; i += VL) {
    const vec value = v_load(sum + i);
    any = m_or(any, m_and(m_less(value, low), m_less(zero, value)));
    any = m_or(any, m_less(high, value));
  }
  return m_any(any);
}

/* Square roots by the vector: seven times faster than one by one. */
static vec finish_one(const struct edist_finishing *f, vec d, vec used) {
  switch (f->finish) {
    case EDIST_FINISH_none:
      return d;
    case EDIST_FINISH_root:
      return v_sqrt(d);
    case EDIST_FINISH_half:
      /* Rounding may leave the range [0, 2]; NaN comes second, and stays. */
      return v_min(v_all(2), v_mul(d, v_all(0.5)));
    case EDIST_FINISH_power: {
      const struct edist_power root = {.exponent = 1 / f->power->exponent,
                                       .raise = f->power->raise};
      return v_raise(d, &root);
    }
    case EDIST_FINISH_share: {
      /* Adding and taking away a large number rounds to whole ones. */
      const vec large = v_all(0x1.8p52);
      vec on = v_add(used, large);
      EDIST_OPAQUE(on);
      on = v_sub(on, large);
      return v_select(m_equal(on, v_zero()), v_zero(), v_div(d, on));
    }
  }
  return d;
}

static inline vec finish_vector(const struct edist_finishing *f, vec value,
                                vec used) {
  if (f->rescale) value = v_div(value, v_div(used, v_all(f->weights)));
  value = finish_one(f, value, used);
  const mask there = m_not(m_equal(used, v_zero()));
  return v_select(m_and(there, m_ordered(value)), value, v_all(f->missing));
}

/* Fewer than a vector's lanes. */
static void finish_few(const struct edist_finishing *f, size_t n,
                       const double *sum, const double *used, double *to) {
  double some[VL] = {0}, some_used[VL] = {0};
  memcpy(some, sum, n * sizeof *some);
  if (used) memcpy(some_used, used, n * sizeof *some);
  const vec weight = used ? v_load(some_used) : v_all(f->weights);
  v_store(some, finish_vector(f, v_load(some), weight));
  memcpy(to, some, n * sizeof *some);
}

/* How many values come before the first at an address for streaming. */
static size_t before_aligned(const double *to) {
  const size_t lanes = (uintptr_t)to / sizeof *to % VL;
  return lanes ? VL - lanes : 0;
}

static void finish(const struct edist_finishing *finishing, size_t n,
                   const double *sum, const double *used, double *to,
                   bool stream) {
  struct edist_finishing f = *finishing;
  if (!used) f.rescale = false; /* all columns were used */
  size_t i = stream ? before_aligned(to) : 0;
  if (i > n) i = n;
  if (i > 0) finish_few(&f, i, sum, used, to);
  for (; i + VL <= n; i += VL) {
    const vec weight = used ? v_load(used + i) : v_all(f.weights);
    const vec value = finish_vector(&f, v_load(sum + i), weight);
    if (stream) {
      v_stream(to + i, value);
    } else {
      v_store(to + i, value);
    }
  }
  if (i < n) finish_few(&f, n - i, sum + i, used ? used + i : NULL, to + i);
}

/* Vectors looked at together: most have nothing to select. */
enum { SELECT_VECTORS = 4 };

#define DEFINE_SELECT(NAME, TEST, ONE)                                         \
  static size_t NAME(size_t n, const double *d, double limit,                  \
                     unsigned *place) {                                        \
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
          place[count] = (unsigned)i + (unsigned)(v * VL + l);                 \
          count += bits >> l & 1;                                              \
        }                                                                      \
      }                                                                        \
    }                                                                          \
    for (; i < n; i++) {                                                       \
      if (d[i] ONE limit) place[count++] = (unsigned)i;                        \
    }                                                                          \
    return count;                                                              \
  }

DEFINE_SELECT(at_most, m_less(value, limits), <=)
DEFINE_SELECT(at_least, m_less(limits, value), >=)
#undef DEFINE_SELECT

/* As many sums at a time on every instruction set. */
enum { SUM_LANES = 16 };

static double sum(size_t n, const double *d, size_t *there) {
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
  *there = (size_t)numbers[0];
  return lane[0];
}

const struct edist_kernel KERNEL = {
    .mr = MR,
    .nr = NR,
    .tile =
        {
            [EDIST_ACCUMULATE_sqdist] = {tile_sqdist, tile_sqdist_masked,
                                         tile_sqdist_strict,
                                         tile_sqdist_rounded},
            [EDIST_ACCUMULATE_weighted] = {tile_weighted, tile_weighted_masked,
                                           NULL},
            [EDIST_ACCUMULATE_paired] = {tile_paired, tile_paired_masked, NULL},
            [EDIST_ACCUMULATE_absdiff] = {tile_absdiff, tile_absdiff_masked,
                                          tile_absdiff_strict},
            [EDIST_ACCUMULATE_maxdiff] = {tile_maxdiff, tile_maxdiff_masked,
                                          tile_maxdiff_masked},
            [EDIST_ACCUMULATE_canberra] = {tile_canberra, tile_canberra_masked,
                                           tile_canberra_strict},
            [EDIST_ACCUMULATE_binary] = {NULL, tile_binary, tile_binary},
            [EDIST_ACCUMULATE_halfpower] = {tile_halfpower,
                                            tile_halfpower_masked,
                                            tile_power_strict},
            [EDIST_ACCUMULATE_power] = {NULL, tile_power, tile_power_strict},
        },
    .peak = {[EDIST_ACCUMULATE_sqdist] = peak_sqdist,
             [EDIST_ACCUMULATE_absdiff] = peak_absdiff,
             [EDIST_ACCUMULATE_maxdiff] = peak_maxdiff},
    .pack_double = pack_double,
    .pack_integer = pack_integer,
    .fold = fold,
    .doubtful = doubtful,
    .finish = finish,
    .at_most = at_most,
    .at_least = at_least,
    .sum = sum,
};
