/* No pair within its limit is left out by codes. The data are made so that the
 * remainders of values are as long as they can be and point at each other: then
 * bounds are nearly reached. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "search/screen.h"
#include "source/source.h"

static unsigned long long state;

static double unit(void) { return next_unit(&state); }

/* middles: rows around codes of one row, on both sides of a step's middle. */
enum data { DATA_uniform, DATA_middles, DATA_whole, DATA_far, DATA_alike };

struct trial {
  const char *what;
  enum data data;
  size_t n, p;
  double scale, offset;
};

static const struct trial trials[] = {
    {"uniform", DATA_uniform, 300, 8, 1, 0},
    {"middles", DATA_middles, 300, 9, 1, 0},
    {"middles, many columns", DATA_middles, 130, 200, 1, 0},
    {"middles, offset", DATA_middles, 130, 31, 1, 1e8},
    {"middles, large", DATA_middles, 130, 16, 0x1p400, 0},
    {"middles, small", DATA_middles, 130, 16, 0x1p-400, 0},
    {"whole numbers", DATA_whole, 300, 33, 1, -7},
    {"a row far off", DATA_far, 200, 12, 1, 3},
    {"rows all alike", DATA_alike, 100, 10, 1, 5},
    {"most columns", DATA_middles, 100, EDIST_SUM_GROUP, 1, 0},
};

static double draw(const struct trial *t, size_t i, double centre) {
  switch (t->data) {
    case DATA_uniform:
      return unit();
    case DATA_whole:
      return floor(16 * unit());
    case DATA_far:
      return i == 5 ? 1e6 * unit() : unit();
    case DATA_alike:
      return 1;
    case DATA_middles:
      break;
  }
  if (i < 2) return i == 0 ? 0 : 255;
  return floor(centre) + 0.5 + (unit() < 0.5 ? 1e-7 : -1e-7) * unit();
}

static double *rows_of(const struct trial *t) {
  double *x = malloc(t->n * t->p * sizeof *x);
  if (!x) abort();
  state = 11 + t->n + t->p;
  for (size_t k = 0; k < t->p; k++) {
    const double centre = 254 * unit();
    for (size_t i = 0; i < t->n; i++) {
      x[i + k * t->n] = draw(t, i, centre) * t->scale + t->offset;
    }
  }
  return x;
}

/* As the tiles of the search sum: in chains of EDIST_SUM_BLOCK columns. */
static double sum_of(const double *x, const double *y, size_t p) {
  double total = 0;
  for (size_t k0 = 0; k0 < p; k0 += EDIST_SUM_BLOCK) {
    double sum = 0;
    for (size_t k = k0; k < p && k < k0 + EDIST_SUM_BLOCK; k++) {
      const double difference = x[k] - y[k];
      sum = fma(difference, difference, sum);
    }
    total = k0 ? total + sum : sum;
  }
  return total;
}

/* Whether row r of the base remains for the query at this limit. */
static bool remains(const struct edist_screen *s, const struct edist_tree *tree,
                    const struct edist_screen_row *query, size_t r,
                    double limit) {
  const int32_t *row[8];
  int32_t limits[8];
  unsigned hits[8];
  const size_t lanes = s->kernel->lanes, first = r / lanes * lanes;
  for (size_t j = 0; j < s->kernel->rows; j++) {
    row[j] = query->word;
    limits[j] =
        edist_screen_limit(s, query, r / tree->leaf, edist_screen_root(limit));
  }
  const bool any = s->kernel->tile(s->words, s->panels + first * s->words,
                                   s->start + first, row, limits, hits);
  return any && (hits[s->kernel->rows - 1] >> (r - first) & 1);
}

static void check_screen(const struct trial *t,
                         const struct edist_screen_kernel *kernel,
                         const struct edist_tree *tree, double distance) {
  struct edist_screen s;
  size_t lost = 0, left_out = 0, far = 0;
  if (!edist_screen_make(&s, kernel, tree, distance, 2)) abort();
  struct edist_screen_row query = {.word = malloc(s.words * sizeof(int32_t))};
  if (!query.word) abort();
  for (size_t q = 0; q < tree->nrow; q += 7) {
    const double *x = tree->rows + q * t->p;
    edist_screen_encode(&s, x, &query);
    for (size_t r = 0; r < tree->nrow; r++) {
      const double sum = sum_of(x, tree->rows + r * t->p, t->p);
      lost += !remains(&s, tree, &query, r, sum);
      far += sum > 0;
      left_out += sum > 0 && !remains(&s, tree, &query, r, sum / 1e6);
    }
  }
  CHECK(lost == 0, "%s: %zu pairs are lost", t->what, lost);
  /* Elsewhere few pairs are far apart, or remainders are long. */
  const bool tells = t->data == DATA_uniform || t->data == DATA_whole;
  CHECK(!tells || left_out > far / 2, "%s: only %zu of %zu are left out",
        t->what, left_out, far);
  free(query.word);
  edist_screen_free(&s);
}

static void test_screen(const struct edist_kernel *kernel) {
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
    const struct trial *t = trials + i;
    double *x = rows_of(t);
    const struct edist_source source = edist_source_double(x, t->n, t->p);
    struct edist_tree tree;
    struct edist_progress progress;
    edist_progress_begin(&progress, (struct edist_callback){0}, 1);
    if (!edist_tree_make(&tree, &source, kernel, 2, NULL, true, &progress)) {
      abort();
    }
    for (const struct edist_screen_kernel *screen = kernel->screen; screen;
         screen = screen->otherwise) {
      if (!screen->runs()) continue;
      check_screen(t, screen, &tree, INFINITY);
      if (screen->finer) check_screen(t, screen, &tree, 0);
    }
    edist_tree_free(&tree);
    free(x);
  }
}

const struct test screen_tests[] = {{"screen", NULL, test_screen},
                                    {NULL, NULL, NULL}};
