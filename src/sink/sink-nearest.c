#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/product.h"
#include "sink/select.h"

/* Up to so many neighbours are kept sorted; of more, candidates are gathered
 * and the nearest picked out now and then. */
enum { SORTED_MOST = 24, GATHERED_MOST = 1024 };

/* The neighbours found so far for one query. */
struct list {
  struct edist_candidate *at;
  size_t count;
  double limit; /* what is farther does not enter */
};

/* Of a column of blocks, in a thread's hands. */
struct edist_nearest_lists {
  struct list *list;
  struct edist_candidate *room;
  double *value; /* of one list, side by side */
};

static bool before_closely(const struct edist_compare *compare,
                           struct edist_candidate a, struct edist_candidate b) {
  const int order = edist_compare_order(compare, a.value, b.value);
  return (order < 0) | ((order == 0) & (a.index < b.index));
}

/* Mostly values tell. */
static inline bool before(const struct edist_compare *compare,
                          struct edist_candidate a, struct edist_candidate b) {
  const bool less = a.value < b.value * compare->apart;
  const bool more = b.value < a.value * compare->apart;
  return (less | more) ? less : before_closely(compare, a, b);
}

static void swap(struct edist_candidate *a, struct edist_candidate *b) {
  const struct edist_candidate old = *a;
  *a = *b;
  *b = old;
}

/* Cuts n > 2 candidates in two, none of the first after any of the others; how
 * many the first are, at least 1 and fewer than n. Without branches that hang
 * on values: nobody can foretell them. */
static size_t cut(const struct edist_compare *compare,
                  struct edist_candidate *c, size_t n) {
  if (before(compare, c[n / 2], c[0])) swap(c, c + n / 2);
  if (before(compare, c[n - 1], c[0])) swap(c, c + n - 1);
  if (before(compare, c[n / 2], c[n - 1])) swap(c + n / 2, c + n - 1);
  const struct edist_candidate middle = c[n - 1];
  /* Only between these is more to be known than the value: rarely. */
  const double low = middle.value * compare->apart;
  const double high = edist_compare_farther(compare, middle.value);
  size_t first = 0;
  for (size_t i = 0; i < n - 1; i++) {
    const struct edist_candidate one = {c[i].value, c[i].index};
    c[i].value = c[first].value;
    c[i].index = c[first].index;
    c[first].value = one.value;
    c[first].index = one.index;
    first += one.value < low;
    if ((one.value >= low) & (one.value <= high)) {
      first += before(compare, one, middle);
    }
  }
  swap(c + first, c + n - 1);
  return first + 1;
}

/* Brings the k first of n to the front, in any order. */
static void pick(const struct edist_compare *compare, struct edist_candidate *c,
                 size_t n, size_t k) {
  while (n > 2 && k > 0 && k < n) {
    const size_t first = cut(compare, c, n);
    if (first >= k) {
      n = first;
    } else {
      c += first;
      n -= first;
      k -= first;
    }
  }
  if (n == 2 && k == 1 && before(compare, c[1], c[0])) swap(c, c + 1);
}

static void sort(const struct edist_compare *compare, struct edist_candidate *c,
                 size_t n) {
  while (n > SORTED_MOST) {
    const size_t first = cut(compare, c, n);
    /* The smaller part first: the stack stays flat. */
    if (first < n - first) {
      sort(compare, c, first);
      c += first;
      n -= first;
    } else {
      sort(compare, c + first, n - first);
      n = first;
    }
  }
  for (size_t i = 1; i < n; i++) {
    const struct edist_candidate one = c[i];
    size_t to = i;
    for (; to > 0 && before(compare, one, c[to - 1]); to--) c[to] = c[to - 1];
    c[to] = one;
  }
}

static size_t capacity(size_t k) {
  if (k <= SORTED_MOST) return k;
  return k + (k < GATHERED_MOST ? k : GATHERED_MOST);
}

static void list_clear(struct list *list) {
  list->count = 0;
  list->limit = INFINITY;
}

static void list_pick(const struct edist_sink_nearest *self,
                      struct list *list) {
  const struct edist_compare *compare = &self->compare;
  if (list->count <= self->k) return;
  pick(compare, list->at, list->count, self->k);
  list->count = self->k;
  struct edist_candidate last = list->at[0];
  for (size_t c = 1; c < self->k; c++) {
    if (before(compare, last, list->at[c])) last = list->at[c];
  }
  list->limit = edist_compare_nearer(compare, last.value);
}

/* Candidates come in the order of x: one as close as the last does not enter.
 */
static void list_add(const struct edist_sink_nearest *self, struct list *list,
                     struct edist_candidate one) {
  const struct edist_compare *compare = &self->compare;
  const size_t k = self->k;
  if (!(one.value <= list->limit)) return;
  if (k > SORTED_MOST) {
    list->at[list->count++] = one;
    if (list->count == capacity(k)) list_pick(self, list);
    return;
  }
  if (list->count == k && !before(compare, one, list->at[k - 1])) return;
  size_t to = list->count < k ? list->count++ : k - 1;
  for (; to > 0 && before(compare, one, list->at[to - 1]); to--) {
    list->at[to] = list->at[to - 1];
  }
  list->at[to] = one;
  if (list->count == k) {
    list->limit = edist_compare_nearer(compare, list->at[k - 1].value);
  }
}

static size_t stretches_of(const struct edist_sink_nearest *self) {
  return (self->nrow + self->stretch - 1) / self->stretch;
}

static void lists_free(struct edist_sink_nearest *self) {
  for (int t = 0; self->lists && t < self->threads; t++) {
    free(self->lists[t].list);
    free(self->lists[t].room);
    free(self->lists[t].value);
  }
  free(self->lists);
  free(self->parts);
  self->lists = NULL;
  self->parts = NULL;
}

static bool lists_make(struct edist_nearest_lists *l, size_t count, size_t k) {
  const size_t most = capacity(k);
  l->list = malloc(count * sizeof *l->list);
  if (!l->list) return false;
  l->room = malloc(edist_product(edist_product(count, most), sizeof *l->room));
  if (!l->room) return false;
  l->value = malloc(k * sizeof *l->value);
  if (!l->value) return false;
  for (size_t i = 0; i < count; i++) l->list[i].at = l->room + i * most;
  return true;
}

static bool begin(struct edist_sink *sink, const struct edist_walk *walk) {
  struct edist_sink_nearest *self = (struct edist_sink_nearest *)sink;
  const size_t stretches = stretches_of(self);
  self->threads = walk->threads;
  self->lists = calloc((size_t)walk->threads, sizeof *self->lists);
  if (!self->lists) return false;
  bool good = true;
  for (int t = 0; good && t < walk->threads; t++) {
    good = lists_make(self->lists + t, walk->column, self->k);
  }
  if (good && stretches > 1) {
    const size_t length =
        edist_product(edist_product(stretches, self->ncol), self->k);
    self->parts = calloc(length, sizeof *self->parts);
    if (!self->parts) good = false;
    /* Those of stretches that an interrupt leaves undone are empty. */
    for (size_t p = 0; good && p < length; p += self->k) {
      self->parts[p].index = -1;
    }
  }
  if (!good) lists_free(self);
  return good;
}

/* Writes the answer of query j. */
static void answer(struct edist_sink_nearest *self, struct list *list, size_t j,
                   double *value) {
  list_pick(self, list);
  sort(&self->compare, list->at, list->count);
  for (size_t c = 0; c < list->count; c++) value[c] = list->at[c].value;
  edist_compare_finish(&self->compare, list->count, value);
  for (size_t c = 0; c < self->k; c++) {
    const bool there = c < list->count;
    self->index[j + c * self->ncol] =
        there ? list->at[c].index + 1 : self->no_index;
    self->distance[j + c * self->ncol] =
        there ? value[c] : self->compare.finishing.missing;
  }
}

/* Keeps what one stretch has for query j until the others are done, too; a
 * negative index ends it. */
static void keep_part(struct edist_sink_nearest *self, struct list *list,
                      size_t stretch, size_t j) {
  struct edist_candidate *part =
      self->parts + (stretch * self->ncol + j) * self->k;
  list_pick(self, list);
  sort(&self->compare, list->at, list->count);
  memcpy(part, list->at, list->count * sizeof *part);
  if (list->count < self->k) part[list->count].index = -1;
}

/* Looks at the values of rows i, i + 1, ... and query j. */
static void column(struct edist_sink_nearest *self, struct list *list,
                   const struct edist_block *block, size_t i, size_t n,
                   size_t j, const double *value) {
  unsigned place[EDIST_STRETCH_STEP];
  const size_t count =
      self->compare.kernel->at_most(n, value, list->limit, place);
  for (size_t p = 0; p < count; p++) {
    const double one = value[place[p]];
    const size_t row = i + place[p];
    if (!(one <= list->limit)) continue;
    if (self->self && row == (size_t)self->self[j]) continue;
    if (edist_compare_lost(&self->compare, block, row, j, one)) {
      atomic_store(&self->compare.lost, true);
    }
    list_add(self, list, (struct edist_candidate){one, (int)row});
  }
}

static void block(struct edist_sink *sink, const struct edist_block *block) {
  struct edist_sink_nearest *self = (struct edist_sink_nearest *)sink;
  struct edist_nearest_lists *lists = self->lists + block->thread;
  edist_compare_values(&self->compare, block);
  const bool first = block->i0 % self->stretch == 0;
  const bool last = block->i1 % self->stretch == 0 || block->i1 == self->nrow;
  for (size_t j = block->j0; j < block->j1; j++) {
    struct list *list = lists->list + (j - block->column);
    const double *value = block->sum + (j - block->j0) * block->ld;
    if (first) list_clear(list);
    for (size_t i = block->i0; i < block->i1; i += EDIST_STRETCH_STEP) {
      const size_t left = block->i1 - i;
      column(self, list, block, i,
             left < EDIST_STRETCH_STEP ? left : EDIST_STRETCH_STEP, j,
             value + (i - block->i0));
    }
    if (!last) continue;
    if (self->parts) {
      keep_part(self, list, block->i0 / self->stretch, j);
    } else {
      answer(self, list, j, lists->value);
    }
  }
}

/* The parts of all stretches, in their order. */
static void end(struct edist_sink *sink) {
  struct edist_sink_nearest *self = (struct edist_sink_nearest *)sink;
  struct list *list = self->lists->list;
  for (size_t j = 0; self->parts && j < self->ncol; j++) {
    list_clear(list);
    for (size_t s = 0; s < stretches_of(self); s++) {
      const struct edist_candidate *part =
          self->parts + (s * self->ncol + j) * self->k;
      for (size_t c = 0; c < self->k && part[c].index >= 0; c++) {
        list_add(self, list, part[c]);
      }
    }
    answer(self, list, j, self->lists->value);
  }
  lists_free(self);
}

struct edist_sink_nearest edist_sink_nearest(int *index, double *distance,
                                             size_t nrow, size_t ncol, size_t k,
                                             const int *self, int no_index) {
  return (struct edist_sink_nearest){.sink = {begin, block, end, false},
                                     .nrow = nrow,
                                     .ncol = ncol,
                                     .k = k,
                                     .self = self,
                                     .stretch = edist_stretch(nrow, ncol),
                                     .index = index,
                                     .no_index = no_index,
                                     .distance = distance};
}
