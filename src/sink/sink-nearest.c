#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/size.h"
#include "sink/selection.h"

/* Up to MAX_SORTED neighbours are kept sorted. For more, candidates are
 * gathered, and the nearest picked out when the list is full. A heap would take
 * more unpredictable branches. */
enum { MAX_SORTED = 24, MAX_GATHERED = 1024 };

/* The neighbours found so far for one query. */
struct list {
  struct edist_candidate *at;
  size_t count;
  double limit;                /* candidates with a larger value do not enter */
  struct edist_candidate last; /* of a full list */
};

/* The lists of a slab's queries, for one thread. */
struct edist_nearest_lists {
  struct list *list;
  struct edist_candidate *room;
  double *value; /* of one list, side by side */
};

static bool before_closely(const struct edist_ranking *ranking,
                           struct edist_candidate a, struct edist_candidate b) {
  const int order = edist_ranking_order(ranking, a.value, b.value);
  return (order < 0) | ((order == 0) & (a.index < b.index));
}

/* Values decide almost always. */
static inline bool before(const struct edist_ranking *ranking,
                          struct edist_candidate a, struct edist_candidate b) {
  const bool less = a.value < b.value * ranking->apart;
  const bool more = b.value < a.value * ranking->apart;
  return (less | more) ? less : before_closely(ranking, a, b);
}

static void swap(struct edist_candidate *a, struct edist_candidate *b) {
  const struct edist_candidate old = *a;
  *a = *b;
  *b = old;
}

/* Partitions n > 2 candidates: none of the first part comes after any of the
 * rest. Returns the size of the first part, from 1 to n - 1. The loop has no
 * branch that depends on values: it would be unpredictable. */
static size_t partition(const struct edist_ranking *ranking,
                        struct edist_candidate *c, size_t n) {
  if (before(ranking, c[n / 2], c[0])) swap(c, c + n / 2);
  if (before(ranking, c[n - 1], c[0])) swap(c, c + n - 1);
  if (before(ranking, c[n / 2], c[n - 1])) swap(c + n / 2, c + n - 1);
  const struct edist_candidate pivot = c[n - 1];
  /* Only between these values is a closer look needed, which is rare. */
  const double low = ranking->apart > 0 ? pivot.value * ranking->apart : 0;
  const double high = edist_ranking_farther(ranking, pivot.value);
  size_t first = 0;
  for (size_t i = 0; i < n - 1; i++) {
    const struct edist_candidate one = {c[i].value, c[i].index};
    c[i].value = c[first].value;
    c[i].index = c[first].index;
    c[first].value = one.value;
    c[first].index = one.index;
    first += one.value < low;
    if ((one.value >= low) & (one.value <= high)) {
      first += before(ranking, one, pivot);
    }
  }
  swap(c + first, c + n - 1);
  return first + 1;
}

/* Brings the first k of n to the front, in any order. */
static void pick(const struct edist_ranking *ranking, struct edist_candidate *c,
                 size_t n, size_t k) {
  while (n > 2 && k > 0 && k < n) {
    const size_t first = partition(ranking, c, n);
    if (first >= k) {
      n = first;
    } else {
      c += first;
      n -= first;
      k -= first;
    }
  }
  if (n == 2 && k == 1 && before(ranking, c[1], c[0])) swap(c, c + 1);
}

static void sort(const struct edist_ranking *ranking, struct edist_candidate *c,
                 size_t n) {
  while (n > MAX_SORTED) {
    const size_t first = partition(ranking, c, n);
    /* Recursion into the smaller part bounds the depth of the stack. */
    if (first < n - first) {
      sort(ranking, c, first);
      c += first;
      n -= first;
    } else {
      sort(ranking, c + first, n - first);
      n = first;
    }
  }
  for (size_t i = 1; i < n; i++) {
    const struct edist_candidate one = c[i];
    size_t to = i;
    for (; to > 0 && before(ranking, one, c[to - 1]); to--) c[to] = c[to - 1];
    c[to] = one;
  }
}

static size_t capacity(size_t k) {
  return k <= MAX_SORTED ? k : k + edist_size_min(k, MAX_GATHERED);
}

static void list_clear(struct list *list) {
  list->count = 0;
  list->limit = INFINITY;
}

/* In the order of the base, a candidate that ties with the last does not enter.
 */
static void list_full(const struct edist_sink_nearest *nearest,
                      struct list *list, struct edist_candidate last) {
  list->last = last;
  list->limit = nearest->any_order
                    ? edist_ranking_farther(&nearest->ranking, last.value)
                    : edist_ranking_nearer(&nearest->ranking, last.value);
}

static void list_pick(const struct edist_sink_nearest *nearest,
                      struct list *list) {
  const struct edist_ranking *ranking = &nearest->ranking;
  if (list->count <= nearest->k) return;
  pick(ranking, list->at, list->count, nearest->k);
  list->count = nearest->k;
  struct edist_candidate last = list->at[0];
  for (size_t c = 1; c < nearest->k; c++) {
    if (before(ranking, last, list->at[c])) last = list->at[c];
  }
  list_full(nearest, list, last);
}

static void list_add(const struct edist_sink_nearest *nearest,
                     struct list *list, struct edist_candidate one) {
  const struct edist_ranking *ranking = &nearest->ranking;
  const size_t k = nearest->k;
  if (!(one.value <= list->limit)) return;
  if (k > MAX_SORTED) {
    list->at[list->count++] = one;
    if (list->count == capacity(k)) list_pick(nearest, list);
    return;
  }
  if (list->count == k && !before(ranking, one, list->at[k - 1])) return;
  size_t to = list->count < k ? list->count++ : k - 1;
  for (; to > 0 && before(ranking, one, list->at[to - 1]); to--) {
    list->at[to] = list->at[to - 1];
  }
  list->at[to] = one;
  if (list->count == k) list_full(nearest, list, list->at[k - 1]);
}

static size_t chunks_of(const struct edist_sink_nearest *nearest) {
  return edist_size_ceil(nearest->nbase, nearest->chunk);
}

static void lists_free(struct edist_sink_nearest *nearest) {
  for (int t = 0; nearest->lists && t < nearest->threads; t++) {
    free(nearest->lists[t].list);
    free(nearest->lists[t].room);
    free(nearest->lists[t].value);
  }
  free(nearest->lists);
  free(nearest->partial);
  nearest->lists = NULL;
  nearest->partial = NULL;
}

static bool lists_make(struct edist_nearest_lists *l, size_t count, size_t k) {
  const size_t each = capacity(k), room = edist_size_product(count, each);
  l->list = malloc(count * sizeof *l->list);
  if (!l->list) return false;
  l->room = malloc(edist_size_product(room, sizeof *l->room));
  if (!l->room) return false;
  l->value = malloc(k * sizeof *l->value);
  if (!l->value) return false;
  for (size_t i = 0; i < count; i++) l->list[i].at = l->room + i * each;
  return true;
}

/* A list ends with a negative index: until it is filled, it is empty. */
static bool partial_make(struct edist_sink_nearest *nearest) {
  const size_t lists = edist_size_product(chunks_of(nearest), nearest->nquery);
  const size_t length = edist_size_product(lists, nearest->k);
  nearest->partial =
      malloc(edist_size_product(length, sizeof *nearest->partial));
  if (!nearest->partial) return false;
  for (size_t p = 0; p < length; p += nearest->k) {
    nearest->partial[p].index = -1;
  }
  return true;
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  nearest->threads = walk->threads;
  nearest->any_order = walk->any_order;
  nearest->lists = calloc((size_t)walk->threads, sizeof *nearest->lists);
  if (!nearest->lists) return false;
  bool good = true;
  for (int t = 0; good && t < walk->threads; t++) {
    good = lists_make(nearest->lists + t, walk->slab, nearest->k);
  }
  if (good && !walk->any_order && chunks_of(nearest) > 1) {
    good = partial_make(nearest);
  }
  if (!good) lists_free(nearest);
  return good;
}

/* Writes the answer of query j. */
static void answer(struct edist_sink_nearest *nearest, struct list *list,
                   size_t j, double *value) {
  list_pick(nearest, list);
  sort(&nearest->ranking, list->at, list->count);
  for (size_t c = 0; c < list->count; c++) value[c] = list->at[c].value;
  edist_ranking_distances(&nearest->ranking, list->count, value);
  for (size_t c = 0; c < nearest->k; c++) {
    const bool there = c < list->count;
    const size_t to = j + c * nearest->nquery;
    nearest->index[to] = there ? list->at[c].index + 1 : nearest->no_index;
    nearest->distance[to] =
        there ? value[c] : nearest->ranking.epilogue.missing;
  }
}

static struct edist_candidate *partial_at(
    const struct edist_sink_nearest *nearest, size_t chunk, size_t j) {
  return nearest->partial + (chunk * nearest->nquery + j) * nearest->k;
}

/* Keeps the list of one chunk for query j until all chunks are done. */
static void keep_partial(struct edist_sink_nearest *nearest, struct list *list,
                         size_t chunk, size_t j) {
  struct edist_candidate *partial = partial_at(nearest, chunk, j);
  list_pick(nearest, list);
  sort(&nearest->ranking, list->at, list->count);
  memcpy(partial, list->at, list->count * sizeof *partial);
  if (list->count < nearest->k) partial[list->count].index = -1;
}

/* Compares the values of base rows i, i + 1, ... for query j. */
static void compare(struct edist_sink_nearest *nearest, struct list *list,
                    const struct edist_strip *strip, size_t i, size_t n,
                    size_t j, const double *value) {
  unsigned position[EDIST_CHUNK_STEP];
  const size_t count =
      nearest->ranking.kernel->select_le(n, value, list->limit, position);
  for (size_t p = 0; p < count; p++) {
    const double one = value[position[p]];
    const size_t row = i + position[p];
    if (!(one <= list->limit)) continue;
    if (nearest->base_row && row == (size_t)nearest->base_row[j]) continue;
    if (edist_ranking_unsafe(&nearest->ranking, strip, row, j, one)) {
      atomic_store(&nearest->ranking.retry, true);
    }
    list_add(nearest, list, (struct edist_candidate){one, (int)row});
  }
}

static bool take(struct edist_sink *sink, const struct edist_strip *strip) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct edist_nearest_lists *lists = nearest->lists + strip->thread;
  const size_t chunk = nearest->chunk;
  edist_ranking_values(&nearest->ranking, strip);
  const bool first = strip->i0 % chunk == 0;
  const bool last = strip->i1 % chunk == 0 || strip->i1 == nearest->nbase;
  for (size_t j = strip->j0; j < strip->j1; j++) {
    struct list *list = lists->list + (j - strip->slab);
    const double *value = strip->sum + (j - strip->j0) * strip->ld;
    if (first) list_clear(list);
    for (size_t i = strip->i0; i < strip->i1; i += EDIST_CHUNK_STEP) {
      const size_t n = edist_size_min(strip->i1 - i, EDIST_CHUNK_STEP);
      compare(nearest, list, strip, i, n, j, value + (i - strip->i0));
    }
    if (!last) continue;
    if (nearest->partial) {
      keep_partial(nearest, list, strip->i0 / chunk, j);
    } else {
      answer(nearest, list, j, lists->value);
    }
  }
  return !atomic_load_explicit(&nearest->ranking.retry, memory_order_relaxed);
}

/* Merges the lists of all chunks, in their order. */
static void end(struct edist_sink *sink) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct list *list = nearest->lists->list;
  for (size_t j = 0; nearest->partial && j < nearest->nquery; j++) {
    list_clear(list);
    for (size_t chunk = 0; chunk < chunks_of(nearest); chunk++) {
      const struct edist_candidate *partial = partial_at(nearest, chunk, j);
      for (size_t c = 0; c < nearest->k && partial[c].index >= 0; c++) {
        list_add(nearest, list, partial[c]);
      }
    }
    answer(nearest, list, j, nearest->lists->value);
  }
  lists_free(nearest);
}

static struct list *lists_of(const struct edist_sink *sink,
                             const struct edist_batch *batch) {
  const struct edist_sink_nearest *nearest =
      (const struct edist_sink_nearest *)sink;
  return nearest->lists[batch->thread].list;
}

static size_t start_rows(const struct edist_sink *sink) {
  return 2 * ((const struct edist_sink_nearest *)sink)->k + 1;
}

static void open(struct edist_sink *sink, const struct edist_batch *batch) {
  struct list *list = lists_of(sink, batch);
  for (size_t q = 0; q < batch->count; q++) {
    list_clear(list + q);
    list[q].last.value = INFINITY;
    batch->limit[q] = batch->sure[q] = INFINITY;
  }
}

static bool wants(const struct edist_sink *sink,
                  const struct edist_batch *batch, size_t q, double value,
                  int row) {
  const struct edist_sink_nearest *nearest =
      (const struct edist_sink_nearest *)sink;
  const struct list *list = lists_of(sink, batch) + q;
  const struct edist_candidate one = {value, row};
  return list->limit == INFINITY || before(&nearest->ranking, one, list->last);
}

static bool offer(struct edist_sink *sink, const struct edist_batch *batch,
                  size_t q, const double *value, const int *row,
                  const unsigned *position, size_t count) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct list *list = lists_of(sink, batch) + q;
  const int own = nearest->base_row ? nearest->base_row[batch->query[q]] : -1;
  for (size_t p = 0; p < count; p++) {
    const int index = row[position[p]];
    if (index == own) continue;
    list_add(nearest, list,
             (struct edist_candidate){value[position[p]], index});
  }
  batch->limit[q] = list->limit;
  batch->sure[q] = list->last.value * nearest->ranking.apart;
  return true;
}

static bool close(struct edist_sink *sink, const struct edist_batch *batch) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct edist_nearest_lists *lists = nearest->lists + batch->thread;
  for (size_t q = 0; q < batch->count; q++) {
    answer(nearest, lists->list + q, (size_t)batch->query[q], lists->value);
  }
  return true;
}

static const struct edist_selector selector = {start_rows, open, wants, offer,
                                               close};

struct edist_sink_nearest edist_sink_nearest(int *index, double *distance,
                                             size_t nbase, size_t nquery,
                                             size_t k, const int *base_row,
                                             int no_index) {
  return (struct edist_sink_nearest){
      .sink = {.begin = begin, .take = take, .end = end, .selector = &selector},
      .nbase = nbase,
      .nquery = nquery,
      .k = k,
      .base_row = base_row,
      .chunk = edist_chunk_rows(nbase, nquery),
      .index = index,
      .no_index = no_index,
      .distance = distance};
}
