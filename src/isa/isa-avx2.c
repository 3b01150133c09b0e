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
EDIST_TARGET_BEGIN("avx2,fma")
#include "kernel/v-avx2.h"
#define MV 2
#define NR 5
#define NPAIR 5
#define NFEW 4
#define SCREEN &edist_screen_avx2
#define KERNEL edist_kernel_avx2
#include "kernel/kernel.inc.h"
EDIST_TARGET_END
#endif
