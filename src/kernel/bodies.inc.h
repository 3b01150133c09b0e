/* The kernels' bodies, written once and instantiated per instruction set.
 *
 * The including unit provides a vector vocabulary (v-<isa>.h), MV and NR (the
 * tile is MV vectors of observations by NR observations), and KERNEL, the name
 * of the table row to define.
 *
 * All loops over the tile are unrolled, those that set it to zero and store it
 * as well: otherwise gcc keeps the accumulators in memory and the kernel runs
 * at half its speed. */
#define MR (MV * VL)

/* Squared differences. Difference form, never |x|^2 + |y|^2 - 2xy: that form
 * cancels for close or offset rows, and costs the same here, for the
 * subtraction runs beside the fma on hardware with separate adders. */
static void tile_sqdist(size_t ncol, const double *a, const double *b,
                        double *d, size_t ld, bool fresh) {
  for (size_t k0 = 0; k0 < ncol; k0 += EDIST_SUM_BLOCK) {
    const size_t k1 = ncol - k0 < EDIST_SUM_BLOCK ? ncol : k0 + EDIST_SUM_BLOCK;
    vec acc[NR][MV];
    EDIST_UNROLL
    for (int j = 0; j < NR; j++) {
      EDIST_UNROLL
      for (int v = 0; v < MV; v++) acc[j][v] = v_zero();
    }
    for (size_t k = k0; k < k1; k++) {
      vec x[MV];
      EDIST_UNROLL
      for (int v = 0; v < MV; v++) x[v] = v_load(a + k * MR + v * VL);
      EDIST_UNROLL
      for (int j = 0; j < NR; j++) {
        const vec y = v_bcast(b + k * NR + j);
        EDIST_UNROLL
        for (int v = 0; v < MV; v++) {
          const vec diff = v_sub(x[v], y);
          acc[j][v] = v_fma(diff, diff, acc[j][v]);
        }
      }
    }
    if (fresh && k0 == 0) {
      EDIST_UNROLL
      for (int j = 0; j < NR; j++) {
        EDIST_UNROLL
        for (int v = 0; v < MV; v++) v_store(d + j * ld + v * VL, acc[j][v]);
      }
    } else {
      EDIST_UNROLL
      for (int j = 0; j < NR; j++) {
        EDIST_UNROLL
        for (int v = 0; v < MV; v++) {
          double *to = d + j * ld + v * VL;
          v_store(to, v_add(v_load(to), acc[j][v]));
        }
      }
    }
  }
}

/* Columns packed together: each is a stream that the hardware prefetches, and a
 * panel receives several cache lines in a row. */
enum { COLUMNS_AT_ONCE = 8 };

/* One body for the two types of R's matrices. Missing values are noticed in
 * passing, for nothing, while memory delivers: `seen` turns MISSING if any value
 * was. A column's next visit is for the columns after these: they are asked for
 * in time. */
#define DEFINE_PACK(NAME, TYPE, LOAD, SEE, MISSING)                            \
  static bool NAME(const TYPE *x, size_t ld, size_t nrow, size_t ncol,         \
                   size_t lanes, double *panels) {                             \
    bool missing = false;                                                      \
    vec seen = v_zero();                                                       \
    for (size_t k = 0; k < ncol; k += COLUMNS_AT_ONCE) {                       \
      const size_t left = ncol - k;                                            \
      const size_t count = left < COLUMNS_AT_ONCE ? left : COLUMNS_AT_ONCE;    \
      for (size_t i = 0; i < nrow; i += lanes) {                               \
        const size_t rows = nrow - i < lanes ? nrow - i : lanes;               \
        for (size_t c = k; c < k + count; c++) {                               \
          const TYPE *from = x + i + c * ld;                                   \
          double *to = panels + i * ncol + c * lanes;                          \
          size_t l = 0;                                                        \
          for (; l + VL <= rows; l += VL) {                                    \
            EDIST_PREFETCH(from + l + COLUMNS_AT_ONCE * ld);                   \
            const vec value = LOAD(from + l);                                  \
            seen = SEE(seen, value);                                           \
            v_store(to + l, value);                                            \
          }                                                                    \
          for (; l < rows; l++) {                                              \
            to[l] = from[l];                                                   \
            missing = missing || MISSING(to[l]);                               \
          }                                                                    \
          for (; l < lanes; l++) to[l] = 0;                                    \
        }                                                                      \
      }                                                                        \
    }                                                                          \
    double lane[VL];                                                           \
    v_store(lane, seen);                                                       \
    for (int l = 0; l < VL; l++) missing = missing || MISSING(lane[l]);        \
    return !missing;                                                           \
  }

/* 0 times a finite value is 0, times any other NaN, and sums keep NaN. */
#define SEE_DOUBLE(seen, value) v_fma(value, v_zero(), seen)
#define MISSING_DOUBLE(value) ((value) - (value) != 0)
DEFINE_PACK(pack_double, double, v_load, SEE_DOUBLE, MISSING_DOUBLE)

#define MISSING_INTEGER(value) ((value) == INT_MIN)
DEFINE_PACK(pack_integer, int, v_load_integer, v_min, MISSING_INTEGER)

#undef DEFINE_PACK
#undef SEE_DOUBLE
#undef MISSING_DOUBLE
#undef MISSING_INTEGER

/* n is a multiple of MR in fold and root, as the strips they work on are. Where
 * a sum overflows nothing is lost: infinity stays what it is. */
static void fold(size_t n, const double *group, double *total, double *lost) {
  for (size_t i = 0; i < n; i += VL) {
    const vec old = v_load(total + i);
    const vec term = v_sub(v_load(group + i), v_load(lost + i));
    const vec sum = v_add(old, term);
    v_store(lost + i, v_nan_to_zero(v_sub(v_sub(sum, old), term)));
    v_store(total + i, sum);
  }
}

/* A vector square root: seven times faster than n scalar ones. */
static void root(size_t n, double *d) {
  for (size_t i = 0; i < n; i += VL) v_store(d + i, v_sqrt(v_load(d + i)));
}

const struct edist_kernel KERNEL = {
    .mr = MR,
    .nr = NR,
    .tile = {[EDIST_ACCUMULATE_sqdist] = tile_sqdist},
    .pack_double = pack_double,
    .pack_integer = pack_integer,
    .fold = fold,
    .root = root,
};
