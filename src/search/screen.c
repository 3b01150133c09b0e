#include "search/screen.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/parallel.h"
#include "kernel/size.h"

/* More than all rounding errors, of sums of up to EDIST_SUM_GROUP terms and of
 * what is computed here. */
static const double MARGIN = 1 + 1e-10;

const struct edist_screen_kernel *edist_screen_kernel_of(
    const struct edist_kernel *kernel) {
  const struct edist_screen_kernel *screen = kernel->screen;
  while (screen && !screen->runs()) screen = screen->otherwise;
  return screen;
}

/* Squares that underflow are off by less than 2^-1074 each. */
double edist_screen_root(double limit) {
  return sqrt(limit) * MARGIN + 0x1p-500;
}

/* The codes of a row: how long they are, what they add up to, and what they
 * leave. */
struct coded {
  int64_t square, sum;
  double remainder;
};

/* Writes the codes u of the row. A step has so few digits
 * that step * u is exact, and each difference is rounded once: by less than
 * 2^-50 of the value's distance to the offset. */
static struct coded encode(const struct edist_screen *s, const double *row,
                           int *code) {
  struct coded coded = {0, 0, 0};
  double left = 0, length = 0;
  const double per_step = 1 / s->step;
  for (size_t k = 0; k < s->ncol; k++) {
    const double value = row[k] - s->offset[k];
    const double level = value * per_step + 0.5;
    const int u = level >= s->max_code ? s->max_code
                  : level > 0          ? (int)level
                                       : 0;
    const double rest = value - s->step * u;
    code[k] = u;
    coded.square += u * u;
    coded.sum += u;
    left += rest * rest;
    length += value * value;
  }
  coded.remainder = (sqrt(left) + 0x1p-50 * sqrt(length)) * MARGIN;
  return coded;
}

/* Sets code k of a row whose words lie `stride` words apart. */
static void set_code(const struct edist_screen *s, int32_t *word, size_t stride,
                     size_t k, int code) {
  unsigned char *bytes =
      (unsigned char *)(word + k / s->kernel->columns * stride);
  const size_t at = k % s->kernel->columns;
  if (s->kernel->columns == 4) {
    bytes[at] = (unsigned char)code;
  } else {
    const int16_t both = (int16_t)code;
    memcpy(bytes + at * sizeof both, &both, sizeof both);
  }
}

void edist_screen_encode(const struct edist_screen *s, const double *row,
                         struct edist_screen_row *to) {
  int code[EDIST_SUM_GROUP];
  const struct coded coded = encode(s, row, code);
  memset(to->word, 0, s->words * sizeof *to->word);
  for (size_t k = 0; k < s->ncol; k++) {
    set_code(s, to->word, 1, k, code[k] - s->kernel->zero);
  }
  to->square = (int32_t)coded.square;
  to->remainder = coded.remainder;
}

/* 2 u.v = |u|^2 + |v|^2 - |u - v|^2, and products with v - zero lack zero times
 * the sum of u. Both sides are halved and rounded down. */
static int32_t half_below(int64_t value) {
  return (int32_t)((value - (value & 1)) / 2);
}

int32_t edist_screen_limit(const struct edist_screen *s,
                           const struct edist_screen_row *query, size_t leaf,
                           double root_of_limit) {
  const double codes =
      (root_of_limit + query->remainder + s->remainder[leaf]) / s->step;
  const double square = codes * codes * MARGIN;
  if (!(square < 0x1p30)) return INT32_MIN;
  return half_below(query->square - (int64_t)square);
}

struct building {
  struct edist_screen *screen;
  const struct edist_tree *tree;
  atomic_size_t next; /* leaf */
};

static void encode_leaf(const struct building *b, size_t leaf) {
  struct edist_screen *s = b->screen;
  const struct edist_tree *tree = b->tree;
  const size_t lanes = s->kernel->lanes, row0 = leaf * tree->leaf;
  const size_t row1 = edist_size_min(row0 + tree->leaf, tree->nrow);
  int code[EDIST_SUM_GROUP];
  s->remainder[leaf] = 0;
  for (size_t r = row0; r < row1; r++) {
    const struct coded coded = encode(s, tree->rows + r * s->ncol, code);
    int32_t *word = s->panels + r / lanes * lanes * s->words + r % lanes;
    for (size_t k = 0; k < s->ncol; k++) set_code(s, word, lanes, k, code[k]);
    s->start[r] = half_below(2 * s->kernel->zero * coded.sum - coded.square);
    s->remainder[leaf] = fmax(s->remainder[leaf], coded.remainder);
  }
}

static void encode_leaves(void *data, int thread) {
  struct building *b = data;
  size_t leaf;
  (void)thread;
  while ((leaf = atomic_fetch_add(&b->next, 1)) < b->tree->nleaf) {
    encode_leaf(b, leaf);
  }
}

/* Values of few distinct whole numbers are their own codes: nothing is left. */
static bool are_whole(const struct edist_tree *tree) {
  for (size_t i = 0; i < tree->nrow * tree->ncol; i++) {
    if (tree->rows[i] != floor(tree->rows[i])) return false;
  }
  return true;
}

/* The largest code: products of all columns fit in 31 bits. */
static int max_code(const struct edist_screen_kernel *kernel, size_t ncol) {
  return (int)fmin(kernel->max_code, floor(sqrt(0x1p30 / (double)ncol)));
}

/* Rounded to the digits of a float, of which a double has room for the products
 * with all codes. */
static double short_number(double value) {
  int exponent;
  const double fraction = frexp(value, &exponent);
  return ldexp((float)fraction, exponent);
}

/* Codes for the range of the base: a query beyond it has a long remainder. */
static void choose_codes(struct edist_screen *s,
                         const struct edist_screen_kernel *kernel,
                         const struct edist_tree *base, double range) {
  s->kernel = kernel;
  s->words = edist_size_ceil(s->ncol, kernel->columns);
  s->max_code = max_code(kernel, s->ncol);
  s->whole = range <= s->max_code && are_whole(base);
  s->step = s->whole || range == 0 ? 1 : short_number(range / s->max_code);
}

/* Moves the offset to the smallest value of each column, and returns the widest
 * range of one; `high` has room for a row. */
static double find_offset(struct edist_screen *s, const struct edist_tree *base,
                          double *high) {
  double *low = s->offset, range = 0;
  memcpy(low, base->rows, s->ncol * sizeof *low);
  memcpy(high, base->rows, s->ncol * sizeof *high);
  for (size_t r = 1; r < base->nrow; r++) {
    const double *row = base->rows + r * s->ncol;
    for (size_t k = 0; k < s->ncol; k++) {
      low[k] = row[k] < low[k] ? row[k] : low[k];
      high[k] = row[k] > high[k] ? row[k] : high[k];
    }
  }
  for (size_t k = 0; k < s->ncol; k++) range = fmax(range, high[k] - low[k]);
  return range;
}

/* Whether the remainders of two rows are short next to this distance. */
static bool short_remainders(const struct edist_screen *s, double distance) {
  return s->whole || s->step * sqrt((double)s->ncol / 12) < 0.1 * distance;
}

static bool allocate(struct edist_screen *s, const struct edist_tree *base) {
  const size_t rows = base->nleaf * base->leaf;
  s->panels = calloc(edist_size_product(rows, s->words), sizeof *s->panels);
  if (!s->panels) return false;
  s->start = calloc(rows, sizeof *s->start);
  if (!s->start) return false;
  s->remainder = malloc(base->nleaf * sizeof *s->remainder);
  if (!s->remainder) return false;
  return true;
}

/* Chooses codes, and makes room for them. */
static bool set_up(struct edist_screen *s,
                   const struct edist_screen_kernel *kernel,
                   const struct edist_tree *base, double distance) {
  s->offset = malloc(2 * s->ncol * sizeof *s->offset);
  if (!s->offset) return false;
  const double range = find_offset(s, base, s->offset + s->ncol);
  choose_codes(s, kernel, base, range);
  if (kernel->finer && !short_remainders(s, distance)) {
    choose_codes(s, kernel->finer, base, range);
  }
  return allocate(s, base);
}

bool edist_screen_make(struct edist_screen *s,
                       const struct edist_screen_kernel *kernel,
                       const struct edist_tree *base, double distance,
                       int threads) {
  *s = (struct edist_screen){.ncol = base->ncol};
  if (!set_up(s, kernel, base, distance)) {
    edist_screen_free(s);
    return false;
  }
  struct building b = {.screen = s, .tree = base};
  edist_parallel(threads, encode_leaves, &b);
  return true;
}

void edist_screen_free(struct edist_screen *s) {
  free(s->offset);
  free(s->panels);
  free(s->start);
  free(s->remainder);
  *s = (struct edist_screen){.kernel = NULL};
}
