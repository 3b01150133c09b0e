#include <string.h>

#include "kernel/size.h"
#include "sink/pages.h"
#include "sink/sink.h"

void edist_sink_nothing(struct edist_sink *sink) { (void)sink; }

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_matrix *matrix = (struct edist_sink_matrix *)sink;
  const size_t bytes = matrix->nrow * matrix->ncol * sizeof(double);
  matrix->mirror = sink->halves && !walk->both_halves;
  /* What has a mirror image is read again. */
  sink->stream = edist_pages_stream(bytes) && !matrix->mirror;
  edist_pages_huge(matrix->out, bytes);
  return true;
}

static bool cross_take(struct edist_sink *sink,
                       const struct edist_strip *strip) {
  struct edist_sink_matrix *matrix = (struct edist_sink_matrix *)sink;
  for (size_t j = strip->j0; j < strip->j1; j++) {
    strip->epilogue(strip, strip->i0, strip->i1, j,
                    matrix->out + strip->i0 + j * matrix->nrow);
  }
  return true;
}

/* Writes the strip and its mirror image. The mirror image goes row by row of
 * the strip: each row is a run of contiguous values there. */
static bool symmetric_take(struct edist_sink *sink,
                           const struct edist_strip *strip) {
  struct edist_sink_matrix *matrix = (struct edist_sink_matrix *)sink;
  if (!matrix->mirror) return cross_take(sink, strip);
  const size_t n = matrix->nrow;
  for (size_t j = strip->j0; j < strip->j1; j++) {
    const size_t i = edist_size_max(strip->i0, j);
    if (i >= strip->i1) break;
    double *value = strip->sum + (j - strip->j0) * strip->ld + (i - strip->i0);
    strip->epilogue(strip, i, strip->i1, j, value);
    memcpy(matrix->out + i + j * n, value, (strip->i1 - i) * sizeof *value);
  }
  for (size_t i = strip->i0; i < strip->i1; i++) {
    const size_t j_end = edist_size_min(strip->j1, i);
    const double *from = strip->sum + (i - strip->i0);
    double *to = matrix->out + i * n;
    for (size_t j = strip->j0; j < j_end; j++) {
      to[j] = from[(j - strip->j0) * strip->ld];
    }
  }
  return true;
}

/* An observation is at distance 0 from itself, even if all of it is missing. */
static void symmetric_end(struct edist_sink *sink) {
  struct edist_sink_matrix *matrix = (struct edist_sink_matrix *)sink;
  for (size_t i = 0; i < matrix->nrow; i++)
    matrix->out[i + i * matrix->nrow] = 0;
}

struct edist_sink_matrix edist_sink_cross(double *out, size_t nrow,
                                          size_t ncol) {
  return (struct edist_sink_matrix){.sink = {.begin = begin,
                                             .take = cross_take,
                                             .end = edist_sink_nothing,
                                             .direct = true},
                                    .out = out,
                                    .nrow = nrow,
                                    .ncol = ncol};
}

struct edist_sink_matrix edist_sink_symmetric(double *out, size_t n) {
  return (struct edist_sink_matrix){.sink = {.begin = begin,
                                             .take = symmetric_take,
                                             .end = symmetric_end,
                                             .direct = true,
                                             .halves = true},
                                    .out = out,
                                    .nrow = n,
                                    .ncol = n};
}
