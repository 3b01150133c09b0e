#include "engine/roofline.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/parallel.h"
#include "sink/pages.h"

/* A run takes milliseconds: long compared with waking threads, short enough
 * that some runs are undisturbed by other programs. */
enum { REPEATS = 200000, ROOTS = 512, ROOT_REPEATS = 4000 };

/* More than a C library keeps for the next request. */
static const size_t BYTES = (size_t)128 << 20, CHUNK = (size_t)2 << 20;

struct work {
  const struct edist_kernel *kernel;
  enum edist_accumulate accumulate;
  char *memory;
  _Atomic size_t *next; /* chunk to write */
};

/* One thread's share; `result` keeps the compiler from leaving it out. */
typedef void work_fn(const struct work *work, double *result);

struct team {
  work_fn *work;
  const struct work *with;
  _Atomic int ran;
  _Atomic bool kept; /* never set, but the compiler cannot know */
};

static void share(void *data, int thread) {
  struct team *team = data;
  double result = 0;
  (void)thread;
  team->work(team->with, &result);
  if (result == 42) atomic_store(&team->kept, true);
  atomic_fetch_add(&team->ran, 1);
}

/* Seconds for one thread's share, scaled if fewer threads ran than wanted:
 * without OpenMP one does. */
static double run(work_fn *work, const struct work *with, int threads) {
  struct team team = {.work = work, .with = with};
  if (with->next) atomic_store(with->next, 0);
  const double start = edist_seconds();
  edist_parallel(threads, share, &team);
  const int ran = atomic_load(&team.ran);
  const double taken = (edist_seconds() - start) * threads / ran;
  return atomic_load(&team.kept) ? taken + 1e-12 : taken;
}

static double best(work_fn *work, const struct work *with, int threads,
                   double seconds) {
  double min = 0, spent = 0;
  for (int runs = 0; runs < 2 || spent < seconds; runs++) {
    const double taken = run(work, with, threads);
    if (taken > 0 && (min == 0 || taken < min)) min = taken;
    spent += taken > 0 ? taken : 1e-3; /* clocks are coarse */
  }
  return min;
}

static void sum_work(const struct work *work, double *result) {
  *result += work->kernel->peak[work->accumulate](REPEATS);
}

double edist_roofline_sum(const struct edist_kernel *kernel,
                          enum edist_accumulate accumulate, int threads,
                          double seconds) {
  const struct work work = {.kernel = kernel, .accumulate = accumulate};
  const double pairs = (double)(kernel->mr * kernel->nr) * REPEATS;
  return threads * pairs / best(sum_work, &work, threads, seconds);
}

static void root_work(const struct work *work, double *result) {
  const struct edist_epilogue root = {.transform = EDIST_TRANSFORM_root,
                                      .weights = 1};
  double sum[ROOTS], to[ROOTS];
  for (int i = 0; i < ROOTS; i++) sum[i] = i + *result;
  for (int r = 0; r < ROOT_REPEATS; r++) {
    work->kernel->epilogue(&root, ROOTS, sum, NULL, to, false);
  }
  *result += to[ROOTS - 1];
}

double edist_roofline_root(const struct edist_kernel *kernel, int threads,
                           double seconds) {
  const struct work work = {.kernel = kernel};
  const double roots = (double)ROOTS * ROOT_REPEATS;
  return threads * roots / best(root_work, &work, threads, seconds);
}

static void write_work(const struct work *work, double *result) {
  size_t from;
  while ((from = atomic_fetch_add(work->next, CHUNK)) < BYTES) {
    memset(work->memory + from, 1, CHUNK);
  }
  *result += work->memory[0];
}

struct edist_roofline_write edist_roofline_write(int threads, double seconds) {
  double fresh = 0, warm = 0, spent = 0;
  for (int runs = 0; runs < 2 || spent < seconds; runs++) {
    _Atomic size_t next = 0;
    struct work work = {.memory = malloc(BYTES), .next = &next};
    if (!work.memory) return (struct edist_roofline_write){0, 0};
    edist_pages_huge(work.memory, BYTES);
    const double first = run(write_work, &work, threads);
    const double again = best(write_work, &work, threads, 0);
    free(work.memory);
    if (first > 0 && (fresh == 0 || first < fresh)) fresh = first;
    if (warm == 0 || again < warm) warm = again;
    spent += first > 0 ? first + 2 * again : 1e-3;
  }
  return (struct edist_roofline_write){(double)BYTES / fresh,
                                       (double)BYTES / warm};
}
