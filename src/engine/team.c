/* Signal masks are no part of C17. */
#define _GNU_SOURCE
#include "engine/team.h"

#include <stdbool.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <float.h>
#include <process.h>
#include <windows.h>
#else
#include <pthread.h>
#include <signal.h>
#endif

struct member {
  edist_parallel_body *body;
  void *data;
  int number;
#if defined(_WIN32)
  HANDLE thread;
#else
  pthread_t thread;
#endif
};

static _Thread_local int own_number = 0;

int edist_team_number(void) { return own_number; }

static void work(const struct member *member) {
  own_number = member->number;
  member->body(member->data, member->number);
}

#if defined(_WIN32)

/* The calling thread works with the precision that the C library has set, a new
 * one with the system's: pow() would differ. */
static unsigned __stdcall begin(void *member) {
  _fpreset();
  work(member);
  return 0;
}

static bool start(struct member *member) {
  member->thread = (HANDLE)_beginthreadex(NULL, 0, begin, member, 0, NULL);
  return member->thread != 0;
}

static void join(struct member *member) {
  WaitForSingleObject(member->thread, INFINITE);
  CloseHandle(member->thread);
}

#else

static void *begin(void *member) {
  work(member);
  return NULL;
}

/* Signals are for the calling thread, where R handles them: the new thread
 * inherits the mask. */
static bool start(struct member *member) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(&member->thread, NULL, begin, member);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed == 0;
}

static void join(struct member *member) { pthread_join(member->thread, NULL); }

#endif

int edist_team_run(int threads, edist_parallel_body *body, void *data) {
  struct member *member = calloc((size_t)threads, sizeof *member);
  if (!member) threads = 1;
  int started = 1;
  while (started < threads) {
    struct member *next = member + started;
    *next = (struct member){.body = body, .data = data, .number = started};
    if (!start(next)) break;
    started++;
  }
  body(data, 0);
  for (int m = 1; m < started; m++) join(member + m);
  free(member);
  return started;
}
