#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "kernel/product.h"
#include "sink/select.h"

/* Rows of x are added up in pieces, which neither threads nor blocks decide:
 * what of a group lies in one stretch. */
static size_t next_end(const struct edist_sink_reduce *self, size_t i,
                       size_t group) {
  const size_t end = (i / self->stretch + 1) * self->stretch;
  return end < self->end[group] ? end : self->end[group];
}

static size_t pieces_count(const struct edist_sink_reduce *self,
                           struct edist_piece *piece) {
  size_t count = 0, i = 0;
  for (size_t g = 0; g < self->groups; g++) {
    while (i < self->end[g]) {
      const size_t end = next_end(self, i, g);
      if (piece) piece[count] = (struct edist_piece){i, end, g};
      count++;
      i = end;
    }
  }
  return count;
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_reduce *self = (struct edist_sink_reduce *)sink;
  (void)walk;
  self->npieces = pieces_count(self, NULL);
  self->piece = malloc(self->npieces * sizeof *self->piece);
  if (!self->piece) return false;
  pieces_count(self, self->piece);
  const size_t parts = edist_product(self->npieces, self->ncol);
  self->part = calloc(parts, sizeof *self->part);
  if (!self->part) {
    free(self->piece);
    return false;
  }
  return true;
}

/* Kahan's sum. */
static void add(struct edist_reduced *to, double term) {
  const double corrected = term - to->lost, sum = to->value + corrected;
  const double lost = (sum - to->value) - corrected;
  to->lost = lost == lost ? lost : 0; /* of an infinite sum */
  to->value = sum;
}

/* Into units in which no sum of finite distances overflows. */
static void scale_down(struct edist_reduced *to) {
  if (to->scaled) return;
  to->scaled = true;
  to->value /= EDIST_SUM_UNIT;
  to->lost /= EDIST_SUM_UNIT;
}

/* Adds the distances of n <= EDIST_STRETCH_STEP rows. */
static void add_rows(const struct edist_sink_reduce *self,
                     struct edist_reduced *to, size_t n, const double *value) {
  const struct edist_kernel *kernel = self->compare.kernel;
  double small[EDIST_STRETCH_STEP];
  size_t there;
  double sum = kernel->sum(n, value, &there);
  to->there += there;
  if (!to->scaled && to->value + sum <= DBL_MAX) {
    add(to, sum);
    return;
  }
  scale_down(to);
  for (size_t i = 0; i < n; i++) small[i] = value[i] / EDIST_SUM_UNIT;
  add(to, kernel->sum(n, small, &there));
}

static bool better(const struct edist_sink_reduce *self,
                   const struct edist_reduced *best, double value) {
  if (best->there == 0) return true;
  const int order = edist_compare_order(&self->compare, value, best->value);
  return self->stat == EDIST_STAT_max ? order > 0 : order < 0;
}

/* The best of rows i to before i + n: the first where several are alike. */
static void seek(struct edist_sink_reduce *self, struct edist_reduced *best,
                 const struct edist_block *block, size_t i, size_t n, size_t j,
                 const double *value) {
  unsigned place[EDIST_STRETCH_STEP];
  const struct edist_kernel *kernel = self->compare.kernel;
  const bool most = self->stat == EDIST_STAT_max;
  const double none = most ? -INFINITY : INFINITY;
  const double limit = best->there ? best->value : none;
  const size_t count = most ? kernel->at_least(n, value, limit, place)
                            : kernel->at_most(n, value, limit, place);
  for (size_t p = 0; p < count; p++) {
    const double one = value[place[p]];
    /* One that ties with the best may be spoiled where that is not. */
    const bool enters = better(self, best, one);
    const size_t row = i + place[p];
    if ((enters || one == best->value) &&
        edist_compare_lost(&self->compare, block, row, j, one)) {
      atomic_store(&self->compare.lost, true);
    }
    if (!enters) continue;
    best->value = one;
    best->there = row + 1;
  }
}

static void part(struct edist_sink_reduce *self, struct edist_reduced *to,
                 const struct edist_block *block, size_t i, size_t n, size_t j,
                 const double *value) {
  unsigned place[EDIST_STRETCH_STEP];
  switch (self->stat) {
    case EDIST_STAT_min:
    case EDIST_STAT_max:
      seek(self, to, block, i, n, j, value);
      return;
    case EDIST_STAT_sum:
    case EDIST_STAT_mean:
      add_rows(self, to, n, value);
      return;
    case EDIST_STAT_count:
      to->there += self->compare.kernel->at_most(n, value, self->limit[j],
                                                 place);
  }
}

/* Rows i to before i1 of a piece, but the query's own. Where sums are cut must
 * not hang on where blocks end. */
static void rows(struct edist_sink_reduce *self, struct edist_reduced *to,
                 const struct edist_block *block, size_t i, size_t i1, size_t j,
                 const double *value) {
  const size_t own = self->self ? (size_t)self->self[j] : i1;
  while (i < i1) {
    size_t end = (i / EDIST_STRETCH_STEP + 1) * EDIST_STRETCH_STEP;
    if (end > i1) end = i1;
    if (own >= i && own < end) end = own;
    if (end > i) part(self, to, block, i, end - i, j, value);
    value += end - i;
    i = end;
    if (i == own && i < i1) {
      value++;
      i++;
    }
  }
}

/* The first piece that row i or one after it is in. */
static size_t piece_at(const struct edist_sink_reduce *self, size_t i) {
  size_t low = 0, high = self->npieces - 1;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (self->piece[middle].i1 > i) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

static void block(struct edist_sink *sink, const struct edist_block *block) {
  struct edist_sink_reduce *self = (struct edist_sink_reduce *)sink;
  const size_t first = piece_at(self, block->i0);
  edist_compare_values(&self->compare, block);
  for (size_t j = block->j0; j < block->j1; j++) {
    const double *value = block->sum + (j - block->j0) * block->ld;
    for (size_t p = first; p < self->npieces; p++) {
      const struct edist_piece piece = self->piece[p];
      if (piece.i0 >= block->i1) break;
      const size_t i0 = piece.i0 > block->i0 ? piece.i0 : block->i0;
      const size_t i1 = piece.i1 < block->i1 ? piece.i1 : block->i1;
      rows(self, self->part + j * self->npieces + p, block, i0, i1, j,
           value + (i0 - block->i0));
    }
  }
}

static void join(const struct edist_sink_reduce *self, struct edist_reduced *to,
                 struct edist_reduced part) {
  if (self->stat == EDIST_STAT_min || self->stat == EDIST_STAT_max) {
    if (part.there && better(self, to, part.value)) *to = part;
    return;
  }
  if (part.scaled || !(to->value + part.value <= DBL_MAX)) scale_down(to);
  if (to->scaled) scale_down(&part);
  add(to, part.value);
  add(to, -part.lost);
  to->there += part.there;
}

static void finish(const struct edist_sink_reduce *self,
                   struct edist_reduced *answer) {
  if (self->stat == EDIST_STAT_min || self->stat == EDIST_STAT_max) {
    edist_compare_finish(&self->compare, 1, &answer->value);
    return;
  }
  const bool mean = self->stat == EDIST_STAT_mean;
  const bool finite = answer->value <= DBL_MAX;
  if (mean) answer->value /= (double)answer->there;
  if (answer->scaled) answer->value *= EDIST_SUM_UNIT;
  /* Rounding only: no mean is larger than all that went into it. */
  if (mean && finite && answer->value > DBL_MAX) answer->value = DBL_MAX;
}

static void end(struct edist_sink *sink) {
  struct edist_sink_reduce *self = (struct edist_sink_reduce *)sink;
  for (size_t j = 0; j < self->ncol; j++) {
    for (size_t g = 0; g < self->groups; g++) {
      self->answer[j + g * self->ncol] = (struct edist_reduced){0};
    }
    for (size_t p = 0; p < self->npieces; p++) {
      join(self, self->answer + j + self->piece[p].group * self->ncol,
           self->part[j * self->npieces + p]);
    }
    for (size_t g = 0; g < self->groups; g++) {
      finish(self, self->answer + j + g * self->ncol);
    }
  }
  free(self->piece);
  free(self->part);
  self->piece = NULL;
  self->part = NULL;
}

struct edist_sink_reduce edist_sink_reduce(enum edist_stat stat, size_t nrow,
                                           size_t ncol, const size_t *end_of,
                                           size_t groups,
                                           struct edist_reduced *answer) {
  return (struct edist_sink_reduce){.sink = {begin, block, end, false},
                                    .ncol = ncol,
                                    .groups = groups,
                                    .stat = stat,
                                    .end = end_of,
                                    .stretch = edist_stretch(nrow, ncol),
                                    .answer = answer};
}
