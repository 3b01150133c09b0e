/* A kernel, written once and instantiated for each instruction set. The file
 * that includes this defines
 *
 *   MV, NR   the register tile: MV vectors of observations by NR observations
 *   NPAIR    how many of these NR a tile function with two accumulators each
 *            can hold in registers; divides NR
 *   NFEW     rows of a search tile
 *   SCREEN   a pointer to its screen, or NULL
 *   KERNEL   the name of the struct edist_kernel
 *
 * and includes a vocabulary, kernel/v-<isa>.h, which defines
 *
 *   VL            lanes of a vector
 *   vec, mask     a vector of doubles, and what comparing two of them gives
 *   v_load, v_store, v_stream        unaligned; v_stream: aligned, past caches
 *   v_load_integer                   VL ints, as doubles
 *   v_zero, v_all, v_bcast           0, a value, one in memory, in all lanes
 *   v_add, v_sub, v_mul, v_div       lane by lane, correctly rounded
 *   v_fma(a, b, c)                   a * b + c, fused where hardware can
 *   v_min, v_max                     the second argument where either is NaN
 *   v_sqrt, v_abs
 *   m_ordered(a)                     lanes that are not NaN
 *   m_equal, m_less                  false for NaN
 *   m_and, m_or, m_xor, m_not
 *   m_bits, m_any                    a mask as bits; whether any lane is set
 *   v_keep(m, a)                     a where m is set, else 0
 *   v_select(m, a, b)                a where m is set, else b
 *   v_transpose(v)                   VL vectors, as rows of a square
 */
#include "kernel/tiles.inc.h"

#include "kernel/search.inc.h"

#include "kernel/packing.inc.h"

#include "kernel/epilogue.inc.h"

#include "kernel/column.inc.h"

#include "kernel/selection.inc.h"

const struct edist_kernel KERNEL = {
    .mr = MR,
    .nr = NR,
    .few = NFEW,
    .tile =
        {
            /* plain, masked, strict, rounded, huge */
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
                                           tile_canberra_strict, NULL,
                                           tile_canberra_huge},
            [EDIST_ACCUMULATE_binary] = {NULL, tile_binary, tile_binary},
            [EDIST_ACCUMULATE_halfpower] = {tile_halfpower,
                                            tile_halfpower_masked,
                                            tile_power_strict},
            [EDIST_ACCUMULATE_power] = {NULL, tile_power, tile_power_strict},
            [EDIST_ACCUMULATE_braycurtis] = {tile_braycurtis,
                                             tile_braycurtis_masked},
            [EDIST_ACCUMULATE_hamming] = {tile_hamming, tile_hamming_masked},
            [EDIST_ACCUMULATE_gower] = {NULL, tile_gower},
            [EDIST_ACCUMULATE_jensenshannon] = {tile_jensenshannon},
            [EDIST_ACCUMULATE_opposite] = {NULL, tile_opposite},
        },
    .search =
        {
            [EDIST_ACCUMULATE_sqdist] =
                SEARCH_TILES(search_sqdist, search_sqdist_rows),
            [EDIST_ACCUMULATE_weighted] = SEARCH_TILES(search_weighted, NULL),
            [EDIST_ACCUMULATE_paired] = SEARCH_TILES(search_paired, NULL),
            [EDIST_ACCUMULATE_absdiff] = SEARCH_TILES(search_absdiff, NULL),
            [EDIST_ACCUMULATE_maxdiff] = SEARCH_TILES(search_maxdiff, NULL),
            [EDIST_ACCUMULATE_halfpower] = SEARCH_TILES(search_halfpower, NULL),
        },
    .search_rounded = SEARCH_TILES(search_rounded, NULL),
    .column = {[EDIST_ACCUMULATE_sqdist] = column_sqdist,
               [EDIST_ACCUMULATE_absdiff] = column_absdiff,
               [EDIST_ACCUMULATE_maxdiff] = column_maxdiff},
    .column_rounded = column_rounded,
    .screen = SCREEN,
    .peak = {[EDIST_ACCUMULATE_sqdist] = peak_sqdist,
             [EDIST_ACCUMULATE_absdiff] = peak_absdiff,
             [EDIST_ACCUMULATE_maxdiff] = peak_maxdiff},
    .pack_double = pack_double,
    .pack_integer = pack_integer,
    .fold = fold,
    .doubtful = doubtful,
    .epilogue = epilogue,
    .select_le = select_le,
    .select_ge = select_ge,
    .rank = rank,
    .project = project,
    .sum = sum,
};
