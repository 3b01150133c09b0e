#include "sink/pages.h"
#include "sink/sink.h"

size_t edist_packed_length(size_t n) {
  return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - (n > 0));
}

size_t edist_packed_index(size_t n, size_t i, size_t j) {
  /* Columns before j hold n-1, n-2, ... values: in all as many as the pairs of
   * n observations less those of the n - j that are left. */
  return edist_packed_length(n) - edist_packed_length(n - j) + (i - j - 1);
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  (void)walk;
  struct edist_sink_packed *self = (struct edist_sink_packed *)sink;
  edist_pages_huge(self->out, edist_packed_length(self->n) * sizeof(double));
  return true;
}

static void block(struct edist_sink *sink, const struct edist_block *block) {
  struct edist_sink_packed *self = (struct edist_sink_packed *)sink;
  for (size_t j = block->j0; j < block->j1; j++) {
    const size_t i = block->i0 > j + 1 ? block->i0 : j + 1;
    if (i >= block->i1) break;
    block->finish(block, i, block->i1, j,
                  self->out + edist_packed_index(self->n, i, j));
  }
}

struct edist_sink_packed edist_sink_packed(double *out, size_t n) {
  return (struct edist_sink_packed){
      .sink = {begin, block, edist_sink_nothing,
               edist_pages_stream(edist_packed_length(n) * sizeof *out)},
      .out = out,
      .n = n};
}
