#include <math.h>
#include <string.h>

#include "kernel/size.h"
#include "search/walk.h"

/* The largest edist_kernel.few and edist_kernel.mr. */
enum { MAX_FEW = 8, MAX_LANES = 8 };

bool edist_search_wants(const struct edist_searcher *w, size_t q, double rank,
                        int first) {
  const struct edist_sink *sink = w->search->sink;
  if (rank > w->batch.limit[q]) return false;
  if (rank < w->batch.sure[q] || !sink->selector->wants) return true;
  return sink->selector->wants(sink, &w->batch, q, rank, first);
}

/* Makes values, as the sink compares them, of n sums or bounds. */
void edist_search_values(const struct edist_search *search, size_t n,
                         double *sum) {
  if (search->plain) return;
  search->job->kernel->epilogue(&search->epilogue, n, sum, NULL, sum, false);
}

double edist_search_box_limit(const struct edist_search *search, double limit) {
  if (!search->axes.ncol) return limit;
  const double root = sqrt(limit) * edist_axes_margin + search->axes_error;
  return root * root * edist_axes_margin;
}

void edist_search_box_bounds(const struct edist_search *search, size_t n,
                             double *bound) {
  for (size_t i = 0; search->axes.ncol && i < n; i++) {
    const double root = sqrt(bound[i]) - search->axes_error;
    bound[i] = root > 0 ? root * root / edist_axes_margin : 0;
  }
  edist_search_values(search, n, bound);
}

/* The largest sum whose value is within the limit, or a larger one. */
double edist_search_sum_limit(const struct edist_search *search, double limit) {
  if (search->farthest) return INFINITY;
  if (search->plain) return limit;
  const bool half = search->epilogue.transform == EDIST_TRANSFORM_half;
  /* Half of the smallest double is 0. */
  return half && limit < 2 ? 2 * limit + 0x1p-1074 : INFINITY;
}

struct edist_panels edist_search_panels(const struct edist_searcher *w,
                                        const double *a) {
  return (struct edist_panels){.ncol = w->search->base.ncol,
                               .a = a,
                               .weights = w->search->weights,
                               .scale = w->search->weights,
                               .power = w->search->job->power};
}

void edist_searcher_set_limit(struct edist_searcher *w, size_t q) {
  w->sum_limit[q] = edist_search_sum_limit(w->search, w->batch.limit[q]);
  w->box_limit[q] = edist_search_box_limit(w->search, w->sum_limit[q]);
  if (w->way.screens) w->root[q] = edist_screen_root(w->sum_limit[q]);
}

double edist_searcher_mean_root(const struct edist_searcher *w) {
  double sum = 0;
  size_t count = 0;
  for (size_t q = 0; q < w->batch.count; q++) {
    if (!(w->sum_limit[q] < INFINITY)) continue;
    sum += edist_screen_root(w->sum_limit[q]);
    count++;
  }
  return count > 0 ? sum / (double)count : INFINITY;
}

/* After the limits of some queries have changed. */
void edist_searcher_limits(struct edist_searcher *w) {
  double limit = w->batch.limit[0], sure = w->batch.sure[0], least = limit;
  for (size_t q = 1; q < w->batch.count; q++) {
    limit = w->batch.limit[q] > limit ? w->batch.limit[q] : limit;
    sure = w->batch.sure[q] > sure ? w->batch.sure[q] : sure;
    least = w->batch.limit[q] < least ? w->batch.limit[q] : least;
  }
  w->limit = limit;
  w->sure = sure;
  w->least = least;
}

/* Offers query q those of some base rows that the first `count` positions
 * name. */
static bool offer(struct edist_searcher *w, size_t q, const int *row,
                  size_t count, const double *value) {
  const struct edist_search *search = w->search;
  if (count == 0) return true;
  const bool on = search->sink->selector->offer(search->sink, &w->batch, q,
                                                value, row, w->position, count);
  edist_searcher_set_limit(w, q);
  return on;
}

/* Offers query q the rows whose sums are within its limit; `hits` has a bit for
 * each. */
static bool offer_hits(struct edist_searcher *w, size_t q, const int *row,
                       unsigned hits, const double *value) {
  size_t count = 0;
  for (unsigned at = 0; hits; at++, hits >>= 1) {
    w->position[count] = at;
    const double rank = w->search->farthest ? -value[at] : value[at];
    count += (hits & 1) && rank <= w->batch.limit[q];
  }
  return offer(w, q, row, count, value);
}

/* One tile of n rows and query q. */
static bool compare_one(struct edist_searcher *w, size_t q,
                        edist_search_fn *tile, struct edist_panels panels,
                        const int *row, size_t n) {
  const double *query = w->rows + q * w->search->base.ncol;
  unsigned hits;
  panels.row = &query;
  panels.limit = w->sum_limit + q;
  w->work.pairs += (double)n;
  if (!tile(&panels, w->sum, w->search->base.mr, &hits)) return true;
  hits &= (1u << n) - 1;
  if (!hits) return true;
  edist_search_values(w->search, w->search->base.mr, w->sum);
  return offer_hits(w, q, row, hits, w->sum);
}

bool edist_compare_panel(struct edist_searcher *w, size_t q, size_t r) {
  const struct edist_tree *base = &w->search->base;
  return compare_one(w, q, w->search->tiles.one,
                     edist_search_panels(w, base->panels + r * base->ncol),
                     base->row + r, edist_size_min(base->mr, base->nrow - r));
}

bool edist_compare_rows(struct edist_searcher *w, size_t q, const size_t *r,
                        size_t n) {
  const struct edist_tree *base = &w->search->base;
  struct edist_panels panels = edist_search_panels(w, NULL);
  const double *base_row[MAX_LANES];
  int row[MAX_LANES];
  for (size_t l = 0; l < base->mr; l++) {
    const size_t at = r[l < n ? l : 0];
    base_row[l] = base->rows + at * base->ncol;
    row[l] = base->row[at];
  }
  panels.base_row = base_row;
  return compare_one(w, q, w->search->tiles.rows, panels, row, n);
}

/* The values of up to `few` picked queries and n rows from r on, at most
 * EDIST_MAX_OFFER; hits[] gets a bit for each whose sum is within its limit. */
static void values_of_few(struct edist_searcher *w, struct edist_panels *panels,
                          size_t r, size_t n, size_t count, unsigned *hits) {
  const struct edist_search *search = w->search;
  const struct edist_search_tiles *tiles = &search->tiles;
  const size_t mr = search->base.mr;
  edist_search_fn *tile = count > 1 ? tiles->few : tiles->one;
  for (size_t t = 0; t < count; t++) hits[t] = 0;
  for (size_t i = 0; i < n; i += mr) {
    unsigned some[MAX_FEW];
    panels->a = search->base.panels + (r + i) * search->base.ncol;
    if (!tile(panels, w->sum + i, EDIST_MAX_OFFER, some)) continue;
    for (size_t t = 0; t < count; t++) {
      if (!some[t]) continue;
      hits[t] |= some[t] << i;
      edist_search_values(search, mr, w->sum + t * EDIST_MAX_OFFER + i);
    }
  }
  for (size_t t = 0; t < count; t++) hits[t] &= (1u << n) - 1;
}

/* Compares up to `few` picked queries with the rows of a leaf. */
static bool compare_few(struct edist_searcher *w, const struct edist_node *leaf,
                        size_t first, size_t count) {
  const size_t few = w->search->job->kernel->few;
  struct edist_panels panels = edist_search_panels(w, NULL);
  double limit[MAX_FEW];
  unsigned hits[MAX_FEW];
  panels.row = w->picked + first;
  panels.limit = limit;
  for (size_t t = 0; t < few; t++) {
    limit[t] = t < count ? w->sum_limit[w->pick[first + t]] : -1;
  }
  for (size_t r = leaf->row0; r < leaf->row1; r += EDIST_MAX_OFFER) {
    const size_t n = edist_size_min(EDIST_MAX_OFFER, leaf->row1 - r);
    const int *row = w->search->base.row + r;
    values_of_few(w, &panels, r, n, count, hits);
    for (size_t t = 0; t < count; t++) {
      const size_t q = w->pick[first + t];
      const double *sum = w->sum + t * EDIST_MAX_OFFER;
      if (!hits[t]) continue;
      if (!offer_hits(w, q, row, hits[t], sum)) return false;
      limit[t] = w->sum_limit[q];
    }
  }
  return true;
}

/* Compares the picked queries with the rows of a leaf. */
static bool leaf_run(struct edist_searcher *w, const struct edist_node *leaf,
                     size_t count) {
  const size_t few = w->search->job->kernel->few;
  for (size_t c = count; c < count + few - 1; c++) {
    w->picked[c] = w->picked[count - 1]; /* a tile takes `few` rows */
  }
  for (size_t c = 0; c < count; c += few) {
    if (!compare_few(w, leaf, c, edist_size_min(few, count - c))) return false;
  }
  w->work.pairs += (double)(leaf->row1 - leaf->row0) * (double)count;
  edist_searcher_limits(w);
  return true;
}

/* The queries q0, q0 + 1, ... as a micro-panel of nr lanes. */
static void pack_masked(struct edist_searcher *w, size_t q0) {
  const size_t ncol = w->search->base.ncol, nr = w->search->job->kernel->nr;
  for (size_t l = 0; l < nr; l++) {
    const bool there = q0 + l < w->batch.count;
    const double *row = w->rows + (q0 + l) * ncol;
    for (size_t k = 0; k < ncol; k++) {
      w->masked_b[k * nr + l] = there ? row[k] : 0;
    }
  }
}

/* Offers base rows to all queries, where either may have missing values: no
 * bound holds for them. */
bool edist_compare_masked(struct edist_searcher *w, size_t row0, size_t row1) {
  const struct edist_search *search = w->search;
  const struct edist_kernel *kernel = search->job->kernel;
  const size_t mr = kernel->mr, nr = kernel->nr;
  struct edist_panels panels = edist_search_panels(w, NULL);
  panels.b = w->masked_b;
  for (size_t q0 = 0; q0 < w->batch.count; q0 += nr) {
    const size_t queries = edist_size_min(nr, w->batch.count - q0);
    pack_masked(w, q0);
    for (size_t r = row0; r < row1; r += mr) {
      const size_t n = edist_size_min(mr, row1 - r);
      panels.a = search->base.panels + r * search->base.ncol;
      memset(w->masked_used, 0, mr * nr * sizeof *w->masked_used);
      search->masked(&panels, w->masked_sum, w->masked_used, mr, true);
      for (size_t l = 0; l < queries; l++) {
        double *value = w->masked_sum + l * mr;
        kernel->epilogue(&search->epilogue, n, value, w->masked_used + l * mr,
                         value, false);
        const double limit = w->batch.limit[q0 + l];
        const size_t count =
            search->farthest ? kernel->select_ge(n, value, -limit, w->position)
                             : kernel->select_le(n, value, limit, w->position);
        const int *row = search->base.row + r;
        if (!offer(w, q0 + l, row, count, value)) return false;
      }
    }
  }
  w->work.pairs += (double)(row1 - row0) * (double)w->batch.count;
  edist_searcher_limits(w);
  return true;
}

static void pick(struct edist_searcher *w, size_t *count, size_t q) {
  w->pick[*count] = q;
  w->picked[*count] = w->rows + q * w->search->base.ncol;
  ++*count;
}

/* Tests each query against the box of a leaf, and picks those that it may
 * matter to. */
static size_t pick_by_box(struct edist_searcher *w, size_t at) {
  const struct edist_search *search = w->search;
  const struct edist_batch *batch = &w->batch;
  const size_t mr = search->base.mr;
  size_t count = 0;
  struct edist_panels panels = edist_search_panels(w, NULL);
  panels.ncol = search->base.ncoord;
  panels.low = edist_tree_low(&search->base, at);
  panels.high = edist_tree_high(&search->base, at);
  for (size_t q0 = 0; q0 < batch->count; q0 += mr) {
    unsigned hits;
    panels.a = w->coord + q0 * search->base.ncoord;
    panels.limit = w->box_limit + q0;
    if (!search->tiles.box(&panels, w->bound, mr, &hits)) continue;
    edist_search_box_bounds(search, mr, w->bound);
    for (size_t q = q0; hits; q++, hits >>= 1) {
      const int first = search->base.node[at].first;
      if ((hits & 1) && edist_search_wants(w, q, w->bound[q - q0], first)) {
        pick(w, &count, q);
      }
    }
  }
  w->work.tests += (double)batch->count;
  w->work.kept += (double)count;
  return count;
}

static size_t pick_all(struct edist_searcher *w) {
  size_t count = 0;
  for (size_t q = 0; q < w->batch.count; q++) pick(w, &count, q);
  return count;
}

bool edist_compare_leaf(struct edist_searcher *w, size_t at) {
  const size_t count = w->way.boxes ? pick_by_box(w, at) : pick_all(w);
  if (count == 0) return true;
  if (w->way.screens) return edist_screen_leaf(w, at, count);
  return leaf_run(w, w->search->base.node + at, count);
}

bool edist_compare_all(struct edist_searcher *w, size_t at) {
  return leaf_run(w, w->search->base.node + at, pick_all(w));
}
