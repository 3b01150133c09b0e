#include "kernel/screen.h"
#include "kernel/target.h"
EDIST_LESS_DEBUG
#if EDIST_X86
#include <immintrin.h>
static bool runs(void) { return __builtin_cpu_supports("avx2"); }
EDIST_TARGET_BEGIN("avx2")
/* Codes of up to 14 bits: 16 products an instruction. */
typedef __m256i words;
#define VL 8
#define MV 2
#define NR 4

static inline words w_load(const int32_t *p) {
  return _mm256_loadu_si256((const __m256i *)p);
}
static inline words w_all(int32_t word) { return _mm256_set1_epi32(word); }
static inline words w_dot(words sum, words a, words b) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
static inline unsigned w_at_least(words a, words b) {
  const words less = _mm256_cmpgt_epi32(b, a);
  return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(less)) ^ 0xffu;
}

#define SCREEN_TILE screen_tile
#include "kernel/screen.inc.h"
EDIST_TARGET_END

const struct edist_screen_kernel edist_screen_avx2 = {
    .lanes = VL * MV,
    .rows = NR,
    .columns = 2,
    .max_code = 0x3fff,
    .cost = 0.35,
    .tile = screen_tile,
    .runs = runs,
};
#endif
