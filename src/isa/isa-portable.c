#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/target.h"
EDIST_LESS_DEBUG
#include "kernel/v-portable.h"
#define MV 4
#define NR 2
#define NPAIR 2
#define NFEW 2
#define SCREEN NULL
#define KERNEL edist_kernel_portable
#include "kernel/kernel.inc.h"
