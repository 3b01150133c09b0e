/* The machine's limits for what the engine does, measured. */
#ifndef EDIST_ROOFLINE_H
#define EDIST_ROOFLINE_H

#include "kernel/kernel.h"

/* Each takes the best of the runs that fit in `seconds`, of at least two. */

/* Pairs and columns a second, of one kind of sum that has a peak. */
double edist_roofline_sum(const struct edist_kernel *kernel,
                          enum edist_accumulate accumulate, int threads,
                          double seconds);

/* Square roots a second. */
double edist_roofline_root(const struct edist_kernel *kernel, int threads,
                           double seconds);

/* Bytes a second that threads write into memory fresh from the system, in huge
 * pages where there are, and into memory written before; 0 without memory. */
struct edist_roofline_write {
  double fresh, warm;
};
struct edist_roofline_write edist_roofline_write(int threads, double seconds);

#endif
