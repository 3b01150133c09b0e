#include "kernel/size.h"
#include "sink/pages.h"
#include "sink/sink.h"

size_t edist_packed_length(size_t n) {
  return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - (n > 0));
}

size_t edist_packed_index(size_t n, size_t i, size_t j) {
  /* Columns before j hold n-1, n-2, ... values: the pairs of n observations
   * without those of the last n - j. */
  return edist_packed_length(n) - edist_packed_length(n - j) + (i - j - 1);
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  (void)walk;
  struct edist_sink_packed *packed = (struct edist_sink_packed *)sink;
  edist_pages_huge(packed->out,
                   edist_packed_length(packed->n) * sizeof(double));
  return true;
}

static bool take(struct edist_sink *sink, const struct edist_strip *strip) {
  struct edist_sink_packed *packed = (struct edist_sink_packed *)sink;
  for (size_t j = strip->j0; j < strip->j1; j++) {
    const size_t i = edist_size_max(strip->i0, j + 1);
    if (i >= strip->i1) break;
    strip->epilogue(strip, i, strip->i1, j,
                    packed->out + edist_packed_index(packed->n, i, j));
  }
  return true;
}

struct edist_sink_packed edist_sink_packed(double *out, size_t n) {
  return (struct edist_sink_packed){
      .sink = {.begin = begin,
               .take = take,
               .end = edist_sink_nothing,
               .direct = true,
               .stream =
                   edist_pages_stream(edist_packed_length(n) * sizeof *out)},
      .out = out,
      .n = n};
}
