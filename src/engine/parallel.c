/* stat() and threads are no part of C17. */
#define _GNU_SOURCE
#include "engine/parallel.h"

#include <stdint.h>
#include <stdlib.h>

#include "engine/team.h"
#include "engine/threads.h"

#if defined(_OPENMP)
#include <omp.h>
#endif
#if !defined(_WIN32)
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#endif

static struct edist_parallel_short fell_short;

struct edist_parallel_short edist_parallel_short(void) {
  const struct edist_parallel_short told = fell_short;
  fell_short = (struct edist_parallel_short){0, 0};
  return told;
}

static void fall_short(int wanted, int had) {
  if (!fell_short.wanted || had < fell_short.had) {
    fell_short = (struct edist_parallel_short){wanted, had};
  }
}

#if defined(_OPENMP) && !defined(_WIN32)

/* Threads tried beyond those needed: their stacks leave room for what OpenMP
 * itself allocates. */
enum { SPARE = 2 };

/* Threads of this process, 0 if unknown: a stat() takes a microsecond. */
static long alive(void) {
  struct stat tasks;
  return stat("/proc/self/task", &tasks) == 0 ? (long)tasks.st_nlink : 0;
}

/* In bytes, as OpenMP reads "4096", "64M" or "1 g"; 0 if not set. */
static size_t stack_set(void) {
  const char *text = getenv("OMP_STACKSIZE");
  if (!text) text = getenv("GOMP_STACKSIZE");
  if (!text) return 0;
  char *unit;
  const unsigned long value = strtoul(text, &unit, 10);
  if (unit == text) return 0;
  while (*unit == ' ') unit++;
  int shift = 10;
  if (*unit == 'b' || *unit == 'B') shift = 0;
  if (*unit == 'm' || *unit == 'M') shift = 20;
  if (*unit == 'g' || *unit == 'G') shift = 30;
  return value > (SIZE_MAX >> shift) ? 0 : (size_t)value << shift;
}

/* All threads wait here until as many as possible exist at once. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *pass_gate(void *nothing) {
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return nothing;
}

/* How many threads can be started besides this one, up to `max`. */
static int startable(int max) {
  pthread_t *thread = malloc((size_t)max * sizeof *thread);
  if (!thread) return 0;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) {
    free(thread);
    return 0;
  }
  const size_t stack = stack_set();
  if (stack >= (size_t)PTHREAD_STACK_MIN) {
    pthread_attr_setstacksize(&attributes, stack);
  }
  int started = 0;
  pthread_mutex_lock(&gate);
  while (started < max &&
         pthread_create(thread + started, &attributes, pass_gate, NULL) == 0) {
    started++;
  }
  pthread_mutex_unlock(&gate);
  for (int k = 0; k < started; k++) pthread_join(thread[k], NULL);
  pthread_attr_destroy(&attributes);
  free(thread);
  return started;
}

/* OpenMP keeps the threads of its last region. If another package's region
 * needed fewer since, fewer are alive. */
static int had = 1;
static long had_alive = 0;

static int can_have(int wanted) {
  if (wanted <= had && alive() >= had_alive) {
    had = wanted;
    return wanted;
  }
  const int extra = wanted > INT_MAX - SPARE ? wanted : wanted - 1 + SPARE;
  const int started = startable(extra);
  had = started >= extra ? wanted : started <= SPARE ? 1 : started - SPARE + 1;
  return had;
}

static void remember(void) { had_alive = alive(); }

#else

static void remember(void) {}

/* A team does without threads that the system refuses. */
static int can_have(int wanted) { return wanted; }

#endif

int edist_parallel_threads(int wanted) {
  if (wanted <= 1 || edist_threads_forked()) return 1;
  const int had = can_have(wanted);
  if (had < wanted) fall_short(wanted, had);
  return had;
}

void edist_parallel(int threads, edist_parallel_body *body, void *data) {
  threads = edist_parallel_threads(threads);
  if (threads == 1) {
    body(data, 0);
    return;
  }
#ifdef _OPENMP
#pragma omp parallel num_threads(threads)
  body(data, omp_get_thread_num());
#else
  const int had = edist_team_run(threads, body, data);
  if (had < threads) fall_short(threads, had);
#endif
  remember();
}

int edist_parallel_thread(void) {
#ifdef _OPENMP
  return omp_get_thread_num();
#else
  return edist_team_number();
#endif
}
