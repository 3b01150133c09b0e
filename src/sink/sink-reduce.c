#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "kernel/kahan.h"
#include "kernel/size.h"
#include "sink/selection.h"

/* The answer of one segment, or of several. Sums of distances that overflow
 * continue in units so large that they do not. */
#define SUM_UNIT 0x1p64

struct edist_partial {
  struct edist_kahan value; /* an extreme has no compensation */
  bool scaled;              /* the sum is in units of SUM_UNIT */
  size_t count, at;         /* as in struct edist_reduced */
};

static bool is_extreme(enum edist_stat stat) {
  return stat == EDIST_STAT_min || stat == EDIST_STAT_max;
}

/* Distances are added segment by segment, the rows of one group in one chunk.
 * Neither threads nor blocks decide where segments end. */
static size_t segment_end(const struct edist_sink_reduce *reduce, size_t i,
                          size_t group) {
  const size_t chunk_end = (i / reduce->chunk + 1) * reduce->chunk;
  return edist_size_min(chunk_end, reduce->end[group]);
}

/* Returns how many there are; writes them unless `segment` is NULL. */
static size_t list_segments(const struct edist_sink_reduce *reduce,
                            struct edist_segment *segment) {
  size_t count = 0, i = 0;
  for (size_t g = 0; g < reduce->groups; g++) {
    while (i < reduce->end[g]) {
      const size_t end = segment_end(reduce, i, g);
      if (segment) segment[count] = (struct edist_segment){i, end, g};
      count++;
      i = end;
    }
  }
  return count;
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_reduce *reduce = (struct edist_sink_reduce *)sink;
  (void)walk;
  reduce->nsegment = list_segments(reduce, NULL);
  reduce->segment = malloc(reduce->nsegment * sizeof *reduce->segment);
  if (!reduce->segment) return false;
  list_segments(reduce, reduce->segment);
  const size_t length = edist_size_product(reduce->nsegment, reduce->nquery);
  reduce->partial = calloc(length, sizeof *reduce->partial);
  if (!reduce->partial) {
    free(reduce->segment);
    return false;
  }
  return true;
}

/* Into units in which no sum of finite distances overflows. */
static void scale_down(struct edist_partial *to) {
  if (to->scaled) return;
  to->scaled = true;
  to->value.sum /= SUM_UNIT;
  to->value.compensation /= SUM_UNIT;
}

/* Adds the distances of n <= EDIST_CHUNK_STEP rows. */
static void add_rows(const struct edist_sink_reduce *reduce,
                     struct edist_partial *to, size_t n, const double *value) {
  const struct edist_kernel *kernel = reduce->ranking.kernel;
  double small[EDIST_CHUNK_STEP];
  size_t count;
  const double sum = kernel->sum(n, value, &count);
  to->count += count;
  if (!to->scaled && to->value.sum + sum <= DBL_MAX) {
    edist_kahan_add(&to->value, sum);
    return;
  }
  scale_down(to);
  for (size_t i = 0; i < n; i++) small[i] = value[i] / SUM_UNIT;
  edist_kahan_add(&to->value, kernel->sum(n, small, &count));
}

static bool better(const struct edist_sink_reduce *reduce,
                   const struct edist_partial *best, double value) {
  if (best->at == 0) return true;
  const int order =
      edist_ranking_order(&reduce->ranking, value, best->value.sum);
  return reduce->stat == EDIST_STAT_max ? order > 0 : order < 0;
}

/* The extreme of rows i to i + n - 1: the first of several that tie. */
static void seek(struct edist_sink_reduce *reduce, struct edist_partial *best,
                 const struct edist_strip *strip, size_t i, size_t n, size_t j,
                 const double *value) {
  unsigned position[EDIST_CHUNK_STEP];
  const struct edist_kernel *kernel = reduce->ranking.kernel;
  const bool max = reduce->stat == EDIST_STAT_max;
  const double none = max ? -INFINITY : INFINITY;
  const double limit = best->at ? best->value.sum : none;
  const size_t count = max ? kernel->select_ge(n, value, limit, position)
                           : kernel->select_le(n, value, limit, position);
  for (size_t p = 0; p < count; p++) {
    const double one = value[position[p]];
    /* A value that ties with the best may be unsafe where the best is not. */
    const bool enters = better(reduce, best, one);
    const size_t row = i + position[p];
    if ((enters || one == best->value.sum) &&
        edist_ranking_unsafe(&reduce->ranking, strip, row, j, one)) {
      atomic_store(&reduce->ranking.retry, true);
    }
    if (!enters) continue;
    best->value.sum = one;
    best->at = row + 1;
  }
}

static void reduce_values(struct edist_sink_reduce *reduce,
                          struct edist_partial *to,
                          const struct edist_strip *strip, size_t i, size_t n,
                          size_t j, const double *value) {
  unsigned position[EDIST_CHUNK_STEP];
  switch (reduce->stat) {
    case EDIST_STAT_min:
    case EDIST_STAT_max:
      seek(reduce, to, strip, i, n, j, value);
      return;
    case EDIST_STAT_sum:
    case EDIST_STAT_mean:
      add_rows(reduce, to, n, value);
      return;
    case EDIST_STAT_count:
      to->count += reduce->ranking.kernel->select_le(n, value, reduce->limit[j],
                                                     position);
  }
}

/* Rows i to i1 - 1 of a segment, without the query's own. Sums must be cut at
 * the same rows wherever blocks end. */
static void reduce_rows(struct edist_sink_reduce *reduce,
                        struct edist_partial *to,
                        const struct edist_strip *strip, size_t i, size_t i1,
                        size_t j, const double *value) {
  const size_t own = reduce->base_row ? (size_t)reduce->base_row[j] : i1;
  while (i < i1) {
    const size_t step_end = (i / EDIST_CHUNK_STEP + 1) * EDIST_CHUNK_STEP;
    size_t end = edist_size_min(step_end, i1);
    if (own >= i && own < end) end = own;
    if (end > i) reduce_values(reduce, to, strip, i, end - i, j, value);
    value += end - i;
    i = end;
    if (i == own && i < i1) {
      value++;
      i++;
    }
  }
}

/* The first segment that contains row i or a later one. */
static size_t segment_at(const struct edist_sink_reduce *reduce, size_t i) {
  size_t low = 0, high = reduce->nsegment - 1;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (reduce->segment[middle].i1 > i) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

static bool take(struct edist_sink *sink, const struct edist_strip *strip) {
  struct edist_sink_reduce *reduce = (struct edist_sink_reduce *)sink;
  const size_t first = segment_at(reduce, strip->i0);
  edist_ranking_values(&reduce->ranking, strip);
  for (size_t j = strip->j0; j < strip->j1; j++) {
    const double *value = strip->sum + (j - strip->j0) * strip->ld;
    for (size_t s = first; s < reduce->nsegment; s++) {
      const struct edist_segment segment = reduce->segment[s];
      if (segment.i0 >= strip->i1) break;
      const size_t i0 = edist_size_max(segment.i0, strip->i0);
      const size_t i1 = edist_size_min(segment.i1, strip->i1);
      reduce_rows(reduce, reduce->partial + j * reduce->nsegment + s, strip, i0,
                  i1, j, value + (i0 - strip->i0));
    }
  }
  return !atomic_load_explicit(&reduce->ranking.retry, memory_order_relaxed);
}

static size_t start_rows(const struct edist_sink *sink) {
  (void)sink;
  return 1;
}

/* With one group the first segment of a query holds what is found. */
static struct edist_partial *partial_of(const struct edist_sink_reduce *reduce,
                                        int query) {
  return reduce->partial + (size_t)query * reduce->nsegment;
}

/* Of an extreme: ranks up to the limit may tie with the best or pass it. */
static void set_limit(const struct edist_sink_reduce *reduce,
                      const struct edist_batch *batch, size_t q) {
  const struct edist_ranking *ranking = &reduce->ranking;
  const struct edist_partial *best = partial_of(reduce, batch->query[q]);
  const double farther = edist_ranking_farther(ranking, best->value.sum);
  const double nearer = best->value.sum * ranking->apart;
  const bool max = reduce->stat == EDIST_STAT_max;
  if (best->at == 0) {
    batch->limit[q] = batch->sure[q] = INFINITY;
  } else {
    batch->limit[q] = max ? -nearer : farther;
    batch->sure[q] = max ? -farther : nearer;
  }
}

static void open_extremes(struct edist_sink *sink,
                          const struct edist_batch *batch) {
  const struct edist_sink_reduce *reduce =
      (const struct edist_sink_reduce *)sink;
  for (size_t q = 0; q < batch->count; q++) {
    *partial_of(reduce, batch->query[q]) = (struct edist_partial){.at = 0};
    set_limit(reduce, batch, q);
  }
}

/* Whether a base row passes the best, or ties with it and is before it. */
static bool enters(const struct edist_sink_reduce *reduce,
                   const struct edist_partial *best, double value, int row) {
  if (best->at == 0 || better(reduce, best, value)) return true;
  const bool ties =
      edist_ranking_order(&reduce->ranking, value, best->value.sum) == 0;
  return ties && (size_t)row + 1 < best->at;
}

static bool wants_extreme(const struct edist_sink *sink,
                          const struct edist_batch *batch, size_t q,
                          double rank, int row) {
  const struct edist_sink_reduce *reduce =
      (const struct edist_sink_reduce *)sink;
  const double value = reduce->stat == EDIST_STAT_max ? -rank : rank;
  return enters(reduce, partial_of(reduce, batch->query[q]), value, row);
}

static bool offer_extreme(struct edist_sink *sink,
                          const struct edist_batch *batch, size_t q,
                          const double *value, const int *row,
                          const unsigned *position, size_t count) {
  const struct edist_sink_reduce *reduce = (struct edist_sink_reduce *)sink;
  const int query = batch->query[q];
  struct edist_partial *best = partial_of(reduce, query);
  const int own = reduce->base_row ? reduce->base_row[query] : -1;
  for (size_t p = 0; p < count; p++) {
    const int index = row[position[p]];
    const double one = value[position[p]];
    if (index == own || !enters(reduce, best, one, index)) continue;
    best->value.sum = one;
    best->at = (size_t)index + 1;
  }
  set_limit(reduce, batch, q);
  return true;
}

static bool close_extremes(struct edist_sink *sink,
                           const struct edist_batch *batch) {
  (void)sink;
  (void)batch;
  return true;
}

static const struct edist_selector nearest_selector = {.start_rows = start_rows,
                                                       .open = open_extremes,
                                                       .wants = wants_extreme,
                                                       .offer = offer_extreme,
                                                       .close = close_extremes};

static const struct edist_selector farthest_selector = {
    .farthest = true,
    .start_rows = start_rows,
    .open = open_extremes,
    .wants = wants_extreme,
    .offer = offer_extreme,
    .close = close_extremes};

/* How a query's own row was met: its distance is 0, so it is. */
enum { ALONE = 1, IN_A_COUNT = 2 };

static void open_counts(struct edist_sink *sink,
                        const struct edist_batch *batch) {
  const struct edist_sink_reduce *reduce =
      (const struct edist_sink_reduce *)sink;
  for (size_t q = 0; q < batch->count; q++) {
    const int query = batch->query[q];
    *partial_of(reduce, query) = (struct edist_partial){.at = 0};
    batch->limit[q] = batch->sure[q] = reduce->limit[query];
  }
}

static bool offer_counts(struct edist_sink *sink,
                         const struct edist_batch *batch, size_t q,
                         const double *value, const int *row,
                         const unsigned *position, size_t count) {
  const struct edist_sink_reduce *reduce = (struct edist_sink_reduce *)sink;
  const int query = batch->query[q];
  struct edist_partial *partial = partial_of(reduce, query);
  const int own = reduce->base_row ? reduce->base_row[query] : -1;
  (void)value;
  for (size_t p = 0; p < count; p++) {
    const bool itself = row[position[p]] == own;
    partial->count += !itself;
    if (itself) partial->at |= ALONE;
  }
  return true;
}

static void add_count(struct edist_sink *sink, const struct edist_batch *batch,
                      size_t q, size_t count) {
  struct edist_partial *partial =
      partial_of((struct edist_sink_reduce *)sink, batch->query[q]);
  partial->count += count;
  partial->at |= IN_A_COUNT;
}

static bool close_counts(struct edist_sink *sink,
                         const struct edist_batch *batch) {
  const struct edist_sink_reduce *reduce = (struct edist_sink_reduce *)sink;
  for (size_t q = 0; q < batch->count; q++) {
    const int query = batch->query[q];
    struct edist_partial *partial = partial_of(reduce, query);
    const bool in_base = reduce->base_row && reduce->base_row[query] >= 0;
    if (in_base && partial->at == IN_A_COUNT) partial->count--;
    partial->at = 0;
  }
  return true;
}

static const struct edist_selector count_selector = {.start_rows = start_rows,
                                                     .open = open_counts,
                                                     .offer = offer_counts,
                                                     .count = add_count,
                                                     .close = close_counts};

/* NULL if every distance is needed. */
static const struct edist_selector *selector_of(enum edist_stat stat,
                                                size_t groups) {
  if (groups > 1) return NULL;
  switch (stat) {
    case EDIST_STAT_min:
      return &nearest_selector;
    case EDIST_STAT_max:
      return &farthest_selector;
    case EDIST_STAT_count:
      return &count_selector;
    case EDIST_STAT_sum:
    case EDIST_STAT_mean:
      return NULL;
  }
  return NULL;
}

static void join(const struct edist_sink_reduce *reduce,
                 struct edist_partial *to, struct edist_partial partial) {
  if (is_extreme(reduce->stat)) {
    if (partial.at && better(reduce, to, partial.value.sum)) *to = partial;
    return;
  }
  const bool fits = to->value.sum + partial.value.sum <= DBL_MAX;
  if (partial.scaled || !fits) scale_down(to);
  if (to->scaled) scale_down(&partial);
  edist_kahan_add(&to->value, partial.value.sum);
  edist_kahan_add(&to->value, -partial.value.compensation);
  to->count += partial.count;
}

static struct edist_reduced finished(const struct edist_sink_reduce *reduce,
                                     const struct edist_partial *total) {
  struct edist_reduced answer = {total->value.sum, total->count, total->at};
  if (is_extreme(reduce->stat)) {
    edist_ranking_distances(&reduce->ranking, 1, &answer.value);
    return answer;
  }
  const bool mean = reduce->stat == EDIST_STAT_mean;
  const bool finite = answer.value <= DBL_MAX;
  if (mean) answer.value /= (double)answer.count;
  if (total->scaled) answer.value *= SUM_UNIT;
  /* No mean exceeds all that went into it: this is rounding. */
  if (mean && finite && answer.value > DBL_MAX) answer.value = DBL_MAX;
  return answer;
}

static void end(struct edist_sink *sink) {
  struct edist_sink_reduce *reduce = (struct edist_sink_reduce *)sink;
  const struct edist_partial *partial = reduce->partial;
  for (size_t j = 0; j < reduce->nquery; j++) {
    size_t s = 0;
    for (size_t g = 0; g < reduce->groups; g++) {
      struct edist_partial total = {.at = 0};
      for (; s < reduce->nsegment && reduce->segment[s].group == g; s++) {
        join(reduce, &total, *partial++);
      }
      reduce->answer[j + g * reduce->nquery] = finished(reduce, &total);
    }
  }
  free(reduce->segment);
  free(reduce->partial);
  reduce->segment = NULL;
  reduce->partial = NULL;
}

struct edist_sink_reduce edist_sink_reduce(enum edist_stat stat, size_t nbase,
                                           size_t nquery, size_t queries,
                                           const size_t *group_end,
                                           size_t groups, const int *base_row,
                                           const double *limit,
                                           struct edist_reduced *answer) {
  return (struct edist_sink_reduce){
      .sink = {.begin = begin,
               .take = take,
               .end = end,
               .selector = selector_of(stat, groups)},
      .nquery = nquery,
      .groups = groups,
      .stat = stat,
      .base_row = base_row,
      .limit = limit,
      .end = group_end,
      .chunk = edist_chunk_rows(nbase, queries),
      .answer = answer};
}
