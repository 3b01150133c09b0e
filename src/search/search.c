#include "search/search.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/omp.h"
#include "engine/parallel.h"
#include "engine/rescue.h"
#include "kernel/size.h"
#include "search/order.h"

/* The largest edist_kernel.few. */
enum { MAX_FEW = 8 };

/* Fewer rows are not worth a tree; nor is a search that costs more than this
 * share of computing every pair. tools/fuzz.sh searches whatever it costs. */
#ifndef EDIST_SEARCH_MIN_ROWS
#define EDIST_SEARCH_MIN_ROWS 1000
#define EDIST_SEARCH_MAX_COST 0.8
#endif
enum {
  MIN_BASE = EDIST_SEARCH_MIN_ROWS,
  MIN_QUERIES = EDIST_SEARCH_MIN_ROWS / 4
};

/* How often the callback is called. */
static const double CALLBACK_SECONDS = 0.05;

/* What all threads share. */
struct run {
  const struct edist_job *job;
  struct edist_sink *sink;
  struct edist_search_tiles tiles;
  edist_tile_fn *masked; /* for rows with a missing value */
  struct edist_epilogue epilogue;
  bool paired;
  bool plain; /* values of complete rows are sums, without an epilogue */
  struct edist_order base, own_query;
  const struct edist_order *query; /* the base's, if the sides are one */
  size_t start_rows;               /* looked at first, whatever their bounds */
  const double *weights;           /* of the columns */
  double *ones;
  size_t trial_step;   /* the trial did each group that this divides */
  size_t ngroup;       /* of queries */
  atomic_size_t next;  /* group */
  atomic_size_t done;  /* groups */
  atomic_ullong pairs; /* computed */
  atomic_int working;  /* threads */
  atomic_bool stop, no_memory;
  bool cancelled;
  double called;
};

/* A leaf of the base that may matter, and its bound for the group. */
struct found {
  double bound;
  int first; /* its lowest row */
  size_t node;
};

static bool nearer(struct found a, struct found b) {
  return a.bound < b.bound || (a.bound == b.bound && a.first < b.first);
}

/* What one thread owns. */
struct workspace {
  struct run *run;
  struct edist_group group; /* the queries at hand: those of one leaf */
  const double *panels;     /* they, in micro-panels */
  double *rows;             /* they, row by row */
  double *low, *high;       /* their box */
  const double **picked;    /* some of them */
  size_t *pick;
  double *sum;       /* of a micro-panel and a few queries */
  double *sum_limit; /* of each query; -1 behind the last */
  double *gap;       /* between boxes, a micro-panel */
  double *zero;      /* a row of zeros */
  double *bound;
  double *masked_b, *masked_sum, *masked_used;
  unsigned *position;
  size_t *stack;
  struct found *heap;
  size_t nfound;
  double limit, sure;  /* the largest of the group */
  double pairs, tests; /* computed so far */
  void *memory[20];
  int allocated;
};

static void *room(struct workspace *w, size_t n, size_t size) {
  void *memory = malloc(edist_size_product(n, size));
  if (!memory) return NULL;
  w->memory[w->allocated++] = memory;
  return memory;
}

static void workspace_free(struct workspace *w) {
  while (w->allocated > 0) free(w->memory[--w->allocated]);
}

static bool workspace_make(struct workspace *w, struct run *run, int thread) {
  const size_t ncol = run->base.ncol, leaf = run->base.leaf;
  const size_t mr = run->base.mr, nr = run->job->kernel->nr;
  const size_t few = run->job->kernel->few;
  *w = (struct workspace){.run = run, .group.thread = thread};
  if (!(w->rows = room(w, leaf * ncol, sizeof *w->rows)) ||
      !(w->low = room(w, 2 * ncol, sizeof *w->low)) ||
      !(w->picked = room(w, leaf + few, sizeof *w->picked)) ||
      !(w->pick = room(w, leaf, sizeof *w->pick)) ||
      !(w->sum = room(w, mr * few, sizeof *w->sum)) ||
      !(w->sum_limit = room(w, leaf + mr, sizeof *w->sum_limit)) ||
      !(w->gap = room(w, mr * ncol, sizeof *w->gap)) ||
      !(w->zero = room(w, ncol, sizeof *w->zero)) ||
      !(w->bound = room(w, mr, sizeof *w->bound)) ||
      !(w->masked_b = room(w, nr * ncol, sizeof *w->masked_b)) ||
      !(w->masked_sum = room(w, 2 * mr * nr, sizeof *w->masked_sum)) ||
      !(w->position = room(w, leaf, sizeof *w->position)) ||
      !(w->stack = room(w, run->base.nnode, sizeof *w->stack)) ||
      !(w->heap = room(w, run->base.nleaf, sizeof *w->heap)) ||
      !(w->group.limit = room(w, 2 * leaf, sizeof *w->group.limit))) {
    workspace_free(w);
    return false;
  }
  w->high = w->low + ncol;
  w->masked_used = w->masked_sum + mr * nr;
  w->group.sure = w->group.limit + leaf;
  memset(w->gap, 0, mr * ncol * sizeof *w->gap);
  memset(w->zero, 0, ncol * sizeof *w->zero);
  return true;
}

/* Makes values, as the sink compares them, of n sums or bounds. */
static void to_values(const struct run *run, size_t n, double *sum) {
  if (run->plain) return;
  run->job->kernel->epilogue(&run->epilogue, n, sum, NULL, sum, false);
}

/* The largest sum whose value is within the limit, or a larger one. */
static double sum_limit(const struct run *run, double limit) {
  if (run->plain) return limit;
  const bool half = run->epilogue.transform == EDIST_TRANSFORM_half;
  return half && limit < 2 ? 2 * limit : INFINITY;
}

static struct edist_panels panels_of(const struct workspace *w,
                                     const double *a) {
  return (struct edist_panels){.ncol = w->run->base.ncol,
                               .a = a,
                               .weights = w->run->weights,
                               .power = w->run->job->power};
}

/* Whether rows of at least this value and index may matter to any query. Among
 * thousands of duplicates only the index tells. */
static bool wanted(const struct workspace *w, double bound, int first) {
  const struct edist_sink *sink = w->run->sink;
  if (bound > w->limit) return false;
  if (bound < w->sure) return true;
  for (size_t q = 0; q < w->group.count; q++) {
    if (bound <= w->group.limit[q] &&
        sink->selector->wants(sink, &w->group, q, bound, first)) {
      return true;
    }
  }
  return false;
}

static void set_limit(struct workspace *w, size_t q) {
  w->sum_limit[q] = sum_limit(w->run, w->group.limit[q]);
}

/* After the limits of some queries have changed. */
static void find_limit(struct workspace *w) {
  double limit = w->group.limit[0], sure = w->group.sure[0];
  for (size_t q = 1; q < w->group.count; q++) {
    limit = w->group.limit[q] > limit ? w->group.limit[q] : limit;
    sure = w->group.sure[q] > sure ? w->group.sure[q] : sure;
  }
  w->limit = limit;
  w->sure = sure;
}

/* Offers the base rows of one micro-panel, r and after, that are within the
 * limit of query q; `hits` has a bit for each. */
static bool offer(struct workspace *w, size_t q, size_t r, unsigned hits,
                  double *value) {
  const struct run *run = w->run;
  size_t count = 0;
  if (!run->plain) to_values(run, run->base.mr, value);
  for (unsigned lane = 0; hits; lane++, hits >>= 1) {
    w->position[count] = lane;
    count += (hits & 1) && value[lane] <= w->group.limit[q];
  }
  if (count == 0) return true;
  const bool on = run->sink->selector->offer(
      run->sink, &w->group, q, value, run->base.row + r, w->position, count);
  set_limit(w, q);
  return on;
}

/* Compares up to `few` picked queries with the rows of a leaf. */
static bool compare_few(struct workspace *w, const struct edist_node *leaf,
                        size_t first, size_t count) {
  const struct run *run = w->run;
  const struct edist_search_tiles *tiles = &run->tiles;
  const size_t mr = run->base.mr, few = run->job->kernel->few;
  edist_search_fn *tile = count > 2   ? tiles->few
                          : count > 1 ? tiles->two
                                      : tiles->one;
  struct edist_panels panels = panels_of(w, NULL);
  double limit[MAX_FEW];
  unsigned hits[MAX_FEW];
  panels.row = w->picked + first;
  panels.limit = limit;
  for (size_t t = 0; t < few; t++) {
    limit[t] = t < count ? w->sum_limit[w->pick[first + t]] : -1;
  }
  for (size_t r = leaf->row0; r < leaf->row1; r += mr) {
    const size_t n = edist_size_min(mr, leaf->row1 - r);
    panels.a = run->base.panels + r * run->base.ncol;
    if (!tile(&panels, w->sum, mr, hits)) continue;
    for (size_t t = 0; t < count; t++) {
      const unsigned there = hits[t] & ((1u << n) - 1);
      const size_t q = w->pick[first + t];
      if (!there) continue;
      if (!offer(w, q, r, there, w->sum + t * mr)) return false;
      limit[t] = w->sum_limit[q];
    }
  }
  return true;
}

/* Compares the picked queries with the rows of a leaf. */
static bool leaf_run(struct workspace *w, const struct edist_node *leaf,
                     size_t count) {
  const size_t few = w->run->job->kernel->few;
  for (size_t c = count; c < count + few - 1; c++) {
    w->picked[c] = w->picked[count - 1]; /* a tile takes `few` rows */
  }
  for (size_t c = 0; c < count; c += few) {
    if (!compare_few(w, leaf, c, edist_size_min(few, count - c))) return false;
  }
  w->pairs += (double)(leaf->row1 - leaf->row0) * (double)count;
  find_limit(w);
  return true;
}

/* The queries q0, q0 + 1, ... as a micro-panel of nr lanes. */
static void pack_masked(struct workspace *w, size_t q0) {
  const size_t ncol = w->run->base.ncol, nr = w->run->job->kernel->nr;
  for (size_t l = 0; l < nr; l++) {
    const bool there = q0 + l < w->group.count;
    const double *row = w->rows + (q0 + l) * ncol;
    for (size_t k = 0; k < ncol; k++) {
      w->masked_b[k * nr + l] = there ? row[k] : 0;
    }
  }
}

/* Offers base rows to all queries, where either may have missing values: no
 * bound holds for them. */
static bool run_masked(struct workspace *w, size_t row0, size_t row1) {
  const struct run *run = w->run;
  const struct edist_kernel *kernel = run->job->kernel;
  const size_t mr = kernel->mr, nr = kernel->nr;
  struct edist_panels panels = panels_of(w, NULL);
  panels.b = w->masked_b;
  for (size_t q0 = 0; q0 < w->group.count; q0 += nr) {
    const size_t queries = edist_size_min(nr, w->group.count - q0);
    pack_masked(w, q0);
    for (size_t r = row0; r < row1; r += mr) {
      const size_t n = edist_size_min(mr, row1 - r);
      panels.a = run->base.panels + r * run->base.ncol;
      memset(w->masked_used, 0, mr * nr * sizeof *w->masked_used);
      run->masked(&panels, w->masked_sum, w->masked_used, mr, true);
      for (size_t l = 0; l < queries; l++) {
        double *value = w->masked_sum + l * mr;
        kernel->epilogue(&run->epilogue, n, value, w->masked_used + l * mr,
                         value, false);
        const size_t hits =
            kernel->select_le(n, value, w->group.limit[q0 + l], w->position);
        if (hits == 0) continue;
        if (!run->sink->selector->offer(run->sink, &w->group, q0 + l, value,
                                        run->base.row + r, w->position, hits)) {
          return false;
        }
        set_limit(w, q0 + l);
      }
    }
  }
  w->pairs += (double)(row1 - row0) * (double)w->group.count;
  find_limit(w);
  return true;
}

static bool run_extra(struct workspace *w) {
  const size_t extra = edist_order_extra(&w->run->base);
  return run_masked(w, extra, extra + w->run->base.nextra);
}

static void pick(struct workspace *w, size_t *count, size_t q) {
  w->pick[*count] = q;
  w->picked[*count] = w->rows + q * w->run->base.ncol;
  ++*count;
}

/* Tests each query against the box of a leaf, and picks those that it may
 * matter to. */
static bool leaf_visit(struct workspace *w, size_t at) {
  const struct run *run = w->run;
  const struct edist_group *group = &w->group;
  const struct edist_node *leaf = run->base.node + at;
  const size_t mr = run->base.mr;
  size_t count = 0;
  struct edist_panels panels = panels_of(w, NULL);
  panels.low = edist_order_low(&run->base, at);
  panels.high = edist_order_high(&run->base, at);
  for (size_t q0 = 0; q0 < group->count; q0 += mr) {
    unsigned hits;
    panels.a = w->panels + q0 * run->base.ncol;
    panels.limit = w->sum_limit + q0;
    if (!run->tiles.box(&panels, w->bound, mr, &hits)) continue;
    to_values(run, mr, w->bound);
    for (size_t q = q0; hits; q++, hits >>= 1) {
      const double bound = w->bound[q - q0];
      if (!(hits & 1) || bound > group->limit[q]) continue;
      if (bound < group->sure[q] ||
          run->sink->selector->wants(run->sink, group, q, bound, leaf->first)) {
        pick(w, &count, q);
      }
    }
  }
  w->tests += (double)group->count;
  return count == 0 || leaf_run(w, leaf, count);
}

/* Bounds of the group against up to mr nodes, into w->bound; infinite if all
 * are beyond the limits. */
static void bound_nodes(struct workspace *w, const size_t *node, size_t count) {
  const struct edist_order *base = &w->run->base;
  const size_t mr = base->mr, step = w->run->paired ? 2 : 1;
  for (size_t c = 0; c < count; c++) {
    const double *low = edist_order_low(base, node[c]);
    const double *high = edist_order_high(base, node[c]);
    for (size_t k = 0; k < base->ncol; k += step) {
      double below = low[k] - w->high[k], above = w->low[k] - high[k];
      if (step == 2) {
        below += low[k + 1] - w->high[k + 1];
        above += w->low[k + 1] - high[k + 1];
      }
      const double gap = below > above ? below : above;
      w->gap[k * mr + c] = gap > 0 ? gap : 0;
    }
  }
  const double *zero = w->zero, limit = sum_limit(w->run, w->limit);
  unsigned hits;
  struct edist_panels panels = panels_of(w, w->gap);
  panels.row = &zero;
  panels.limit = &limit;
  const bool any = w->run->tiles.one(&panels, w->bound, mr, &hits);
  if (any) to_values(w->run, count, w->bound);
  for (size_t c = 0; !any && c < count; c++) w->bound[c] = INFINITY;
  w->tests += 4 * (double)count; /* each takes as long as about 4 pairs */
}

/* The node near the group whose rows are looked at first: as small as can be,
 * but of at least start_rows rows. */
static size_t find_start(struct workspace *w) {
  const struct edist_order *base = &w->run->base;
  size_t at = 0;
  while (base->node[at].right) {
    const size_t child[2] = {at + 1, base->node[at].right};
    bound_nodes(w, child, 2);
    double apart[2] = {0, 0}; /* of the middles, where bounds do not tell */
    for (int c = 0; w->bound[0] == w->bound[1] && c < 2; c++) {
      const double *low = edist_order_low(base, child[c]);
      const double *high = edist_order_high(base, child[c]);
      for (size_t k = 0; k < base->ncol; k++) {
        apart[c] +=
            fabs(low[k] / 2 + high[k] / 2 - w->low[k] / 2 - w->high[k] / 2);
      }
    }
    const bool right = w->bound[0] == w->bound[1] ? apart[1] < apart[0]
                                                  : w->bound[1] < w->bound[0];
    const struct edist_node *next = base->node + child[right];
    if (next->row1 - next->row0 < w->run->start_rows) break;
    at = child[right];
  }
  return at;
}

static bool run_start(struct workspace *w, const struct edist_node *start) {
  const struct edist_order *base = &w->run->base;
  for (size_t l = start->row0 / base->leaf; l * base->leaf < start->row1; l++) {
    size_t count = 0;
    for (size_t q = 0; q < w->group.count; q++) pick(w, &count, q);
    if (!leaf_run(w, base->node + base->leaf_node[l], count)) return false;
  }
  return true;
}

/* Restores the heap, nearest leaf first, below position `at`. */
static void sift_down(struct workspace *w, size_t at) {
  const struct found one = w->heap[at];
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
static void find_leaves(struct workspace *w, const struct edist_node *start) {
  const struct edist_order *base = &w->run->base;
  size_t depth = 0;
  w->nfound = 0;
  w->stack[depth++] = 0;
  while (depth > 0) {
    const size_t count = edist_size_min(depth, base->mr);
    size_t batch[64];
    depth -= count;
    memcpy(batch, w->stack + depth, count * sizeof *batch);
    bound_nodes(w, batch, count);
    for (size_t c = 0; c < count; c++) {
      const struct edist_node *node = base->node + batch[c];
      if (!wanted(w, w->bound[c], node->first)) continue;
      if (start && node->row0 >= start->row0 && node->row1 <= start->row1) {
        continue;
      }
      if (node->right) {
        w->stack[depth++] = batch[c] + 1;
        w->stack[depth++] = node->right;
      } else {
        w->heap[w->nfound++] =
            (struct found){w->bound[c], node->first, batch[c]};
      }
    }
  }
  for (size_t at = w->nfound / 2; at-- > 0;) sift_down(w, at);
}

/* The queries of a leaf: their micro-panels, rows and box. Behind the leaves of
 * the tree come those of rows with missing values, which have none. */
static void group_make(struct workspace *w, size_t leaf) {
  const struct edist_order *query = w->run->query;
  const size_t ncol = query->ncol, mr = query->mr, row0 = leaf * query->leaf;
  const bool in_tree = leaf < query->nleaf;
  const size_t row1 =
      in_tree ? query->nrow : edist_order_extra(query) + query->nextra;
  w->group.count = edist_size_min(query->leaf, row1 - row0);
  w->group.query = query->row + row0;
  w->panels = query->panels + row0 * ncol;
  if (in_tree) {
    memcpy(w->low, edist_order_low(query, query->leaf_node[leaf]),
           2 * ncol * sizeof *w->low);
  }
  for (size_t q = 0; q < w->group.count; q++) {
    const double *from = w->panels + q / mr * mr * ncol + q % mr;
    for (size_t k = 0; k < ncol; k++) w->rows[q * ncol + k] = from[k * mr];
  }
}

static bool group_run(struct workspace *w, size_t leaf) {
  struct run *run = w->run;
  const struct edist_node *start = NULL;
  group_make(w, leaf);
  run->sink->selector->open(run->sink, &w->group);
  for (size_t q = 0; q < w->group.count; q++) set_limit(w, q);
  for (size_t q = w->group.count; q < w->group.count + run->base.mr; q++) {
    w->sum_limit[q] = -1;
  }
  find_limit(w);
  if (leaf >= run->query->nleaf) {
    return run_masked(w, 0, run->base.nrow) && run_extra(w) &&
           run->sink->selector->close(run->sink, &w->group);
  }
  if (!run_extra(w)) return false;
  if (w->limit == INFINITY) {
    start = run->base.node + find_start(w);
    if (!run_start(w, start)) return false;
  }
  find_leaves(w, start);
  while (w->nfound > 0 && w->heap[0].bound <= w->limit) {
    const struct found one = w->heap[0];
    w->heap[0] = w->heap[--w->nfound];
    if (w->nfound > 0) sift_down(w, 0);
    if (!wanted(w, one.bound, one.first)) continue;
    if (!leaf_visit(w, one.node)) return false;
  }
  return run->sink->selector->close(run->sink, &w->group);
}

/* As in engine.c: only the calling thread calls the callback. */
static bool go_on(struct run *run) {
  if (atomic_load_explicit(&run->stop, memory_order_relaxed)) return false;
  if (omp_get_thread_num() != 0 || !run->job->callback.go_on) return true;
  const double waited = edist_seconds() - run->called;
  if (waited >= 0 && waited < CALLBACK_SECONDS) return true;
  const double done = (double)atomic_load(&run->done) / (double)run->ngroup;
  run->cancelled = !run->job->callback.go_on(run->job->callback.data, done);
  run->called = edist_seconds();
  if (run->cancelled) atomic_store(&run->stop, true);
  return !run->cancelled;
}

static void thread_run(void *data, int thread) {
  struct run *run = data;
  struct workspace w;
  size_t g;
  if (!workspace_make(&w, run, thread)) {
    atomic_store(&run->no_memory, true);
    atomic_store(&run->stop, true);
    return;
  }
  atomic_fetch_add(&run->working, 1);
  while (go_on(run) && (g = atomic_fetch_add(&run->next, 1)) < run->ngroup) {
    const bool tried = g % run->trial_step == 0 && g < run->query->nleaf;
    if (!tried && !group_run(&w, g)) atomic_store(&run->stop, true);
    atomic_fetch_add(&run->done, 1);
  }
  atomic_fetch_add(&run->pairs, (unsigned long long)w.pairs);
  workspace_free(&w);
  atomic_fetch_sub(&run->working, 1);
  while (omp_get_thread_num() == 0 && atomic_load(&run->working) > 0 &&
         go_on(run)) {
    edist_pause(CALLBACK_SECONDS / 50);
  }
}

/* Does some groups, a hundredth of all at most, and tells whether computing
 * every pair would take longer. What they find is kept. */
static bool trial(struct run *run) {
  enum { MAX_GROUPS = 8 };
  const size_t groups = run->query->nleaf; /* of complete rows */
  const size_t wanted =
      edist_size_min(edist_size_max(groups / 100, 1), MAX_GROUPS);
  struct workspace w;
  double queries = 0;
  bool good = true;
  if (!workspace_make(&w, run, 0)) return false;
  run->trial_step = edist_size_ceil(groups, wanted);
  for (size_t g = 0; good && g < groups; g += run->trial_step) {
    good = group_run(&w, g);
    queries += (double)w.group.count;
  }
  /* A pair in a search tile takes longer than in an ordinary one. */
  const double cost = 1.5 * w.pairs + w.tests;
  atomic_fetch_add(&run->pairs, (unsigned long long)w.pairs);
  workspace_free(&w);
  return good &&
         cost < EDIST_SEARCH_MAX_COST * queries * (double)run->base.nrow;
}

/* Whether no sum of a pair can have lost digits: whatever is computed, the
 * answer is that of edist_run(). The smallest difference of two values is a
 * rounding error of the smallest of them. */
static bool sums_safe(const struct run *run) {
  const struct edist_job *job = run->job;
  if (!edist_rescues(job->metric)) return true;
  const struct edist_order *a = &run->base, *b = run->query;
  const bool power = job->metric->transform == EDIST_TRANSFORM_power;
  const double exponent = power ? job->power->exponent : 2;
  const double smallest = fmin(a->smallest, b->smallest);
  const double largest = fmax(a->largest, b->largest);
  double min_weight = 1, max_weight = 1;
  for (size_t k = 0; job->weights && k < a->ncol; k++) {
    if (job->weights[k] > 0) min_weight = fmin(min_weight, job->weights[k]);
    max_weight = fmax(max_weight, job->weights[k]);
  }
  if (largest == 0) return true;
  const bool rescale = a->nextra + b->nextra > 0 && job->metric->rescale;
  const double factor =
      rescale ? log2(edist_max_rescale(job->weights, a->ncol)) : 0;
  const double low = exponent * (log2(smallest) - 54) + log2(min_weight);
  const double high = exponent * (log2(largest) + 1) + log2(max_weight) +
                      log2((double)a->ncol) + factor;
  return low > log2(EDIST_SMALLEST_SUM) + factor && high < 1000 &&
         high / fmin(exponent, 1) < 1000;
}

/* What is known without looking at the data. */
static bool may_search(const struct edist_job *job) {
  const size_t queries = job->b ? job->b->nrow : job->a->nrow;
  return job->search && job->sink->selector && !job->strict && !job->diagonal &&
         job->kernel->search[job->metric->accumulate].one &&
         job->a->ncol <= EDIST_SUM_GROUP && job->a->nrow >= MIN_BASE &&
         queries >= MIN_QUERIES;
}

static bool set_up(struct run *run) {
  const struct edist_job *job = run->job;
  const bool rounded = job->a->ncol <= EDIST_DIST_COLUMNS &&
                       job->metric->accumulate == EDIST_ACCUMULATE_sqdist;
  run->tiles = rounded ? job->kernel->search_rounded
                       : job->kernel->search[job->metric->accumulate];
  run->masked =
      job->kernel->tile[job->metric->accumulate]
                       [rounded ? EDIST_MODE_strict : EDIST_MODE_masked];
  run->epilogue = (struct edist_epilogue){
      .transform =
          job->surrogates ? EDIST_TRANSFORM_none : job->metric->transform,
      .rescale = job->metric->rescale,
      .weights = edist_weights_sum(job->weights, job->a->ncol),
      .missing = job->missing,
      .power = job->power};
  run->plain = run->epilogue.transform == EDIST_TRANSFORM_none;
  run->paired = job->metric->accumulate == EDIST_ACCUMULATE_paired;
  run->weights = job->weights;
  run->called = edist_seconds();
  if (run->weights) return true;
  run->ones = malloc(job->a->ncol * sizeof *run->ones);
  if (!run->ones) return false;
  for (size_t k = 0; k < job->a->ncol; k++) run->ones[k] = 1;
  run->weights = run->ones;
  return true;
}

static bool order_sides(struct run *run) {
  const struct edist_job *job = run->job;
  const bool one_side = !job->b || job->b == job->a;
  if (!edist_order_make(&run->base, job->a, job->kernel, job->threads)) {
    return false;
  }
  run->query = one_side ? &run->base : &run->own_query;
  if (!one_side &&
      !edist_order_make(&run->own_query, job->b, job->kernel, job->threads)) {
    return false;
  }
  run->ngroup =
      run->query->nleaf + edist_size_ceil(run->query->nextra, run->query->leaf);
  return run->base.nrow >= MIN_BASE;
}

static enum edist_status run_all(struct run *run) {
  const struct edist_job *job = run->job;
  const double queries = (double)(job->b ? job->b->nrow : job->a->nrow);
  edist_parallel(job->threads, thread_run, run);
  run->sink->end(run->sink);
  if (job->computed) {
    *job->computed =
        (double)atomic_load(&run->pairs) / ((double)job->a->nrow * queries);
  }
  if (run->cancelled) return EDIST_STATUS_cancelled;
  if (atomic_load(&run->no_memory)) return EDIST_STATUS_no_memory;
  return atomic_load(&run->stop) ? EDIST_STATUS_stopped : EDIST_STATUS_done;
}

bool edist_search_run(const struct edist_job *job, enum edist_status *status) {
  if (!may_search(job)) return false;
  struct run run = {.job = job, .sink = job->sink};
  bool searched = set_up(&run) && order_sides(&run) && sums_safe(&run);
  const struct edist_walk walk = {
      .threads = job->threads, .slab = run.base.leaf, .any_order = true};
  if (searched && job->sink->begin(job->sink, &walk)) {
    run.start_rows = run.sink->selector->start_rows(run.sink);
    if (trial(&run)) {
      *status = run_all(&run);
    } else {
      run.sink->end(run.sink);
      searched = false;
    }
  } else {
    searched = false;
  }
  edist_order_free(&run.base);
  edist_order_free(&run.own_query);
  free(run.ones);
  return searched;
}
