#include "sink/compare.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

bool edist_compare_lost(const struct edist_compare *compare,
                        const struct edist_block *block, size_t i, size_t j,
                        double sum) {
  if (!compare->rescues) return false;
  /* What it ties with may be spoiled, too. */
  if (sum > compare->most) return true;
  const double rescaled = block->counted ? compare->rescaled : 1;
  if (sum >= EDIST_SMALLEST_SUM * rescaled) return false;
  if (sum > 0) return true;
  const bool zeros = compare->zeros || (block->seen & EDIST_SEEN_tiny);
  return zeros && compare->exact(compare->job, i, j) > 0;
}

void edist_compare_values(const struct edist_compare *compare,
                          const struct edist_block *block) {
  const bool plain =
      compare->unfinished || compare->finishing.finish == EDIST_FINISH_none;
  if (plain && !block->counted) return;
  for (size_t j = block->j0; j < block->j1; j++) {
    block->finish(block, block->i0, block->i1, j,
                  block->sum + (j - block->j0) * block->ld);
  }
}

void edist_compare_finish(const struct edist_compare *compare, size_t n,
                          double *value) {
  if (!compare->unfinished) return;
  compare->kernel->finish(&compare->finishing, n, value, NULL, value, false);
}

int edist_compare_close(const struct edist_compare *compare, double a,
                        double b) {
  edist_compare_finish(compare, 1, &a);
  edist_compare_finish(compare, 1, &b);
  return (a > b) - (a < b);
}

double edist_compare_nearer(const struct edist_compare *compare, double value) {
  if (value == 0) return -1;
  /* Powers are raised by functions that need not be monotonic to the last bit. */
  const bool power = compare->finishing.finish == EDIST_FINISH_power;
  if (compare->unfinished && power) return edist_compare_farther(compare, value);
  uint64_t bits; /* of the next smaller number */
  memcpy(&bits, &value, sizeof bits);
  bits--;
  memcpy(&value, &bits, sizeof bits);
  return value;
}

/* Rows of y below which those of x are cut into stretches, so that there is
 * work for all threads; at most so many stretches, and none of fewer rows. */
enum { FEW_COLS = 2048, STRETCHES_MOST = 64, STRETCH_LEAST = 960 };

size_t edist_stretch(size_t nrow, size_t ncol) {
  size_t count = ncol > 0 ? (FEW_COLS + ncol - 1) / ncol : 1;
  if (count > STRETCHES_MOST) count = STRETCHES_MOST;
  const size_t rows = (nrow + count - 1) / count;
  const size_t parts = (rows + STRETCH_LEAST - 1) / STRETCH_LEAST;
  return (parts > 0 ? parts : 1) * STRETCH_LEAST;
}
