#include "search/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/size.h"

static bool nearer(struct edist_found a, struct edist_found b) {
  return a.bound < b.bound || (a.bound == b.bound && a.first < b.first);
}

static void *room(struct edist_searcher *w, size_t n, size_t size) {
  void *memory = malloc(edist_size_product(n, size));
  if (!memory) return NULL;
  w->memory[w->allocated++] = memory;
  return memory;
}

void edist_searcher_free(struct edist_searcher *w) {
  while (w->allocated > 0) free(w->memory[--w->allocated]);
}

bool edist_searcher_make(struct edist_searcher *w,
                         const struct edist_search *search, int thread) {
  const size_t ncol = search->base.ncol, leaf = search->base.leaf;
  const size_t mr = search->base.mr, nr = search->job->kernel->nr;
  const size_t few = search->job->kernel->few, ncoord = search->base.ncoord;
  int32_t *words;
  *w = (struct edist_searcher){
      .search = search, .batch.thread = thread, .way = search->way};
  if (!(w->rows = room(w, leaf * ncol, sizeof *w->rows)) ||
      !(w->low = room(w, 2 * ncoord, sizeof *w->low)) ||
      !(w->picked = room(w, leaf + few, sizeof *w->picked)) ||
      !(w->pick = room(w, leaf, sizeof *w->pick)) ||
      !(w->sum = room(w, EDIST_MAX_OFFER * few, sizeof *w->sum)) ||
      !(w->sum_limit = room(w, leaf, sizeof *w->sum_limit)) ||
      !(w->box_limit = room(w, leaf + mr, sizeof *w->box_limit)) ||
      !(w->gap = room(w, mr * ncoord, sizeof *w->gap)) ||
      !(w->zero = room(w, ncoord, sizeof *w->zero)) ||
      !(w->bound = room(w, mr, sizeof *w->bound)) ||
      !(w->farthest = room(w, mr, sizeof *w->farthest)) ||
      !(w->masked_b = room(w, nr * ncol, sizeof *w->masked_b)) ||
      !(w->masked_sum = room(w, 2 * mr * nr, sizeof *w->masked_sum)) ||
      !(w->code = room(w, leaf, sizeof *w->code)) ||
      !(w->root = room(w, leaf, sizeof *w->root)) ||
      !(w->waiting = room(w, leaf * mr, sizeof *w->waiting)) ||
      !(w->nwaiting = room(w, leaf, sizeof *w->nwaiting)) ||
      !(words = room(w, leaf * search->screen.words + 1, sizeof *words)) ||
      !(w->position = room(w, leaf, sizeof *w->position)) ||
      !(w->stack = room(w, search->base.nnode, sizeof *w->stack)) ||
      !(w->heap = room(w, search->base.nleaf, sizeof *w->heap)) ||
      !(w->batch.limit = room(w, 2 * leaf, sizeof *w->batch.limit))) {
    edist_searcher_free(w);
    return false;
  }
  w->high = w->low + ncoord;
  w->masked_used = w->masked_sum + mr * nr;
  w->batch.sure = w->batch.limit + leaf;
  for (size_t q = 0; q < leaf; q++) {
    w->code[q].word = words + q * search->screen.words;
    w->nwaiting[q] = 0;
  }
  memset(w->gap, 0, mr * ncoord * sizeof *w->gap);
  memset(w->zero, 0, ncoord * sizeof *w->zero);
  return true;
}

/* Whether rows of at least this rank and index may matter to any query. Among
 * thousands of duplicates only the index tells. */
static bool wanted(const struct edist_searcher *w, double bound, int first) {
  if (bound > w->limit) return false;
  if (bound < w->sure) return true;
  for (size_t q = 0; q < w->batch.count; q++) {
    if (edist_search_wants(w, q, bound, first)) return true;
  }
  return false;
}

static bool compare_extra(struct edist_searcher *w) {
  const size_t extra = edist_tree_extra(&w->search->base);
  return edist_compare_masked(w, extra, extra + w->search->base.nextra);
}

/* In each coordinate how near rows of the batch and of up to mr nodes can be to
 * each other, or how far apart, into w->gap. */
static void find_gaps(struct edist_searcher *w, const size_t *node,
                      size_t count, bool farthest) {
  const struct edist_tree *base = &w->search->base;
  const double *low = farthest ? w->high : w->low;
  const double *high = farthest ? w->low : w->high;
  const size_t mr = base->mr, step = w->search->paired ? 2 : 1;
  for (size_t c = 0; c < count; c++) {
    const double *ends[2] = {edist_tree_low(base, node[c]),
                             edist_tree_high(base, node[c])};
    const double *from = ends[farthest], *to = ends[!farthest];
    for (size_t k = 0; k < base->ncoord; k += step) {
      double below = from[k] - high[k], above = low[k] - to[k];
      if (step == 2) {
        below += from[k + 1] - high[k + 1];
        above += low[k + 1] - to[k + 1];
      }
      const double gap = below > above ? below : above;
      w->gap[k * mr + c] = gap > 0 ? gap : 0;
    }
  }
}

/* Adds up gaps, into `sum`, as distances are. False if all sums are beyond the
 * limit. */
static bool add_gaps(struct edist_searcher *w, double limit, double *sum) {
  const struct edist_tree *base = &w->search->base;
  const double *zero = w->zero;
  unsigned hits;
  struct edist_panels panels = edist_search_panels(w, w->gap);
  panels.ncol = base->ncoord;
  panels.row = &zero;
  panels.limit = &limit;
  return w->search->tiles.one(&panels, sum, base->mr, &hits);
}

/* The smallest rank that a row of each node may have, into w->bound; infinite
 * if all are beyond the limits. */
static void bound_nodes(struct edist_searcher *w, const size_t *node,
                        size_t count) {
  const struct edist_search *search = w->search;
  const double limit =
      edist_search_box_limit(search, edist_search_sum_limit(search, w->limit));
  find_gaps(w, node, count, search->farthest);
  const bool any = add_gaps(w, limit, w->bound);
  if (any) edist_search_box_bounds(search, count, w->bound);
  for (size_t c = 0; c < count; c++) {
    if (!any) w->bound[c] = INFINITY;
    if (search->farthest) w->bound[c] = -w->bound[c];
  }
  w->work.nodes += (double)count;
}

/* Counts the rows of nodes that are within the limits of all queries; `counted`
 * tells of each whether it is one. */
static void count_nodes(struct edist_searcher *w, const size_t *node,
                        size_t count, bool *counted) {
  const struct edist_search *search = w->search;
  struct edist_sink *sink = search->sink;
  for (size_t c = 0; c < count; c++) counted[c] = false;
  if (!sink->selector->count || search->axes.ncol) return;
  find_gaps(w, node, count, true);
  add_gaps(w, INFINITY, w->farthest);
  edist_search_values(search, count, w->farthest);
  for (size_t c = 0; c < count; c++) {
    counted[c] = w->farthest[c] <= w->least;
    if (!counted[c]) continue;
    const struct edist_node *whole = search->base.node + node[c];
    for (size_t q = 0; q < w->batch.count; q++) {
      sink->selector->count(sink, &w->batch, q, whole->row1 - whole->row0);
    }
  }
  w->work.nodes += (double)count;
}

/* The node near the batch whose rows are looked at first: as small as can be,
 * but of at least start_rows rows. */
static size_t find_start(struct edist_searcher *w) {
  const struct edist_tree *base = &w->search->base;
  size_t at = 0;
  while (base->node[at].right) {
    const size_t child[2] = {at + 1, base->node[at].right};
    bound_nodes(w, child, 2);
    double apart[2] = {0, 0}; /* of the middles, where bounds do not tell */
    for (int c = 0; w->bound[0] == w->bound[1] && c < 2; c++) {
      const double *low = edist_tree_low(base, child[c]);
      const double *high = edist_tree_high(base, child[c]);
      for (size_t k = 0; k < base->ncoord; k++) {
        apart[c] +=
            fabs(low[k] / 2 + high[k] / 2 - w->low[k] / 2 - w->high[k] / 2);
      }
    }
    const bool right = w->bound[0] == w->bound[1] ? apart[1] < apart[0]
                                                  : w->bound[1] < w->bound[0];
    const struct edist_node *next = base->node + child[right];
    if (next->row1 - next->row0 < w->search->start_rows) break;
    at = child[right];
  }
  return at;
}

static bool run_start(struct edist_searcher *w,
                      const struct edist_node *start) {
  const struct edist_tree *base = &w->search->base;
  for (size_t l = start->row0 / base->leaf; l * base->leaf < start->row1; l++) {
    if (!edist_compare_all(w, base->leaf_node[l])) return false;
  }
  return true;
}

/* Restores the heap, nearest leaf first, below position `at`. */
static void sift_down(struct edist_searcher *w, size_t at) {
  const struct edist_found one = w->heap[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= w->nfound) break;
    if (child + 1 < w->nfound && nearer(w->heap[child + 1], w->heap[child])) {
      child++;
    }
    if (!nearer(w->heap[child], one)) break;
    w->heap[at] = w->heap[child];
    at = child;
  }
  w->heap[at] = one;
}

/* Finds all leaves that may matter, without those in `start`. */
static void find_leaves(struct edist_searcher *w,
                        const struct edist_node *start) {
  const struct edist_tree *base = &w->search->base;
  size_t depth = 0;
  w->nfound = 0;
  w->stack[depth++] = 0;
  while (depth > 0) {
    const size_t count = edist_size_min(depth, base->mr);
    size_t some[64];
    bool counted[64];
    depth -= count;
    memcpy(some, w->stack + depth, count * sizeof *some);
    bound_nodes(w, some, count);
    count_nodes(w, some, count, counted);
    for (size_t c = 0; c < count; c++) {
      const struct edist_node *node = base->node + some[c];
      if (counted[c] || !wanted(w, w->bound[c], node->first)) continue;
      if (start && node->row0 >= start->row0 && node->row1 <= start->row1) {
        continue;
      }
      if (node->right) {
        w->stack[depth++] = some[c] + 1;
        w->stack[depth++] = node->right;
      } else {
        w->heap[w->nfound++] =
            (struct edist_found){w->bound[c], node->first, some[c]};
      }
    }
  }
  for (size_t at = w->nfound / 2; at-- > 0;) sift_down(w, at);
}

/* The queries of a leaf: their coordinates, rows and box. Behind the leaves of
 * the tree come those of rows with missing values, which have none. */
static void batch_make(struct edist_searcher *w, struct edist_queries queries) {
  const struct edist_tree *query = w->search->query;
  const size_t ncol = query->ncol;
  const size_t row0 = queries.leaf * query->leaf + queries.from;
  const bool in_tree = queries.leaf < query->nleaf;
  const size_t row1 =
      in_tree ? query->nrow : edist_tree_extra(query) + query->nextra;
  w->batch.count = edist_size_min(queries.count, row1 > row0 ? row1 - row0 : 0);
  w->batch.query = query->row + row0;
  w->work.queries += (double)w->batch.count;
  w->coord = query->coord + row0 * query->ncoord;
  if (in_tree) {
    memcpy(w->low, edist_tree_low(query, query->leaf_node[queries.leaf]),
           2 * query->ncoord * sizeof *w->low);
  }
  for (size_t q = 0; q < w->batch.count; q++) {
    edist_tree_copy_row(query, row0 + q, w->rows + q * ncol);
    if (in_tree && w->way.screens) {
      edist_screen_encode(&w->search->screen, w->rows + q * ncol, w->code + q);
    }
  }
}

bool edist_batch_run(struct edist_searcher *w, struct edist_queries queries) {
  const struct edist_search *search = w->search;
  const struct edist_node *start = NULL;
  batch_make(w, queries);
  if (w->batch.count == 0) return true;
  search->sink->selector->open(search->sink, &w->batch);
  for (size_t q = 0; q < w->batch.count; q++) edist_searcher_set_limit(w, q);
  for (size_t q = w->batch.count; q < w->batch.count + search->base.mr; q++) {
    w->box_limit[q] = -1;
  }
  edist_searcher_limits(w);
  if (queries.leaf >= search->query->nleaf) {
    return edist_compare_masked(w, 0, search->base.nrow) && compare_extra(w) &&
           search->sink->selector->close(search->sink, &w->batch);
  }
  if (!compare_extra(w)) return false;
  /* Limits of counts are what they are, however many rows have been seen. */
  if (w->limit == INFINITY && !search->sink->selector->count) {
    start = search->base.node + find_start(w);
    if (!run_start(w, start)) return false;
  }
  find_leaves(w, start);
  while (w->nfound > 0 && w->heap[0].bound <= w->limit) {
    const struct edist_found one = w->heap[0];
    w->heap[0] = w->heap[--w->nfound];
    if (w->nfound > 0) sift_down(w, 0);
    if (!wanted(w, one.bound, one.first)) continue;
    if (!edist_compare_leaf(w, one.node)) return false;
  }
  return edist_screen_waiting(w) &&
         search->sink->selector->close(search->sink, &w->batch);
}
