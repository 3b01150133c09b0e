#include "sink/sink.h"

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  (void)sink;
  (void)walk;
  return true;
}

static bool take(struct edist_sink *sink, const struct edist_strip *strip) {
  struct edist_sink_pairs *pairs = (struct edist_sink_pairs *)sink;
  for (size_t j = strip->j0; j < strip->j1; j++) {
    strip->epilogue(strip, j, j + 1, j, pairs->out + j);
  }
  return true;
}

struct edist_sink_pairs edist_sink_pairs(double *out) {
  return (struct edist_sink_pairs){
      .sink = {.begin = begin, .take = take, .end = edist_sink_nothing},
      .out = out};
}
