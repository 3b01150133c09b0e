#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "kernel/size.h"
#include "sink/selection.h"

/* Hits are kept in a list of pages: it grows without copies. */
enum { PAGE_HITS = 1 << 15 };

struct hit {
  int query, index;
  double distance;
};

struct page {
  struct page *next;
  size_t count;
  struct hit hit[PAGE_HITS];
};

/* Of one thread, in the order in which they were found. */
struct edist_within_hits {
  struct page *first, *last;
};

/* The hits of a search's group, in the order in which they were found. */
struct edist_within_batch {
  struct hit *hit;
  size_t count, room;
};

static void hits_free(struct edist_within_hits *hits) {
  while (hits->first) {
    struct page *page = hits->first;
    hits->first = page->next;
    free(page);
  }
  hits->last = NULL;
}

void edist_within_free(struct edist_sink_within *within) {
  for (int t = 0; within->hits && t < within->threads; t++) {
    hits_free(within->hits + t);
  }
  for (int t = 0; within->found && t < within->threads; t++) {
    free(within->found[t].hit);
  }
  free(within->hits);
  free(within->found);
  free(within->count);
  within->found = NULL;
  within->hits = NULL;
  within->count = NULL;
}

/* Room for n more hits; NULL if there is no memory. */
static struct hit *room(struct edist_within_hits *hits, size_t n) {
  if (!hits->last || hits->last->count + n > PAGE_HITS) {
    struct page *page = malloc(sizeof *page);
    if (!page) return NULL;
    page->next = NULL;
    page->count = 0;
    if (hits->last) {
      hits->last->next = page;
    } else {
      hits->first = page;
    }
    hits->last = page;
  }
  hits->last->count += n;
  return hits->last->hit + hits->last->count - n;
}

static size_t counts_of(const struct edist_sink_within *within) {
  return edist_size_product(within->nquery, within->nchunk);
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_within *within = (struct edist_sink_within *)sink;
  edist_within_free(within); /* the job may run again */
  atomic_store(&within->kept, 0);
  atomic_store(&within->full, false);
  within->threads = walk->threads;
  within->count = calloc(counts_of(within), sizeof *within->count);
  if (!within->count) return false;
  within->hits = calloc((size_t)walk->threads, sizeof *within->hits);
  if (!within->hits) return false;
  within->found = calloc((size_t)walk->threads, sizeof *within->found);
  if (!within->found) return false;
  return true;
}

/* Drops the rows that are not wanted; returns how many are left. */
static size_t others(const struct edist_sink_within *within, size_t i, size_t j,
                     size_t count, unsigned *position) {
  size_t left = 0;
  for (size_t p = 0; p < count; p++) {
    const size_t row = i + position[p];
    if (within->triangle ? row > j : row != j) position[left++] = position[p];
  }
  return left;
}

static void keep(struct edist_sink_within *within,
                 const struct edist_strip *strip, size_t i, size_t j,
                 const double *value, size_t count, const unsigned *position) {
  double distance[EDIST_CHUNK_STEP];
  const size_t before = atomic_fetch_add(&within->kept, count);
  struct hit *hit = before + count > within->max_hits
                        ? NULL
                        : room(within->hits + strip->thread, count);
  if (!hit) {
    atomic_store(&within->full, true);
    return;
  }
  for (size_t p = 0; p < count; p++) distance[p] = value[position[p]];
  edist_ranking_distances(&within->ranking, count, distance);
  for (size_t p = 0; p < count; p++) {
    const size_t row = i + position[p];
    const double one = value[position[p]];
    if (edist_ranking_unsafe(&within->ranking, strip, row, j, one)) {
      atomic_store(&within->ranking.retry, true);
    }
    hit[p] = (struct hit){(int)j, (int)row, distance[p]};
  }
}

/* Compares the values of base rows i, i + 1, ... for query j. */
static void compare(struct edist_sink_within *within,
                    const struct edist_strip *strip, size_t i, size_t n,
                    size_t j, const double *value) {
  unsigned position[EDIST_CHUNK_STEP];
  const double *limit =
      within->ranking.surrogates ? within->limit : within->radius;
  size_t count =
      within->ranking.kernel->select_le(n, value, limit[j], position);
  if (count == 0) return;
  const bool own = i <= j && j < i + n;
  if (within->own_base && (own || (within->triangle && i < j))) {
    count = others(within, i, j, count, position);
  }
  within->count[j * within->nchunk + i / within->chunk] += count;
  if (count > 0) keep(within, strip, i, j, value, count, position);
}

static bool take(struct edist_sink *sink, const struct edist_strip *strip) {
  struct edist_sink_within *within = (struct edist_sink_within *)sink;
  edist_ranking_values(&within->ranking, strip);
  for (size_t j = strip->j0; j < strip->j1; j++) {
    const double *value = strip->sum + (j - strip->j0) * strip->ld;
    for (size_t i = strip->i0; i < strip->i1; i += EDIST_CHUNK_STEP) {
      const size_t n = edist_size_min(strip->i1 - i, EDIST_CHUNK_STEP);
      compare(within, strip, i, n, j, value + (i - strip->i0));
    }
  }
  return !atomic_load_explicit(&within->full, memory_order_relaxed) &&
         !atomic_load_explicit(&within->ranking.retry, memory_order_relaxed);
}

static size_t start_rows(const struct edist_sink *sink) {
  (void)sink;
  return 0;
}

static void open(struct edist_sink *sink, const struct edist_batch *batch) {
  const struct edist_sink_within *within =
      (const struct edist_sink_within *)sink;
  const double *limit =
      within->ranking.surrogates ? within->limit : within->radius;
  within->found[batch->thread].count = 0;
  for (size_t q = 0; q < batch->count; q++) {
    batch->limit[q] = batch->sure[q] = limit[batch->query[q]];
  }
}

/* Room for n more; false if there is no memory. */
static bool grow(struct edist_within_batch *found, size_t n) {
  if (found->count + n <= found->room) return true;
  const size_t wanted = 2 * found->room + n;
  struct hit *hit =
      realloc(found->hit, edist_size_product(wanted, sizeof *hit));
  if (!hit) return false;
  found->hit = hit;
  found->room = wanted;
  return true;
}

static bool offer(struct edist_sink *sink, const struct edist_batch *batch,
                  size_t q, const double *value, const int *row,
                  const unsigned *position, size_t count) {
  struct edist_sink_within *within = (struct edist_sink_within *)sink;
  struct edist_within_batch *found = within->found + batch->thread;
  const int query = batch->query[q];
  const size_t before = found->count;
  if (!grow(found, count)) {
    atomic_store(&within->full, true);
    return false;
  }
  for (size_t p = 0; p < count; p++) {
    const int index = row[position[p]];
    if (within->triangle ? index <= query
                         : within->own_base && index == query) {
      continue;
    }
    found->hit[found->count++] = (struct hit){query, index, value[position[p]]};
  }
  const size_t more = found->count - before;
  if (atomic_fetch_add(&within->kept, more) + more > within->max_hits) {
    atomic_store(&within->full, true);
  }
  return !atomic_load_explicit(&within->full, memory_order_relaxed);
}

static int by_index(const void *a, const void *b) {
  const struct hit *one = a, *other = b;
  if (one->query != other->query) return one->query < other->query ? -1 : 1;
  return (one->index > other->index) - (one->index < other->index);
}

static bool close(struct edist_sink *sink, const struct edist_batch *batch) {
  struct edist_sink_within *within = (struct edist_sink_within *)sink;
  struct edist_within_batch *found = within->found + batch->thread;
  if (found->count == 0) return true;
  qsort(found->hit, found->count, sizeof *found->hit, by_index);
  for (size_t h = 0; h < found->count; h++) {
    struct hit *to = room(within->hits + batch->thread, 1);
    if (!to) {
      atomic_store(&within->full, true);
      return false;
    }
    *to = found->hit[h];
    edist_ranking_distances(&within->ranking, 1, &to->distance);
    within->count[(size_t)to->query * within->nchunk +
                  (size_t)to->index / within->chunk]++;
  }
  return true;
}

static const struct edist_selector selector = {
    .start_rows = start_rows, .open = open, .offer = offer, .close = close};

void edist_within_starts(const struct edist_sink_within *within,
                         double *start) {
  double sum = 0;
  for (size_t j = 0; j < within->nquery; j++) {
    start[j] = sum;
    for (size_t c = 0; within->count && c < within->nchunk; c++) {
      sum += (double)within->count[j * within->nchunk + c];
    }
  }
  start[within->nquery] = sum;
}

/* Counts become the positions of the next hits: no two threads share one, and
 * each thread found its own in order. */
void edist_within_fill(struct edist_sink_within *within, int first, int *query,
                       int *index, double *distance) {
  size_t sum = 0;
  for (size_t c = 0; within->count && c < counts_of(within); c++) {
    const size_t count = within->count[c];
    within->count[c] = sum;
    sum += count;
  }
  for (int t = 0; within->hits && t < within->threads; t++) {
    struct edist_within_hits *hits = within->hits + t;
    while (hits->first) {
      struct page *page = hits->first;
      for (size_t h = 0; h < page->count; h++) {
        const struct hit *hit = page->hit + h;
        const size_t chunk = (size_t)hit->index / within->chunk;
        const size_t to =
            within->count[(size_t)hit->query * within->nchunk + chunk]++;
        if (query) query[to] = hit->query + first;
        index[to] = hit->index + first;
        distance[to] = hit->distance;
      }
      hits->first = page->next;
      free(page);
    }
    hits->last = NULL;
  }
}

struct edist_sink_within edist_sink_within(size_t nbase, size_t nquery,
                                           const double *limit,
                                           const double *radius, bool own_base,
                                           bool triangle, size_t max_hits) {
  const size_t chunk = edist_chunk_rows(nbase, nquery);
  return (struct edist_sink_within){.sink = {.begin = begin,
                                             .take = take,
                                             .end = edist_sink_nothing,
                                             .selector = &selector},
                                    .nquery = nquery,
                                    .own_base = own_base,
                                    .triangle = triangle,
                                    .chunk = chunk,
                                    .nchunk = edist_size_ceil(nbase, chunk),
                                    .limit = limit,
                                    .radius = radius,
                                    .max_hits = max_hits};
}

bool edist_square_safe(double radius, double rescale) {
  const double min = 0x1p-470 * sqrt(rescale);
  return radius == INFINITY || (radius >= min && radius <= 0x1p500);
}

double edist_square_limit(double radius) {
  double limit = radius * radius;
  while (sqrt(limit) > radius) limit = nextafter(limit, 0);
  while (limit < DBL_MAX && sqrt(nextafter(limit, INFINITY)) <= radius) {
    limit = nextafter(limit, INFINITY);
  }
  return limit;
}
