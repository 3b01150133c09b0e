/* OpenMP where there is OpenMP, one thread where there is none. */
#ifndef EDIST_OMP_H
#define EDIST_OMP_H

#ifdef _OPENMP
#include <omp.h>
#else
static inline int omp_get_thread_num(void) { return 0; }
#endif

#endif
