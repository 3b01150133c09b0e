#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/size.h"
#include "sink/selection.h"

/* Up to MAX_SORTED neighbours are kept sorted. For more, candidates are
 * gathered, and the nearest picked out when the list is full. A heap would take
 * more unpredictable branches. */
enum { MAX_SORTED = 24, MAX_GATHERED = 1024 };

/* Candidates, side by side. */
struct candidates {
  double *value;
  int *index;
};

/* The neighbours found so far for one query. */
struct list {
  struct candidates at;
  size_t count;
  int own;                     /* base row of the query itself, or -1 */
  double limit;                /* candidates with a larger value do not enter */
  struct edist_candidate last; /* of a full list */
};

/* The lists of a slab's queries, for one thread. */
struct edist_nearest_lists {
  struct list *list;
  struct candidates room;  /* of all lists, and */
  struct candidates other; /* for one more, in which two are merged */
  int *rank;
};

static struct edist_candidate get(struct candidates c, size_t i) {
  return (struct edist_candidate){c.value[i], c.index[i]};
}

static void set(struct candidates c, size_t i, struct edist_candidate one) {
  c.value[i] = one.value;
  c.index[i] = one.index;
}

static struct candidates from(struct candidates c, size_t i) {
  return (struct candidates){c.value + i, c.index + i};
}

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

static void swap(struct candidates c, size_t i, size_t j) {
  const struct edist_candidate old = get(c, i);
  set(c, i, get(c, j));
  set(c, j, old);
}

static void sort_two(const struct edist_ranking *ranking, struct candidates c,
                     size_t i, size_t j) {
  if (before(ranking, get(c, j), get(c, i))) swap(c, i, j);
}

/* Partitions n > 2 candidates: none of the first part comes after any of the
 * rest. Returns the size of the first part, from 1 to n - 1. The loop has no
 * branch that depends on values: it would be unpredictable. */
static size_t partition(const struct edist_ranking *ranking,
                        struct candidates c, size_t n) {
  sort_two(ranking, c, 0, n / 2);
  sort_two(ranking, c, 0, n - 1);
  sort_two(ranking, c, n - 1, n / 2);
  const struct edist_candidate pivot = get(c, n - 1);
  /* Only between these values is a closer look needed, which is rare. */
  const double low = ranking->apart > 0 ? pivot.value * ranking->apart : 0;
  const double high = edist_ranking_farther(ranking, pivot.value);
  size_t first = 0;
  for (size_t i = 0; i < n - 1; i++) {
    const struct edist_candidate one = get(c, i);
    set(c, i, get(c, first));
    set(c, first, one);
    first += one.value < low;
    if ((one.value >= low) & (one.value <= high)) {
      first += before(ranking, one, pivot);
    }
  }
  swap(c, first, n - 1);
  return first + 1;
}

/* Brings the first k of n to the front, in any order. */
static void pick(const struct edist_ranking *ranking, struct candidates c,
                 size_t n, size_t k) {
  while (n > 2 && k > 0 && k < n) {
    const size_t first = partition(ranking, c, n);
    if (first >= k) {
      n = first;
    } else {
      c = from(c, first);
      n -= first;
      k -= first;
    }
  }
  if (n == 2 && k == 1) sort_two(ranking, c, 0, 1);
}

/* Inserts a candidate behind `count` sorted ones. */
static void insert(const struct edist_ranking *ranking, struct candidates c,
                   size_t count, struct edist_candidate one) {
  for (; count > 0 && before(ranking, one, get(c, count - 1)); count--) {
    set(c, count, get(c, count - 1));
  }
  set(c, count, one);
}

static void sort(const struct edist_ranking *ranking, struct candidates c,
                 size_t n) {
  while (n > MAX_SORTED) {
    const size_t first = partition(ranking, c, n);
    /* Recursion into the smaller part bounds the depth of the stack. */
    if (first < n - first) {
      sort(ranking, c, first);
      c = from(c, first);
      n -= first;
    } else {
      sort(ranking, from(c, first), n - first);
      n = first;
    }
  }
  for (size_t i = 1; i < n; i++) insert(ranking, c, i, get(c, i));
}

static size_t capacity(size_t k) { return k + edist_size_min(k, MAX_GATHERED); }

/* A list, or a sorted one and what is offered to it; in whole vectors. */
static size_t room_of(size_t k) {
  const size_t length = k <= MAX_SORTED ? k + EDIST_MAX_OFFER : capacity(k);
  return edist_size_ceil(length, EDIST_MAX_LANES) * EDIST_MAX_LANES +
         EDIST_MAX_LANES;
}

/* What candidates for query j must not exceed while its list is not full. */
static double start_of(const struct edist_sink_nearest *nearest, size_t j) {
  if (!nearest->radius) return INFINITY;
  return nearest->ranking.surrogates ? nearest->limit[j] : nearest->radius[j];
}

static void list_clear(struct list *list, double limit) {
  list->count = 0;
  list->limit = limit;
  list->last = (struct edist_candidate){limit, INT_MAX};
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
  struct edist_candidate last = get(list->at, 0);
  for (size_t c = 1; c < nearest->k; c++) {
    if (before(ranking, last, get(list->at, c))) last = get(list->at, c);
  }
  list_full(nearest, list, last);
}

static void list_add(const struct edist_sink_nearest *nearest,
                     struct list *list, struct edist_candidate one) {
  const struct edist_ranking *ranking = &nearest->ranking;
  const size_t k = nearest->k;
  if (!(one.value <= list->limit)) return;
  if (k > MAX_SORTED) {
    set(list->at, list->count++, one);
    if (list->count == capacity(k)) list_pick(nearest, list);
    return;
  }
  if (list->count < k) {
    insert(ranking, list->at, list->count++, one);
  } else if (before(ranking, one, get(list->at, k - 1))) {
    insert(ranking, list->at, k - 1, one);
  }
  if (list->count == k) list_full(nearest, list, get(list->at, k - 1));
}

/* Adds `more` candidates that stand behind a sorted list: each goes to its rank
 * in the other room. */
static void list_merge(const struct edist_sink_nearest *nearest,
                       struct edist_nearest_lists *lists, struct list *list,
                       size_t more) {
  const struct candidates all = list->at, to = lists->other;
  const size_t k = nearest->k, old = list->count, n = old + more;
  if (!nearest->ranking.kernel->rank(n, old, all.value, all.index,
                                     nearest->ranking.apart, lists->rank)) {
    for (size_t i = old; i < n; i++) list_add(nearest, list, get(all, i));
    return;
  }
  for (size_t i = 0; i < n; i++) set(to, (size_t)lists->rank[i], get(all, i));
  lists->other = all;
  list->at = to;
  list->count = n < k ? n : k;
  if (n >= k) list_full(nearest, list, get(to, k - 1));
}

static size_t chunks_of(const struct edist_sink_nearest *nearest) {
  return edist_size_ceil(nearest->nbase, nearest->chunk);
}

static void lists_free(struct edist_sink_nearest *nearest) {
  for (int t = 0; nearest->lists && t < nearest->threads; t++) {
    struct edist_nearest_lists *lists = nearest->lists + t;
    free(lists->list);
    free(lists->rank);
    free(lists->room.value);
    free(lists->room.index);
  }
  free(nearest->lists);
  free(nearest->partial);
  nearest->lists = NULL;
  nearest->partial = NULL;
}

static bool lists_make(struct edist_nearest_lists *l, size_t count, size_t k) {
  const size_t each = room_of(k), room = edist_size_product(count + 1, each);
  l->list = malloc(count * sizeof *l->list);
  if (!l->list) return false;
  l->rank = malloc(each * sizeof *l->rank);
  if (!l->rank) return false;
  l->room.index = malloc(edist_size_product(room, sizeof *l->room.index));
  if (!l->room.index) return false;
  l->room.value = malloc(edist_size_product(room, sizeof *l->room.value));
  if (!l->room.value) return false;
  /* Roots are taken by the vector, also of what no candidate has filled. */
  for (size_t i = 0; i < room; i++) l->room.value[i] = 0;
  for (size_t i = 0; i < count; i++) l->list[i].at = from(l->room, i * each);
  l->other = from(l->room, count * each);
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
                   size_t j) {
  list_pick(nearest, list);
  if (nearest->k > MAX_SORTED) sort(&nearest->ranking, list->at, list->count);
  const size_t vectors = edist_size_ceil(list->count, EDIST_MAX_LANES);
  edist_ranking_distances(&nearest->ranking, vectors * EDIST_MAX_LANES,
                          list->at.value);
  for (size_t c = 0; c < nearest->k; c++) {
    const bool there = c < list->count;
    const size_t to = j + c * nearest->nquery;
    nearest->index[to] = there ? list->at.index[c] + 1 : nearest->no_index;
    nearest->distance[to] =
        there ? list->at.value[c] : nearest->ranking.epilogue.missing;
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
  for (size_t c = 0; c < list->count; c++) partial[c] = get(list->at, c);
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
    if (first) list_clear(list, start_of(nearest, j));
    for (size_t i = strip->i0; i < strip->i1; i += EDIST_CHUNK_STEP) {
      const size_t n = edist_size_min(strip->i1 - i, EDIST_CHUNK_STEP);
      compare(nearest, list, strip, i, n, j, value + (i - strip->i0));
    }
    if (!last) continue;
    if (nearest->partial) {
      keep_partial(nearest, list, strip->i0 / chunk, j);
    } else {
      answer(nearest, list, j);
    }
  }
  return !atomic_load_explicit(&nearest->ranking.retry, memory_order_relaxed);
}

/* Merges the lists of all chunks, in their order. */
static void end(struct edist_sink *sink) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct list *list = nearest->lists->list;
  for (size_t j = 0; nearest->partial && j < nearest->nquery; j++) {
    list_clear(list, start_of(nearest, j));
    for (size_t chunk = 0; chunk < chunks_of(nearest); chunk++) {
      const struct edist_candidate *partial = partial_at(nearest, chunk, j);
      for (size_t c = 0; c < nearest->k && partial[c].index >= 0; c++) {
        list_add(nearest, list, partial[c]);
      }
    }
    answer(nearest, list, j);
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
  const struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  const int *base_row = nearest->base_row;
  struct list *list = lists_of(sink, batch);
  for (size_t q = 0; q < batch->count; q++) {
    const double start = start_of(nearest, (size_t)batch->query[q]);
    list_clear(list + q, start);
    list[q].own = base_row ? base_row[batch->query[q]] : -1;
    batch->limit[q] = start;
    batch->sure[q] = start == INFINITY ? start : start * nearest->ranking.apart;
  }
}

static bool wants(const struct edist_sink *sink,
                  const struct edist_batch *batch, size_t q, double rank,
                  int row) {
  const struct edist_sink_nearest *nearest =
      (const struct edist_sink_nearest *)sink;
  const struct list *list = lists_of(sink, batch) + q;
  const struct edist_candidate one = {rank, row};
  return before(&nearest->ranking, one, list->last);
}

static bool offer(struct edist_sink *sink, const struct edist_batch *batch,
                  size_t q, const double *value, const int *row,
                  const unsigned *position, size_t count) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct edist_nearest_lists *lists = nearest->lists + batch->thread;
  struct list *list = lists->list + q;
  const struct candidates new = from(list->at, list->count);
  const bool sorted = nearest->k <= MAX_SORTED;
  size_t more = 0;
  for (size_t p = 0; p < count; p++) {
    const int index = row[position[p]];
    const struct edist_candidate one = {value[position[p]], index};
    if (sorted) {
      const struct edist_candidate last = list->last;
      set(new, more, one);
      more += (index != list->own) &
              !((one.value == last.value) & (index > last.index));
    } else if (index != list->own) {
      list_add(nearest, list, one);
    }
  }
  if (more > 0) list_merge(nearest, lists, list, more);
  batch->limit[q] = list->limit;
  batch->sure[q] = list->last.value * nearest->ranking.apart;
  return true;
}

static bool close(struct edist_sink *sink, const struct edist_batch *batch) {
  struct edist_sink_nearest *nearest = (struct edist_sink_nearest *)sink;
  struct edist_nearest_lists *lists = nearest->lists + batch->thread;
  for (size_t q = 0; q < batch->count; q++) {
    answer(nearest, lists->list + q, (size_t)batch->query[q]);
  }
  return true;
}

static const struct edist_selector selector = {.start_rows = start_rows,
                                               .open = open,
                                               .wants = wants,
                                               .offer = offer,
                                               .close = close};

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
