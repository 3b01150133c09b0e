/* The instruction sets that this build has kernels for, best first. */
#ifndef EDIST_ISA_H
#define EDIST_ISA_H

#include <stdbool.h>

#include "kernel/kernel.h"

struct edist_isa {
  const char *name;
  bool (*runs)(void);
  const struct edist_kernel *kernel;
};

/* Ends with a row whose name is NULL; the row before it runs everywhere. */
extern const struct edist_isa edist_isa_table[];

/* The instruction set to use: the best that runs here, or the one that the
 * environment variable EDIST_ISA names. NULL if that one is unknown or does not
 * run here. Read anew each time: nothing sticks. */
const struct edist_isa *edist_isa_choose(void);

#endif
