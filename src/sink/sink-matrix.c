#include <string.h>

#include "sink/pages.h"
#include "sink/sink.h"

void edist_sink_nothing(struct edist_sink *sink) { (void)sink; }

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  (void)walk;
  struct edist_sink_matrix *self = (struct edist_sink_matrix *)sink;
  edist_pages_huge(self->out, self->nrow * self->ncol * sizeof(double));
  return true;
}

static void cross_block(struct edist_sink *sink,
                        const struct edist_block *block) {
  struct edist_sink_matrix *self = (struct edist_sink_matrix *)sink;
  for (size_t j = block->j0; j < block->j1; j++) {
    block->finish(block, block->i0, block->i1, j,
                  self->out + block->i0 + j * self->nrow);
  }
}

/* Writes the block and its mirror image. The mirror image goes row by row of
 * the block: each row is a run of contiguous values there. */
static void symmetric_block(struct edist_sink *sink,
                            const struct edist_block *block) {
  struct edist_sink_matrix *self = (struct edist_sink_matrix *)sink;
  const size_t n = self->nrow;
  for (size_t j = block->j0; j < block->j1; j++) {
    const size_t i = block->i0 > j ? block->i0 : j;
    if (i >= block->i1) break;
    double *value = block->sum + (j - block->j0) * block->ld + (i - block->i0);
    block->finish(block, i, block->i1, j, value);
    memcpy(self->out + i + j * n, value, (block->i1 - i) * sizeof *value);
  }
  for (size_t i = block->i0; i < block->i1; i++) {
    const size_t j_end = block->j1 < i ? block->j1 : i;
    const double *from = block->sum + (i - block->i0);
    double *to = self->out + i * n;
    for (size_t j = block->j0; j < j_end; j++) {
      to[j] = from[(j - block->j0) * block->ld];
    }
  }
}

/* An observation is at distance 0 from itself, even if all of it is missing. */
static void symmetric_end(struct edist_sink *sink) {
  struct edist_sink_matrix *self = (struct edist_sink_matrix *)sink;
  for (size_t i = 0; i < self->nrow; i++) self->out[i + i * self->nrow] = 0;
}

struct edist_sink_matrix edist_sink_cross(double *out, size_t nrow,
                                          size_t ncol) {
  return (struct edist_sink_matrix){
      .sink = {begin, cross_block, edist_sink_nothing,
               edist_pages_stream(nrow * ncol * sizeof *out)},
      .out = out,
      .nrow = nrow,
      .ncol = ncol};
}

struct edist_sink_matrix edist_sink_symmetric(double *out, size_t n) {
  return (struct edist_sink_matrix){
      .sink = {begin, symmetric_block, symmetric_end, false},
      .out = out,
      .nrow = n,
      .ncol = n};
}
