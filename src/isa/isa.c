#include "isa/isa.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/target.h"

static bool runs_always(void) { return true; }

#if EDIST_X86
/* The compiler's probe also asks whether the operating system saves the wide
 * registers. */
static bool runs_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
static bool runs_avx512(void) { return __builtin_cpu_supports("avx512f"); }
#endif

const struct edist_isa edist_isa_table[] = {
#if EDIST_X86
    {"avx512", runs_avx512, &edist_kernel_avx512},
    {"avx2", runs_avx2, &edist_kernel_avx2},
#endif
#if EDIST_NEON
    {"neon", runs_always, &edist_kernel_neon},
#endif
    {"portable", runs_always, &edist_kernel_portable},
    {NULL, NULL, NULL},
};

const struct edist_isa *edist_isa_choose(void) {
  const char *forced = getenv("EDIST_ISA");
  if (forced && !*forced) forced = NULL;
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    if ((!forced || strcmp(forced, isa->name) == 0) && isa->runs()) return isa;
  }
  return NULL;
}
