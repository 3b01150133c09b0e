#include "sink/ranking.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#include "kernel/size.h"

bool edist_ranking_unsafe(const struct edist_ranking *ranking,
                          const struct edist_strip *strip, size_t i, size_t j,
                          double sum) {
  if (!ranking->rescues) return false;
  if (sum > ranking->max_finite)
    return true; /* even if it ties with the last */
  const double rescale = strip->counted ? ranking->max_rescale : 1;
  if (sum >= EDIST_SMALLEST_SUM * rescale) return false;
  if (sum > 0) return true;
  const bool zeros = ranking->zeros || (strip->flags & EDIST_VALUES_tiny);
  return zeros && ranking->rescue(ranking->job, i, j) > 0;
}

void edist_ranking_values(const struct edist_ranking *ranking,
                          const struct edist_strip *strip) {
  const bool as_they_are = ranking->surrogates ||
                           ranking->epilogue.transform == EDIST_TRANSFORM_none;
  if (as_they_are && !strip->counted) return;
  for (size_t j = strip->j0; j < strip->j1; j++) {
    double *sum = strip->sum + (j - strip->j0) * strip->ld;
    strip->epilogue(strip, strip->i0, strip->i1, j, sum);
  }
}

void edist_ranking_distances(const struct edist_ranking *ranking, size_t n,
                             double *value) {
  if (!ranking->surrogates) return;
  ranking->kernel->epilogue(&ranking->epilogue, n, value, NULL, value, false);
}

int edist_ranking_compare_roots(const struct edist_ranking *ranking, double a,
                                double b) {
  edist_ranking_distances(ranking, 1, &a);
  edist_ranking_distances(ranking, 1, &b);
  return (a > b) - (a < b);
}

double edist_ranking_nearer(const struct edist_ranking *ranking, double value) {
  if (value == 0) return -1;
  /* Functions that raise to a power may not be monotonic to the last bit. */
  const bool power = ranking->epilogue.transform == EDIST_TRANSFORM_power;
  if (ranking->surrogates && power) {
    return edist_ranking_farther(ranking, value);
  }
  uint64_t bits; /* of the next smaller number */
  memcpy(&bits, &value, sizeof bits);
  bits--;
  memcpy(&value, &bits, sizeof bits);
  return value;
}

/* With fewer queries than FEW_QUERIES the base is cut into chunks, so that
 * there is work for all threads. */
enum { FEW_QUERIES = 2048, MAX_CHUNKS = 64, MIN_CHUNK_ROWS = 960 };

size_t edist_chunk_rows(size_t nbase, size_t nquery) {
  size_t chunks = nquery > 0 ? edist_size_ceil(FEW_QUERIES, nquery) : 1;
  chunks = edist_size_min(chunks, MAX_CHUNKS);
  const size_t rows = edist_size_ceil(nbase, chunks);
  const size_t steps = edist_size_ceil(rows, MIN_CHUNK_ROWS);
  return edist_size_max(steps, 1) * MIN_CHUNK_ROWS;
}
