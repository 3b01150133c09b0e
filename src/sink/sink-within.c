#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "sink/select.h"

/* Hits are kept in chunks: growing never copies, and nothing is kept twice. */
enum { CHUNK_HITS = 1 << 15 };

struct hit {
  int query, index;
  double distance;
};

struct chunk {
  struct chunk *next;
  size_t count;
  struct hit hit[CHUNK_HITS];
};

/* Of one thread, in the order in which they were found. */
struct edist_within_hits {
  struct chunk *first, *last;
};

static void chunks_free(struct edist_within_hits *hits) {
  while (hits->first) {
    struct chunk *done = hits->first;
    hits->first = done->next;
    free(done);
  }
  hits->last = NULL;
}

void edist_within_free(struct edist_sink_within *self) {
  for (int t = 0; self->hits && t < self->threads; t++) {
    chunks_free(self->hits + t);
  }
  free(self->hits);
  self->hits = NULL;
}

/* Room for n more; NULL if there is no memory. */
static struct hit *room(struct edist_within_hits *hits, size_t n) {
  if (!hits->last || hits->last->count + n > CHUNK_HITS) {
    struct chunk *chunk = malloc(sizeof *chunk);
    if (!chunk) return NULL;
    chunk->next = NULL;
    chunk->count = 0;
    if (hits->last) {
      hits->last->next = chunk;
    } else {
      hits->first = chunk;
    }
    hits->last = chunk;
  }
  hits->last->count += n;
  return hits->last->hit + hits->last->count - n;
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_within *self = (struct edist_sink_within *)sink;
  edist_within_free(self); /* of a run that must be done again */
  atomic_store(&self->kept, 0);
  for (size_t c = 0; c < self->ncol * self->stretches; c++) self->count[c] = 0;
  self->threads = walk->threads;
  self->hits = calloc((size_t)walk->threads, sizeof *self->hits);
  if (!self->hits) return false;
  return true;
}

/* Drops the rows that are not asked for; how many are left. */
static size_t others(const struct edist_sink_within *self, size_t i, size_t j,
                     size_t count, unsigned *place) {
  size_t left = 0;
  for (size_t p = 0; p < count; p++) {
    const size_t row = i + place[p];
    if (self->triangle ? row > j : row != j) place[left++] = place[p];
  }
  return left;
}

static void keep(struct edist_sink_within *self,
                 const struct edist_block *block, size_t i, size_t j,
                 const double *value, size_t count, const unsigned *place) {
  double distance[EDIST_STRETCH_STEP];
  const size_t before = atomic_fetch_add(&self->kept, count);
  struct hit *hit = before + count > self->most
                        ? NULL
                        : room(self->hits + block->thread, count);
  if (!hit) {
    atomic_store(&self->compare.full, true);
    return;
  }
  for (size_t p = 0; p < count; p++) distance[p] = value[place[p]];
  edist_compare_finish(&self->compare, count, distance);
  for (size_t p = 0; p < count; p++) {
    const size_t row = i + place[p];
    if (edist_compare_lost(&self->compare, block, row, j, value[place[p]])) {
      atomic_store(&self->compare.lost, true);
    }
    hit[p] = (struct hit){(int)j, (int)row, distance[p]};
  }
}

static void column(struct edist_sink_within *self,
                   const struct edist_block *block, size_t i, size_t n,
                   size_t j, const double *value) {
  unsigned place[EDIST_STRETCH_STEP];
  const double *limit =
      self->compare.unfinished ? self->limit : self->radius;
  size_t count = self->compare.kernel->at_most(n, value, limit[j], place);
  if (count == 0) return;
  const bool own = i <= j && j < i + n;
  if (self->self && (own || (self->triangle && i < j))) {
    count = others(self, i, j, count, place);
  }
  self->count[j * self->stretches + i / self->stretch] += count;
  if (self->keep && count > 0) keep(self, block, i, j, value, count, place);
}

static void block(struct edist_sink *sink, const struct edist_block *block) {
  struct edist_sink_within *self = (struct edist_sink_within *)sink;
  if (atomic_load_explicit(&self->compare.full, memory_order_relaxed)) return;
  edist_compare_values(&self->compare, block);
  for (size_t j = block->j0; j < block->j1; j++) {
    const double *value = block->sum + (j - block->j0) * block->ld;
    for (size_t i = block->i0; i < block->i1; i += EDIST_STRETCH_STEP) {
      const size_t left = block->i1 - i;
      column(self, block, i,
             left < EDIST_STRETCH_STEP ? left : EDIST_STRETCH_STEP, j,
             value + (i - block->i0));
    }
  }
}

void edist_within_starts(const struct edist_sink_within *self, double *start) {
  double sum = 0;
  for (size_t j = 0; j < self->ncol; j++) {
    start[j] = sum;
    for (size_t s = 0; s < self->stretches; s++) {
      sum += (double)self->count[j * self->stretches + s];
    }
  }
  start[self->ncol] = sum;
}

/* Counts become the places where the next hits go: no two threads share one,
 * and each finds its own in order. */
void edist_within_fill(struct edist_sink_within *self, int first, int *query,
                       int *index, double *distance) {
  size_t sum = 0;
  for (size_t c = 0; c < self->ncol * self->stretches; c++) {
    const size_t count = self->count[c];
    self->count[c] = sum;
    sum += count;
  }
  for (int t = 0; t < self->threads; t++) {
    struct edist_within_hits *hits = self->hits + t;
    while (hits->first) {
      struct chunk *chunk = hits->first;
      for (size_t h = 0; h < chunk->count; h++) {
        const struct hit *hit = chunk->hit + h;
        const size_t s = (size_t)hit->index / self->stretch;
        const size_t to =
            self->count[(size_t)hit->query * self->stretches + s]++;
        if (query) query[to] = hit->query + first;
        index[to] = hit->index + first;
        distance[to] = hit->distance;
      }
      hits->first = chunk->next;
      free(chunk);
    }
    hits->last = NULL;
  }
}

struct edist_sink_within edist_sink_within(size_t nrow, size_t ncol,
                                           const double *limit,
                                           const double *radius, size_t *count,
                                           bool self, bool triangle, bool keep,
                                           size_t most) {
  const size_t stretch = edist_stretch(nrow, ncol);
  return (struct edist_sink_within){
      .sink = {begin, block, edist_sink_nothing, false},
      .ncol = ncol,
      .self = self,
      .triangle = triangle,
      .keep = keep,
      .most = most,
      .stretch = stretch,
      .stretches = (nrow + stretch - 1) / stretch,
      .limit = limit,
      .radius = radius,
      .count = count};
}

bool edist_square_safe(double radius, double rescaled) {
  const double least = 0x1p-470 * sqrt(rescaled);
  return radius == INFINITY || (radius >= least && radius <= 0x1p500);
}

double edist_square_limit(double radius) {
  double limit = radius * radius;
  while (sqrt(limit) > radius) limit = nextafter(limit, 0);
  while (limit < DBL_MAX && sqrt(nextafter(limit, INFINITY)) <= radius) {
    limit = nextafter(limit, INFINITY);
  }
  return limit;
}
