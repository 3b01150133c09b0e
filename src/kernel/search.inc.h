/* Tile functions of the search (search/search.h): MR rows of a micro-panel, and
 * instead of a second one
 *   few   a few rows, each behind a pointer of its own: row[j]
 *   box   a box: the value nearest to each row in low[k] .. high[k]
 * They set the bits of hits[j] whose sum does not exceed its limit, or return
 * false if every sum does. Partial sums tell, because no term is negative: they
 * are looked at every SEARCH_STEP columns. limit[] has a limit for each row,
 * and for a box one for each lane.
 *
 * The terms and the order of their sum are those of the plain tiles, and so are
 * the bits. Rounding is monotone, so a sum with a box is never larger than that
 * with a row inside it: it needs no margin as a lower bound. */
enum { SEARCH_STEP = 16 };

#define DEFINE_SEARCH_TILE(NAME, NS, Y, LIMIT, TERM, JOIN, PAIRED)             \
  static bool NAME(const struct edist_panels *panels, double *d, size_t ld,    \
                   unsigned *hits) {                                           \
    const size_t ncol = panels->ncol;                                          \
    vec acc[NS][MV];                                                           \
    UNROLLED(j, NS) { UNROLLED(v, MV) acc[j][v] = v_zero(); }                  \
    for (size_t k0 = 0; k0 < ncol; k0 += SEARCH_STEP) {                        \
      const size_t rest = ncol - k0;                                           \
      const size_t k1 = k0 + (rest < SEARCH_STEP ? rest : SEARCH_STEP);        \
      const bool last = k1 % EDIST_SUM_BLOCK == 0 || k1 == ncol;               \
      for (size_t k = k0; k < k1; k += 1 + PAIRED) {                           \
        const vec weight = v_bcast(panels->weights + k);                       \
        vec x[MV], x_low[MV];                                                  \
        (void)weight;                                                          \
        (void)x_low;                                                           \
        UNROLLED(v, MV) {                                                      \
          x[v] = v_load(panels->a + k * MR + v * VL);                          \
          if (PAIRED) x_low[v] = v_load(panels->a + (k + 1) * MR + v * VL);    \
        }                                                                      \
        UNROLLED(j, NS) {                                                      \
          UNROLLED(v, MV) {                                                    \
            const vec y = Y;                                                   \
            TERM;                                                              \
          }                                                                    \
        }                                                                      \
      }                                                                        \
      mask within = m_less(v_zero(), v_zero());                                \
      UNROLLED(j, NS) {                                                        \
        hits[j] = 0;                                                           \
        UNROLLED(v, MV) {                                                      \
          double *to = d + (size_t)j * ld + (size_t)v * VL;                    \
          vec sum = acc[j][v];                                                 \
          if (k0 >= EDIST_SUM_BLOCK) sum = JOIN(v_load(to), sum);              \
          if (last) {                                                          \
            v_store(to, sum);                                                  \
            acc[j][v] = v_zero();                                              \
          }                                                                    \
          const mask hit = m_not(m_less(LIMIT, sum));                          \
          within = m_or(within, hit);                                          \
          if (k1 == ncol) hits[j] |= m_bits(hit) << (v * VL);                  \
        }                                                                      \
      }                                                                        \
      if (!m_any(within)) return false;                                        \
    }                                                                          \
    return true;                                                               \
  }

#define ROW_VALUE v_bcast(panels->row[j] + k)
#define ROW_LIMIT v_all(panels->limit[j])
#define LANE_LIMIT v_load(panels->limit + v * VL)
#define BOX_VALUE                                                              \
  v_min(v_max(x[v], v_bcast(panels->low + k)), v_bcast(panels->high + k))

#define DEFINE_SEARCH_TILES(NAME, TERM, JOIN)                                  \
  DEFINE_SEARCH_TILE(NAME##_few, NFEW, ROW_VALUE, ROW_LIMIT, TERM, JOIN, 0)    \
  DEFINE_SEARCH_TILE(NAME##_two, 2, ROW_VALUE, ROW_LIMIT, TERM, JOIN, 0)       \
  DEFINE_SEARCH_TILE(NAME##_one, 1, ROW_VALUE, ROW_LIMIT, TERM, JOIN, 0)       \
  DEFINE_SEARCH_TILE(NAME##_box, 1, BOX_VALUE, LANE_LIMIT, TERM, JOIN, 0)

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

DEFINE_SEARCH_TILE(search_paired_few, NFEW, PAIRED_ROW, ROW_LIMIT, PAIRS, v_add,
                   1)
DEFINE_SEARCH_TILE(search_paired_two, 2, PAIRED_ROW, ROW_LIMIT, PAIRS, v_add, 1)
DEFINE_SEARCH_TILE(search_paired_one, 1, PAIRED_ROW, ROW_LIMIT, PAIRS, v_add, 1)
DEFINE_SEARCH_TILE(search_paired_box, 1, PAIRED_BOX, LANE_LIMIT, PAIRED_GAP,
                   v_add, 1)

DEFINE_SEARCH_TILES(search_sqdist, SQDIST, v_add)
DEFINE_SEARCH_TILES(search_rounded, SQDIST_ROUNDED, v_add)
DEFINE_SEARCH_TILES(search_weighted, WEIGHTED, v_add)
DEFINE_SEARCH_TILES(search_absdiff, ABSDIFF, v_add)
DEFINE_SEARCH_TILES(search_maxdiff, MAXDIFF, v_max)
DEFINE_SEARCH_TILES(search_halfpower, HALFPOWER, v_add)

#define SEARCH_TILES(NAME)                                                     \
  { NAME##_few, NAME##_two, NAME##_one, NAME##_box }
