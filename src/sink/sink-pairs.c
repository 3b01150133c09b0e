#include "sink/sink.h"

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  (void)sink;
  (void)walk;
  return true;
}

static void block(struct edist_sink *sink, const struct edist_block *block) {
  struct edist_sink_pairs *self = (struct edist_sink_pairs *)sink;
  for (size_t j = block->j0; j < block->j1; j++) {
    self->out[j] =
        block->value[(j - block->i0) + (j - block->j0) * block->ld];
  }
}

struct edist_sink_pairs edist_sink_pairs(double *out) {
  return (struct edist_sink_pairs){.sink = {begin, block, edist_sink_nothing},
                                   .out = out};
}
