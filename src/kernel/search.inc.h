/* Tile functions of the search (search/search.h): MR rows of a micro-panel, and
 * instead of a second one
 *   few   a few rows, each behind a pointer of its own: row[j]
 *   box   a box: the value nearest to each row in low[k] .. high[k]
 *   rows  one row, and instead of the micro-panel MR rows wherever they are
 * They set the bits of hits[j] whose sum does not exceed its limit, or return
 * false if every sum does. Partial sums tell, because no term is negative: they
 * are looked at every SEARCH_STEP columns. limit[] has a limit for each row,
 * and for a box one for each lane.
 *
 * The terms and the order of their sum are those of the plain tiles, and so are
 * the bits. Rounding is monotone, so a sum with a box is never larger than that
 * with a row inside it: it needs no margin as a lower bound. */
enum { SEARCH_STEP = 16 };

/* The sums of SEARCH_STEP columns or fewer, of some rows. */
struct search_step {
  int rows;
  const double *sum; /* of the summation block so far, MR for each row */
  double *d;         /* of the blocks before it, and in the end of all */
  size_t ld;
  bool join, max; /* add to those, or take the maximum */
  bool last;      /* the block is complete */
  const double *limit;
  bool lanes; /* a limit for each lane, not for each row */
};

/* Whether any sum is within its limit; hits[j] tells which of row j are. Shared
 * by all tiles: inlined in each it would be most of their code. */
static bool search_within(const struct search_step *s, unsigned *hits) {
  unsigned any = 0;
  for (int j = 0; j < s->rows; j++) {
    hits[j] = 0;
    for (int v = 0; v < MV; v++) {
      double *to = s->d + (size_t)j * s->ld + (size_t)v * VL;
      vec sum = v_load(s->sum + j * MR + v * VL);
      if (s->join && s->max) sum = v_max(v_load(to), sum);
      if (s->join && !s->max) sum = v_add(v_load(to), sum);
      if (s->last) v_store(to, sum);
      const vec limit =
          s->lanes ? v_load(s->limit + v * VL) : v_all(s->limit[j]);
      hits[j] |= m_bits(m_not(m_less(limit, sum))) << (v * VL);
    }
    any |= hits[j];
  }
  return any != 0;
}

/* The columns k0 to k1 - 1 of MR rows, as a micro-panel has them. */
static inline void gather_columns(const double *const *row, size_t k0,
                                  size_t k1, double *to) {
  size_t k = k0;
  for (; k + VL <= k1; k += VL, to += VL * MR) {
    UNROLLED(v, MV) {
      vec square[VL];
      UNROLLED(i, VL) square[i] = v_load(row[v * VL + i] + k);
      v_transpose(square);
      UNROLLED(i, VL) v_store(to + i * MR + v * VL, square[i]);
    }
  }
  for (; k < k1; k++, to += MR) {
    for (int l = 0; l < MR; l++) to[l] = row[l][k];
  }
}

#define DEFINE_SEARCH_TILE(NAME, NS, A, Y, LANES, TERM, MAX, PAIRED)           \
  static bool NAME(const struct edist_panels *panels, double *d, size_t ld,    \
                   unsigned *hits) {                                           \
    const size_t ncol = panels->ncol;                                          \
    double sum[NS * MR];                                                       \
    vec acc[NS][MV];                                                           \
    UNROLLED(j, NS) { UNROLLED(v, MV) acc[j][v] = v_zero(); }                  \
    for (size_t k0 = 0; k0 < ncol; k0 += SEARCH_STEP) {                        \
      const size_t rest = ncol - k0;                                           \
      const size_t k1 = k0 + (rest < SEARCH_STEP ? rest : SEARCH_STEP);        \
      const bool last = k1 % EDIST_SUM_BLOCK == 0 || k1 == ncol;               \
      A;                                                                       \
      for (size_t k = k0; k < k1; k += 1 + PAIRED, a += MR * (1 + PAIRED)) {   \
        const vec weight = v_bcast(panels->weights + k);                       \
        vec x[MV], x_low[MV];                                                  \
        (void)weight;                                                          \
        (void)x_low;                                                           \
        UNROLLED(v, MV) {                                                      \
          x[v] = v_load(a + v * VL);                                           \
          if (PAIRED) x_low[v] = v_load(a + MR + v * VL);                      \
        }                                                                      \
        UNROLLED(j, NS) {                                                      \
          UNROLLED(v, MV) {                                                    \
            const vec y = Y;                                                   \
            TERM;                                                              \
          }                                                                    \
        }                                                                      \
      }                                                                        \
      if (k0 == 0 && last) {                                                   \
        unsigned any = 0;                                                      \
        UNROLLED(j, NS) {                                                      \
          hits[j] = 0;                                                         \
          UNROLLED(v, MV) {                                                    \
            const double *limit = panels->limit + (LANES ? v * VL : j);        \
            const vec limits = LANES ? v_load(limit) : v_bcast(limit);         \
            hits[j] |= m_bits(m_not(m_less(limits, acc[j][v]))) << (v * VL);   \
          }                                                                    \
          any |= hits[j];                                                      \
        }                                                                      \
        if (!any) return false;                                                \
        UNROLLED(j, NS) {                                                      \
          UNROLLED(v, MV) v_store(d + (size_t)j * ld + v * VL, acc[j][v]);     \
        }                                                                      \
        return true;                                                           \
      }                                                                        \
      UNROLLED(j, NS) {                                                        \
        UNROLLED(v, MV) {                                                      \
          v_store(sum + j * MR + v * VL, acc[j][v]);                           \
          if (last) acc[j][v] = v_zero();                                      \
        }                                                                      \
      }                                                                        \
      const struct search_step step = {.rows = NS,                             \
                                       .sum = sum,                             \
                                       .d = d,                                 \
                                       .ld = ld,                               \
                                       .join = k0 >= EDIST_SUM_BLOCK,          \
                                       .max = MAX,                             \
                                       .last = last,                           \
                                       .limit = panels->limit,                 \
                                       .lanes = LANES};                        \
      if (!search_within(&step, hits)) return false;                           \
    }                                                                          \
    return true;                                                               \
  }

#define PANEL const double *a = panels->a + k0 * MR
#define BASE_ROWS                                                              \
  double columns[SEARCH_STEP * MR];                                            \
  const double *a = columns;                                                   \
  gather_columns(panels->base_row, k0, k1, columns)

#define ROW_VALUE v_bcast(panels->row[j] + k)
#define BOX_VALUE                                                              \
  v_min(v_max(x[v], v_bcast(panels->low + k)), v_bcast(panels->high + k))

#define DEFINE_SEARCH_TILES(NAME, TERM, MAX)                                   \
  DEFINE_SEARCH_TILE(NAME##_few, NFEW, PANEL, ROW_VALUE, 0, TERM, MAX, 0)      \
  DEFINE_SEARCH_TILE(NAME##_one, 1, PANEL, ROW_VALUE, 0, TERM, MAX, 0)         \
  DEFINE_SEARCH_TILE(NAME##_box, 1, PANEL, BOX_VALUE, 1, TERM, MAX, 0)

/* The difference of two paired values is monotone in each of their parts. */
#define PAIRED_ROW                                                             \
  v_bcast(panels->row[j] + k);                                                 \
  const vec y_low = v_bcast(panels->row[j] + k + 1)
#define PAIRED_BOX                                                             \
  v_add(v_sub(v_bcast(panels->low + k), x[v]),                                 \
        v_sub(v_bcast(panels->low + k + 1), x_low[v]));                        \
  const vec above = v_add(v_sub(x[v], v_bcast(panels->high + k)),              \
                          v_sub(x_low[v], v_bcast(panels->high + k + 1)))
#define PAIRED_GAP                                                             \
  const vec diff = v_max(v_max(y, above), v_zero());                           \
  ADD_SQUARE

DEFINE_SEARCH_TILE(search_paired_few, NFEW, PANEL, PAIRED_ROW, 0, PAIRS, 0, 1)
DEFINE_SEARCH_TILE(search_paired_one, 1, PANEL, PAIRED_ROW, 0, PAIRS, 0, 1)
DEFINE_SEARCH_TILE(search_paired_box, 1, PANEL, PAIRED_BOX, 1, PAIRED_GAP, 0, 1)

DEFINE_SEARCH_TILES(search_sqdist, SQDIST, 0)
DEFINE_SEARCH_TILE(search_sqdist_rows, 1, BASE_ROWS, ROW_VALUE, 0, SQDIST, 0, 0)
DEFINE_SEARCH_TILES(search_rounded, SQDIST_ROUNDED, 0)
DEFINE_SEARCH_TILES(search_weighted, WEIGHTED, 0)
DEFINE_SEARCH_TILES(search_absdiff, ABSDIFF, 0)
DEFINE_SEARCH_TILES(search_maxdiff, MAXDIFF, 1)
DEFINE_SEARCH_TILES(search_halfpower, HALFPOWER, 0)

#define SEARCH_TILES(NAME, ROWS)                                               \
  { NAME##_few, NAME##_one, NAME##_box, ROWS }

static double sum_lanes(vec v) {
  double lane[VL], sum = 0;
  v_store(lane, v);
  for (int l = 0; l < VL; l++) sum += lane[l];
  return sum;
}

static double project(size_t n, const double *axis, double *row, double *z) {
  vec along[EDIST_AXES], square = v_zero(), left = v_zero();
  UNROLLED(a, EDIST_AXES) along[a] = v_zero();
  for (size_t k = 0; k < n; k += VL) {
    const vec value = v_load(row + k);
    square = v_fma(value, value, square);
    UNROLLED(a, EDIST_AXES) {
      along[a] = v_fma(v_load(axis + a * n + k), value, along[a]);
    }
  }
  for (int a = 0; a < EDIST_AXES; a++) z[a] = sum_lanes(along[a]);
  UNROLLED(a, EDIST_AXES) along[a] = v_all(-z[a]);
  for (size_t k = 0; k < n; k += VL) {
    vec value = v_load(row + k);
    UNROLLED(a, EDIST_AXES) {
      value = v_fma(v_load(axis + a * n + k), along[a], value);
    }
    v_store(row + k, value);
    left = v_fma(value, value, left);
  }
  z[EDIST_AXES] = sqrt(sum_lanes(left));
  return sqrt(sum_lanes(square));
}
