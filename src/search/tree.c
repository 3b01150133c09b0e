#include "search/tree.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/parallel.h"
#include "kernel/size.h"

/* A row while it is sorted, and its value in the column of the split. */
struct key {
  double value;
  int row;
};

/* Rows packed at once. */
enum { ROWS = 256 };

/* A subtree that is still to be built. */
struct subtree {
  size_t node, row0, row1;
};

struct building {
  struct edist_tree *tree;
  const struct edist_source *source;
  const struct edist_kernel *kernel;
  const struct edist_axes *axes;
  double *original; /* all rows, row by row */
  double *coord;    /* their coordinates, row by row */
  double *radius;   /* the largest distance from the centre, of each thread */
  double *room;     /* for a row, of each thread */
  struct key *key;
  struct subtree *subtree;
  size_t nsubtree;
  struct edist_progress *progress;
  atomic_size_t next;
  atomic_uint flags; /* of the values */
};

/* More columns make boxes less selective, and larger leaves pay. */
static size_t leaf_rows(size_t ncol) {
  return ncol < 4 ? 24 : ncol < 8 ? 48 : 96;
}

static const double *row_of(const struct building *b, int row) {
  return b->original + (size_t)row * b->tree->ncol;
}

static const double *coord_of(const struct building *b, int row) {
  return b->coord + (size_t)row * b->tree->ncoord;
}

/* Of equal values the lower row comes first: then the lowest of thousands of
 * duplicates are in one leaf. */
static inline bool precedes(struct key a, struct key b) {
  return (a.value < b.value) | ((a.value == b.value) & (a.row < b.row));
}

static void swap(struct key *a, struct key *b) {
  const struct key old = *a;
  *a = *b;
  *b = old;
}

/* A key that probably is a little beyond the smallest `count` of n, or before
 * the others, whichever are fewer: so the next step is left with few. */
static size_t find_pivot(const struct key *key, size_t n, size_t count) {
  enum { SAMPLE = 31, BEYOND = 3 };
  const size_t samples = n < 500 ? 3 : SAMPLE, step = n / samples;
  const size_t beyond = n < 500 ? 0 : BEYOND;
  size_t sample[SAMPLE];
  for (size_t s = 0; s < samples; s++) {
    const size_t at = s * step + step / 2;
    size_t to = s;
    for (; to > 0 && precedes(key[at], key[sample[to - 1]]); to--) {
      sample[to] = sample[to - 1];
    }
    sample[to] = at;
  }
  const size_t rank = count * samples / n;
  if (2 * count < n) return sample[edist_size_min(rank + beyond, samples - 1)];
  return sample[rank > beyond ? rank - beyond : 0];
}

/* Brings the keys that precede the last to the front, and it behind them.
 * Returns how many precede it. A branch on values would be unpredictable, and
 * reading a key as a whole that was written in two parts is slow. */
static size_t partition(struct key *key, size_t n) {
  const struct key pivot = key[n - 1];
  size_t first = 0;
  for (size_t i = 0; i < n - 1; i++) {
    const struct key one = {key[i].value, key[i].row};
    key[i].value = key[first].value;
    key[i].row = key[first].row;
    key[first].value = one.value;
    key[first].row = one.row;
    first += precedes(one, pivot);
  }
  swap(key + first, key + n - 1);
  return first;
}

/* Brings the `count` smallest of n keys to the front. */
static void select_smallest(struct key *key, size_t n, size_t count) {
  while (n > 2 && count > 0 && count < n) {
    swap(key + find_pivot(key, n, count), key + n - 1);
    const size_t first = partition(key, n);
    if (count <= first) {
      n = first;
    } else {
      key += first + 1;
      n -= first + 1;
      count -= first + 1;
    }
  }
  if (n == 2 && count == 1 && precedes(key[1], key[0])) swap(key, key + 1);
}

/* The coordinate in which a sample of the rows spreads most. */
static size_t widest_coordinate(const struct building *b, size_t row0,
                                size_t row1) {
  enum { SAMPLE = 64 };
  const size_t step = (row1 - row0) / SAMPLE + 1;
  size_t widest = 0;
  double width = -1;
  for (size_t k = 0; k < b->tree->ncoord; k++) {
    double low = INFINITY, high = -INFINITY;
    for (size_t r = row0; r < row1; r += step) {
      const double value = coord_of(b, b->key[r].row)[k];
      low = value < low ? value : low;
      high = value > high ? value : high;
    }
    if (high - low > width) {
      width = high - low;
      widest = k;
    }
  }
  return widest;
}

/* Splits the rows of a node in two, and returns where. */
static size_t split(const struct building *b, size_t row0, size_t row1) {
  const size_t leaf = b->tree->leaf;
  const size_t leaves = edist_size_ceil(row1 - row0, leaf);
  const size_t middle = row0 + leaves / 2 * leaf;
  const size_t k = widest_coordinate(b, row0, row1);
  for (size_t r = row0; r < row1; r++) {
    b->key[r].value = coord_of(b, b->key[r].row)[k];
  }
  select_smallest(b->key + row0, row1 - row0, middle - row0);
  return middle;
}

/* Sets row `to` of micro-panels. */
static void set_row(double *panels, size_t mr, size_t ncol, size_t to,
                    const double *value) {
  double *panel = panels + to / mr * mr * ncol + to % mr;
  for (size_t k = 0; k < ncol; k++) panel[k * mr] = value[k];
}

static void copy_row(const struct building *b, size_t to, int row) {
  struct edist_tree *tree = b->tree;
  tree->row[to] = row;
  set_row(tree->panels, tree->mr, tree->ncol, to, row_of(b, row));
}

/* Copies the rows of a leaf, and makes its box. */
static void fill_leaf(const struct building *b, size_t at) {
  struct edist_tree *tree = b->tree;
  struct edist_node *node = tree->node + at;
  const size_t ncoord = tree->ncoord;
  double *low = tree->box + at * 2 * ncoord, *high = low + ncoord;
  node->first = INT_MAX;
  for (size_t r = node->row0; r < node->row1; r++) {
    copy_row(b, r, b->key[r].row);
    if (tree->row[r] < node->first) node->first = tree->row[r];
    const double *value = coord_of(b, tree->row[r]);
    if (b->axes) set_row(tree->coord, tree->mr, ncoord, r, value);
    if (r == node->row0) memcpy(low, value, ncoord * sizeof *low);
    if (r == node->row0) memcpy(high, value, ncoord * sizeof *high);
    for (size_t k = 0; k < ncoord; k++) {
      low[k] = value[k] < low[k] ? value[k] : low[k];
      high[k] = value[k] > high[k] ? value[k] : high[k];
    }
  }
  tree->leaf_node[node->row0 / tree->leaf] = at;
}

/* Makes the box of an inner node of those of its children. */
static void join_children(struct edist_tree *tree, size_t at) {
  struct edist_node *node = tree->node + at;
  const size_t ncoord = tree->ncoord, left = at + 1, right = node->right;
  double *low = tree->box + at * 2 * ncoord, *high = low + ncoord;
  for (size_t k = 0; k < ncoord; k++) {
    low[k] =
        fmin(edist_tree_low(tree, left)[k], edist_tree_low(tree, right)[k]);
    high[k] =
        fmax(edist_tree_high(tree, left)[k], edist_tree_high(tree, right)[k]);
  }
  const int first = tree->node[left].first;
  const int other = tree->node[right].first;
  node->first = first < other ? first : other;
}

/* Builds a node and all below it; leaves subtrees of at most `rows` rows for
 * later. A tree of l leaves has 2 l - 1 nodes: that gives the right child's. */
static void build(struct building *b, size_t at, size_t row0, size_t row1,
                  size_t rows) {
  struct edist_tree *tree = b->tree;
  tree->node[at] = (struct edist_node){.row0 = row0, .row1 = row1};
  if (row1 - row0 <= rows) {
    b->subtree[b->nsubtree++] = (struct subtree){at, row0, row1};
    return;
  }
  if (row1 - row0 <= tree->leaf) {
    fill_leaf(b, at);
    return;
  }
  const size_t middle = split(b, row0, row1);
  const size_t right = at + 2 * ((middle - row0) / tree->leaf);
  tree->node[at].right = right;
  build(b, at + 1, row0, middle, rows);
  build(b, right, middle, row1, rows);
  if (rows == 0) join_children(tree, at);
}

static void build_subtrees(void *data, int thread) {
  struct building *b = data;
  size_t s;
  (void)thread;
  while (edist_progress_go_on(b->progress) &&
         (s = atomic_fetch_add(&b->next, 1)) < b->nsubtree) {
    const struct subtree *one = b->subtree + s;
    build(b, one->node, one->row0, one->row1, 0);
  }
}

static void build_all(struct building *b, int threads) {
  struct edist_tree *tree = b->tree;
  const size_t share = tree->nrow / (8 * (size_t)threads);
  const size_t rows = edist_size_max(share, tree->leaf);
  build(b, 0, 0, tree->nrow, rows);
  edist_parallel(threads, build_subtrees, b);
  if (!edist_progress_go_on(b->progress)) return; /* some nodes are missing */
  for (size_t at = b->nsubtree > 1 ? b->subtree[b->nsubtree - 1].node : 0;
       at-- > 0;) {
    const struct edist_node *node = tree->node + at;
    if (node->right && node->row1 - node->row0 > rows) {
      join_children(tree, at);
    }
  }
}

static void find_range(struct edist_tree *tree, const double *value,
                       size_t length) {
  tree->smallest = INFINITY;
  for (size_t i = 0; i < length; i++) {
    const double size = fabs(value[i]);
    if (size > tree->largest && isfinite(size)) tree->largest = size;
    if (size < tree->smallest && size > 0) tree->smallest = size;
  }
}

/* Complete rows come first, and count as nrow from now on. */
static void set_apart(struct building *b, size_t nrow, bool all_complete) {
  struct edist_tree *tree = b->tree;
  size_t complete = 0, extra = nrow;
  for (size_t r = 0; r < nrow; r++) {
    const bool good =
        all_complete || edist_source_complete(tree->ncol, row_of(b, (int)r));
    b->key[good ? complete++ : --extra].row = (int)r;
  }
  tree->nrow = complete;
  tree->nextra = nrow - complete;
  tree->nleaf = edist_size_ceil(complete, tree->leaf);
  tree->nnode = 2 * tree->nleaf - 1;
}

static bool allocate(struct edist_tree *tree, bool axes) {
  const size_t leaves = tree->nleaf + edist_size_ceil(tree->nextra, tree->leaf);
  const size_t rows = leaves * tree->leaf;
  const size_t length = edist_size_product(rows, tree->ncol);
  const size_t sides = edist_size_product(2 * tree->nnode, tree->ncoord);
  const size_t coords = edist_size_product(rows, tree->ncoord);
  tree->panels = malloc(edist_size_product(length, sizeof *tree->panels));
  if (!tree->panels) return false;
  tree->coord = tree->panels;
  if (axes) tree->coord = calloc(coords, sizeof *tree->coord);
  if (!tree->coord) return false;
  tree->row = malloc(rows * sizeof *tree->row);
  if (!tree->row) return false;
  tree->node = malloc(tree->nnode * sizeof *tree->node);
  if (!tree->node) return false;
  tree->leaf_node = malloc(tree->nleaf * sizeof *tree->leaf_node);
  if (!tree->leaf_node) return false;
  tree->box = malloc(edist_size_product(sides, sizeof *tree->box));
  if (!tree->box) return false;
  return true;
}

/* Fills the tree with the rows that stand in b->original. */
static bool arrange(struct building *b, size_t nrow, bool all_complete,
                    int threads) {
  struct edist_tree *tree = b->tree;
  b->key = malloc(nrow * sizeof *b->key);
  if (!b->key) return false;
  set_apart(b, nrow, all_complete);
  if (tree->nrow == 0 || !allocate(tree, b->axes)) return false;
  b->subtree = malloc(tree->nleaf * sizeof *b->subtree);
  if (!b->subtree) return false;
  find_range(tree, b->original, nrow * tree->ncol);
  /* Lanes past the last row of a leaf are zero. */
  double *last = tree->panels + (tree->nleaf - 1) * tree->leaf * tree->ncol;
  const size_t leaves = 1 + edist_size_ceil(tree->nextra, tree->leaf);
  memset(last, 0, leaves * tree->leaf * tree->ncol * sizeof *last);
  build_all(b, threads);
  for (size_t r = 0; r < tree->nextra; r++) {
    copy_row(b, edist_tree_extra(tree) + r, b->key[tree->nrow + r].row);
  }
  return true;
}

void edist_tree_copy_row(const struct edist_tree *tree, size_t r, double *to) {
  const size_t ncol = tree->ncol, mr = tree->mr;
  const double *from = tree->panels + r / mr * mr * ncol + r % mr;
  for (size_t k = 0; k < ncol; k++) to[k] = from[k * mr];
}

static void copy_rows(void *data, int thread) {
  struct building *b = data;
  const struct edist_tree *tree = b->tree;
  size_t leaf;
  (void)thread;
  while (edist_progress_go_on(b->progress) &&
         (leaf = atomic_fetch_add(&b->next, 1)) < tree->nleaf) {
    const size_t row0 = leaf * tree->leaf;
    const size_t row1 = edist_size_min(row0 + tree->leaf, tree->nrow);
    for (size_t r = row0; r < row1; r++) {
      edist_tree_copy_row(tree, r, tree->rows + r * tree->ncol);
    }
  }
}

/* Packs rows, and finds their coordinates. */
static void pack_rows(void *data, int thread) {
  struct building *b = data;
  const size_t nrow = b->source->nrow, ncol = b->source->ncol;
  double *room = b->axes ? b->room + (size_t)thread * b->axes->length : NULL;
  double radius = 0;
  size_t row0;
  while (edist_progress_go_on(b->progress) &&
         (row0 = ROWS * atomic_fetch_add(&b->next, 1)) < nrow) {
    const size_t rows = edist_size_min(ROWS, nrow - row0);
    double *row = b->original + row0 * ncol;
    atomic_fetch_or(&b->flags, edist_source_pack(b->source, b->kernel, row0,
                                                 rows, 0, ncol, 1, row));
    for (size_t r = 0; b->axes && r < rows; r++) {
      const double distance =
          edist_axes_project(b->axes, b->kernel, row + r * ncol, room,
                             b->coord + (row0 + r) * EDIST_COORDINATES);
      /* Not of rows with missing values: those are not in the tree. */
      if (distance > radius && distance < INFINITY) radius = distance;
    }
  }
  b->radius[thread] = radius;
}

/* Rows and coordinates, before they are sorted. */
static bool make_rows(struct building *b, int threads) {
  const size_t nrow = b->source->nrow;
  const size_t length = edist_size_product(nrow, b->tree->ncol);
  b->original = malloc(edist_size_product(length, sizeof *b->original));
  if (!b->original) return false;
  b->coord = b->original;
  b->radius = calloc((size_t)threads, sizeof *b->radius);
  if (!b->radius) return false;
  if (b->axes) {
    const size_t coords = edist_size_product(nrow, EDIST_COORDINATES);
    b->coord = malloc(edist_size_product(coords, sizeof *b->coord));
    if (!b->coord) return false;
    b->room = malloc((size_t)threads * b->axes->length * sizeof *b->room);
    if (!b->room) return false;
  }
  edist_parallel(threads, pack_rows, b);
  for (int t = 0; t < threads; t++) {
    b->tree->radius = fmax(b->tree->radius, b->radius[t]);
  }
  return true;
}

static void free_building(struct building *b) {
  if (b->coord != b->original) free(b->coord);
  free(b->original);
  free(b->radius);
  free(b->room);
  free(b->key);
  free(b->subtree);
}

bool edist_tree_make(struct edist_tree *tree, const struct edist_source *source,
                     const struct edist_kernel *kernel, int threads,
                     const struct edist_axes *axes, bool rows,
                     struct edist_progress *progress) {
  *tree = (struct edist_tree){.ncol = source->ncol,
                              .ncoord = axes ? EDIST_COORDINATES : source->ncol,
                              .leaf = leaf_rows(source->ncol),
                              .mr = kernel->mr};
  struct building b = {.tree = tree,
                       .source = source,
                       .kernel = kernel,
                       .axes = axes,
                       .progress = progress};
  bool good = make_rows(&b, threads) && edist_progress_go_on(progress);
  /* Unit rows without a direction are missing, though their values are not. */
  const bool all_complete =
      !(atomic_load(&b.flags) & EDIST_VALUES_nonfinite) && !source->unit;
  atomic_store(&b.next, 0);
  good = good && arrange(&b, source->nrow, all_complete, threads);
  if (good && rows) {
    tree->rows = b.original; /* which has served, and has room for them */
    if (b.coord == b.original) b.coord = NULL;
    b.original = NULL;
    atomic_store(&b.next, 0);
    edist_parallel(threads, copy_rows, &b);
  }
  good = good && edist_progress_go_on(progress);
  free_building(&b);
  if (!good) edist_tree_free(tree);
  return good;
}

void edist_tree_free(struct edist_tree *tree) {
  if (tree->coord != tree->panels) free(tree->coord);
  free(tree->panels);
  free(tree->rows);
  free(tree->row);
  free(tree->node);
  free(tree->leaf_node);
  free(tree->box);
  *tree = (struct edist_tree){.nrow = 0};
}
