#include "kernel/screen.h"
#include "kernel/target.h"
EDIST_LESS_DEBUG
#if EDIST_X86
#include <immintrin.h>
static bool runs(void) {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512vnni");
}
EDIST_TARGET_BEGIN("avx512f,avx512vnni")
typedef __m512i words;
#define VL 16
#define MV 2
#define NR 8

static inline words w_load(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline words w_all(int32_t word) { return _mm512_set1_epi32(word); }
static inline unsigned w_at_least(words a, words b) {
  return _mm512_cmpge_epi32_mask(a, b);
}

/* Codes of eight bits: 64 products an instruction. It multiplies bytes without
 * a sign by bytes with one. */
#define SCREEN_TILE tile_bytes
#define w_dot(sum, a, b) _mm512_dpbusd_epi32(sum, a, b)
#include "kernel/screen.inc.h"
#undef SCREEN_TILE
#undef w_dot

/* Codes of up to 14 bits: 32 products an instruction. */
#define SCREEN_TILE tile_words
#define w_dot(sum, a, b) _mm512_dpwssd_epi32(sum, a, b)
#include "kernel/screen.inc.h"
EDIST_TARGET_END

static const struct edist_screen_kernel finer = {
    .lanes = VL * MV,
    .rows = NR,
    .columns = 2,
    .max_code = 0x3fff,
    .cost = 0.2,
    .tile = tile_words,
    .runs = runs,
};

const struct edist_screen_kernel edist_screen_avx512 = {
    .lanes = VL * MV,
    .rows = NR,
    .columns = 4,
    .zero = 128,
    .max_code = 255,
    .cost = 0.1,
    .tile = tile_bytes,
    .runs = runs,
    .finer = &finer,
    .otherwise = &edist_screen_avx2,
};
#endif
