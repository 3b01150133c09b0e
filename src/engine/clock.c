/* clock_gettime(), nanosleep() and sched_yield() are no part of C17. */
#define _DEFAULT_SOURCE
#include "engine/clock.h"

#include <time.h>

#if defined(_WIN32)
#include <windows.h>
#else
#include <sched.h>
#endif

double edist_seconds(void) {
#if defined(_WIN32)
  LARGE_INTEGER ticks, per_second;
  QueryPerformanceCounter(&ticks);
  QueryPerformanceFrequency(&per_second);
  return (double)ticks.QuadPart / (double)per_second.QuadPart;
#else
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
#endif
}

void edist_pause(double seconds) {
#if defined(_WIN32)
  Sleep((DWORD)(seconds * 1000));
#else
  if (seconds > 0) {
    const struct timespec t = {.tv_nsec = (long)(seconds * 1e9)};
    nanosleep(&t, NULL);
  } else {
    sched_yield();
  }
#endif
}

void edist_wait(int waits) {
  enum { LOOKS = 64, YIELDS = 50, DOUBLINGS = 6 };
  if (waits < LOOKS) return;
  waits -= LOOKS + YIELDS;
  const int doublings = waits < DOUBLINGS ? waits : DOUBLINGS;
  edist_pause(waits < 0 ? 0 : 2e-5 * (double)(1 << doublings));
}
