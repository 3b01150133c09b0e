#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/target.h"
EDIST_LESS_DEBUG
#if EDIST_NEON
#include <arm_neon.h>
EDIST_IN_ORDER_BEGIN
#include "kernel/v-neon.h"
/* The largest tile that both gcc and clang keep in the 32 registers. A
 * broadcast costs a vector instruction, so four vectors share each; 20 chains
 * are enough for four units of a latency of four, and 4 by 6 is spilled by
 * clang. */
#define MV 4
#define NR 5
#define NPAIR 5
#define NFEW 4
#define SCREEN NULL
#define KERNEL edist_kernel_neon
#include "kernel/kernel.inc.h"
EDIST_IN_ORDER_END
#endif
