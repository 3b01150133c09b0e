#include "engine/progress.h"

#include "engine/clock.h"
#include "engine/parallel.h"

/* How often the callback is called: Ctrl-C feels immediate, and calling costs
 * nothing. */
static const double CALLBACK_SECONDS = 0.05;

/* Threads that work together finish within this time. */
static const double SPIN_SECONDS = 1e-3;

void edist_progress_begin(struct edist_progress *p,
                          struct edist_callback callback, double total) {
  *p = (struct edist_progress){
      .callback = callback, .total = total, .called = edist_seconds()};
}

bool edist_progress_go_on(struct edist_progress *p) {
  if (atomic_load_explicit(&p->stop, memory_order_relaxed)) return false;
  if (edist_parallel_thread() != 0 || !p->callback.go_on) return true;
  const double waited = edist_seconds() - p->called;
  if (waited < CALLBACK_SECONDS) return true;
  const double done = (double)atomic_load(&p->done) / p->total;
  const bool go_on = p->callback.go_on(p->callback.data, done);
  p->called = edist_seconds();
  if (!go_on) edist_progress_cancel(p);
  return go_on;
}

void edist_progress_cancel(struct edist_progress *p) {
  p->cancelled = true;
  atomic_store(&p->stop, true);
}

void edist_progress_enter(struct edist_progress *p) {
  atomic_fetch_add(&p->working, 1);
}

/* At first the calling thread spins, as it would at the end of the parallel
 * region. */
void edist_progress_leave(struct edist_progress *p) {
  atomic_fetch_sub(&p->working, 1);
  if (edist_parallel_thread() != 0) return;
  const double since = edist_seconds();
  int waits = 0;
  while (atomic_load(&p->working) > 0 && edist_progress_go_on(p)) {
    if (edist_seconds() - since < SPIN_SECONDS) {
      edist_pause(0);
    } else {
      edist_wait(waits++);
    }
  }
}
