/* The engine without R, over numbers of threads:
 *
 *   ./scaling SECONDS THREADS...
 *
 * prints lines of "what threads value": least seconds of some tasks, and CPU
 * seconds of all threads together; what the machine can do, for as many threads
 * as it has cores; scratch memory in bytes; and the imbalance. For machines
 * that have a C compiler and no R. */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/blocks.h"
#include "engine/clock.h"
#include "engine/engine.h"
#include "engine/roofline.h"
#include "search/run-selection.h"
#include "sink/selection.h"
#include "../tests/core/imbalance.h"

enum answer { CROSS, DIST, NEAREST };

static const struct task {
  const char *name;
  enum answer answer;
  size_t n, p;
} tasks[] = {{"cross_2000x2000", CROSS, 2000, 2000},
             {"cross_6000x1000", CROSS, 6000, 1000},
             {"cross_5000x64", CROSS, 5000, 64},
             {"cross_5000x3", CROSS, 5000, 3},
             {"dist_10000x3", DIST, 10000, 3},
             {"nearest_20000x32", NEAREST, 20000, 32}};
enum { TASKS = sizeof tasks / sizeof *tasks, NEIGHBOURS = 10 };

static void *room(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory) exit(1);
  return memory;
}

static double *uniform(size_t length) {
  double *x = room(length * sizeof *x);
  for (size_t i = 0; i < length; i++) x[i] = (double)rand() / RAND_MAX;
  return x;
}

/* User and system time of this process. */
static double cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec +
         (double)used.ru_stime.tv_sec + 1e-6 * (double)used.ru_stime.tv_usec;
}

static enum edist_status answer(struct edist_job *job, enum answer answer,
                                double *out) {
  const size_t n = job->a->nrow;
  if (answer == CROSS) {
    struct edist_sink_matrix sink = edist_sink_cross(out, n, n);
    job->sink = &sink.sink;
    return edist_run(job);
  }
  if (answer == DIST) {
    struct edist_sink_packed sink = edist_sink_packed(out, n);
    job->b = NULL;
    job->sink = &sink.sink;
    return edist_run(job);
  }
  int *index = (int *)(out + n * NEIGHBOURS);
  struct edist_sink_nearest sink =
      edist_sink_nearest(index, out, n, n, NEIGHBOURS, NULL, 0);
  job->sink = &sink.sink;
  job->chunk = sink.chunk;
  job->search = true;
  return edist_run_selection(job, &sink.ranking, false);
}

static size_t length_of(const struct task *task) {
  if (task->answer == NEAREST) return 2 * task->n * NEIGHBOURS;
  return task->n * task->n / (task->answer == DIST ? 2 : 1);
}

struct cost {
  double seconds, cpu;
};

/* Least of several runs, and of `seconds`. Every result is in fresh memory, as
 * R's are. */
static struct cost least_cost(const struct edist_kernel *kernel,
                              const struct task *task, int threads,
                              double seconds) {
  const size_t n = task->n, p = task->p;
  double *data = uniform(2 * n * p), spent = 0;
  struct cost least = {INFINITY, INFINITY};
  const struct edist_source x = edist_source_double(data, n, p);
  const struct edist_source y = edist_source_double(data + n * p, n, p);
  for (int runs = 0; runs < 5 || spent < seconds; runs++) {
    double *out = room(length_of(task) * sizeof *out);
    struct edist_job job = {.a = &x,
                            .b = &y,
                            .metric = edist_metric_find("euclidean"),
                            .missing = NAN,
                            .kernel = kernel,
                            .threads = threads};
    const double start = edist_seconds(), cpu = cpu_seconds();
    if (answer(&job, task->answer, out) != EDIST_STATUS_done) exit(1);
    const double taken = edist_seconds() - start;
    least.seconds = fmin(least.seconds, taken);
    least.cpu = fmin(least.cpu, cpu_seconds() - cpu);
    spent += taken;
    free(out);
  }
  free(data);
  return least;
}

/* What machines can do changes, so this is measured between the tasks, too. */
static void print_touch(int threads) {
  printf("touch %d %g\n", threads, edist_roofline_write(threads, 0.2).fresh);
}

static void print_rates(const struct edist_kernel *kernel, int threads) {
  printf("peak %d %g\n", threads,
         edist_roofline_sum(kernel, EDIST_ACCUMULATE_sqdist, threads, 0.1));
  printf("root %d %g\n", threads, edist_roofline_root(kernel, threads, 0.1));
  print_touch(threads);
}

/* What follows from the sizes of blocks, without a run. */
static void print_plan(const struct edist_kernel *kernel,
                       const struct task *task, int threads) {
  const struct edist_source x = {.nrow = task->n, .ncol = task->p};
  const bool dist = task->answer == DIST;
  struct edist_sink_matrix cross = edist_sink_cross(NULL, task->n, task->n);
  struct edist_sink_packed packed = edist_sink_packed(NULL, task->n);
  const struct edist_job job = {.a = &x,
                                .b = dist ? NULL : &x,
                                .metric = edist_metric_find("euclidean"),
                                .kernel = kernel,
                                .sink = dist ? &packed.sink : &cross.sink,
                                .threads = threads};
  const struct edist_blocks blocks =
      edist_blocks_make(task->n, task->n, task->p,
                        dist ? EDIST_REGION_triangle : EDIST_REGION_rectangle,
                        0, kernel, threads);
  printf("scratch_%s %d %zu\n", task->name, threads, edist_run_scratch(&job));
  printf("imbalance_%s %d %g\n", task->name, threads, imbalance(&blocks));
}

int main(int argc, char **argv) {
  const struct edist_isa *isa = edist_isa_choose();
  const double seconds = argc > 1 ? atof(argv[1]) : 1;
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (!isa) return 1;
  const struct edist_kernel *kernel = isa->kernel;
  for (int a = 2; a < argc; a++) {
    const int threads = atoi(argv[a]);
    if (threads <= cores) print_rates(kernel, threads);
    for (int t = 0; t < TASKS; t++) {
      const struct cost cost = least_cost(kernel, &tasks[t], threads, seconds);
      printf("%s %d %g\n", tasks[t].name, threads, cost.seconds);
      printf("cpu_%s %d %g\n", tasks[t].name, threads, cost.cpu);
      if (tasks[t].answer != NEAREST) print_plan(kernel, &tasks[t], threads);
      if (threads <= cores) print_touch(threads);
    }
    fflush(stdout);
  }
  return 0;
}
