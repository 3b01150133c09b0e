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
/* Codes of eight bits: 64 products an instruction. It multiplies bytes without
 * a sign by bytes with one. */
typedef __m512i words;
#define VL 16
#define MV 2
#define NR 8

static inline words w_load(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline words w_all(int32_t word) { return _mm512_set1_epi32(word); }
static inline words w_dot(words sum, words a, words b) {
  return _mm512_dpbusd_epi32(sum, a, b);
}
static inline unsigned w_at_least(words a, words b) {
  return _mm512_cmpge_epi32_mask(a, b);
}

#include "kernel/screen.inc.h"
EDIST_TARGET_END

const struct edist_screen_kernel edist_screen_avx512 = {
    .lanes = VL * MV,
    .rows = NR,
    .columns = 4,
    .zero = 128,
    .max_code = 255,
    .cost = 0.1,
    .tile = screen_tile,
    .runs = runs,
    .otherwise = &edist_screen_avx2,
};
#endif
