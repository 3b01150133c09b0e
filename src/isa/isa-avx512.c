#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/target.h"
EDIST_LESS_DEBUG
#if EDIST_X86
#include <immintrin.h>
EDIST_TARGET_BEGIN("avx512f")
#include "kernel/v-avx512.h"
/* One vector by 24: every broadcast of b is then the memory operand of one
 * subtraction, and 25 loads feed 48 arithmetic instructions. Broadcasts into a
 * register, as the squarer tiles of matrix products use them, cost a quarter of
 * the speed on Zen 4. */
#define MV 1
#define NR 24
#define NPAIR 12
#define NFEW 8
#define SCREEN &edist_screen_avx512
#define KERNEL edist_kernel_avx512
#include "kernel/kernel.inc.h"
EDIST_TARGET_END
#endif
