#include "table.h"

#include <math.h>
#include <stdlib.h>

/* `table` must stay where it is, because its job points into it. */
static void table_make(struct table *t, const struct edist_kernel *kernel,
                       size_t n, size_t m, size_t p, bool self, int threads) {
  *t = (struct table){.n = n, .m = m, .p = p, .self = self};
  t->x = whole_numbers(n * p, 11);
  t->y = whole_numbers(m * p, 12);
  for (size_t i = 0; i < n * p; i++) t->x[i] = fmod(t->x[i], 4);
  if (n > 3) t->x[2] = NAN;
  if (n > 3 && p > 1) t->x[2 + n] = NAN;
  for (size_t i = 0; i < m * p; i++)
    t->y[i] = self ? t->x[i] : fmod(t->y[i], 4);
  t->own = malloc(m * sizeof *t->own);
  t->d = malloc(n * m * sizeof *t->d);
  if (!t->own || !t->d) abort();
  for (size_t j = 0; j < m; j++) t->own[j] = (int)j;
  t->sx = edist_source_double(t->x, n, p);
  t->sy = edist_source_double(t->y, m, p);
  t->job = (struct edist_job){.a = &t->sx,
                              .b = &t->sy,
                              .metric = edist_metric_find("euclidean"),
                              .missing = NAN,
                              .kernel = kernel,
                              .threads = threads};
  struct edist_sink_matrix all = edist_sink_cross(t->d, n, m);
  struct edist_job job = t->job;
  job.sink = &all.sink;
  if (edist_run(&job) != EDIST_STATUS_done) abort();
}

static void table_free(struct table *t) {
  free(t->x);
  free(t->y);
  free(t->own);
  free(t->d);
}

bool counts_as(const struct table *t, size_t i, size_t j) {
  return !(t->self && i == j) && !isnan(t->d[i + j * t->n]);
}

void each_table(const struct edist_kernel *kernel,
                void (*check)(const struct table *t, size_t k)) {
  const struct {
    size_t n, m, p, k;
    bool self;
    int threads;
  } large[] = {{2500, 3, 2, 60, false, 3},
               {1000, 40, 300, 7, false, 2},
               {500, 500, 2, 30, true, 4}};
  struct table t;
  for (size_t n = 1; n <= SEVERAL_TILES; n++) {
    const int threads = (int)(n % 4) + 1;
    table_make(&t, kernel, n, SEVERAL_TILES + 1 - n, 2, false, threads);
    check(&t, n);
    table_free(&t);
    table_make(&t, kernel, n, n, 3, true, threads);
    check(&t, n);
    table_free(&t);
  }
  for (size_t c = 0; c < sizeof large / sizeof *large; c++) {
    table_make(&t, kernel, large[c].n, large[c].m, large[c].p, large[c].self,
               large[c].threads);
    check(&t, large[c].k);
    table_free(&t);
  }
}
