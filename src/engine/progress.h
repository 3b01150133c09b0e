/* How far a run of several threads is, and whether it goes on. */
#ifndef EDIST_PROGRESS_H
#define EDIST_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Called on the calling thread, some twenty times a second; `done` is the share
 * of the work finished so far. Returning false cancels the run. */
struct edist_callback {
  bool (*go_on)(void *data, double done);
  void *data;
};

struct edist_progress {
  struct edist_callback callback;
  double total; /* the work, in whatever is counted */
  atomic_ullong done;
  atomic_int working; /* threads */
  atomic_bool stop;   /* set by any thread that wants all to stop */
  bool cancelled;     /* by the callback; the calling thread's, as is: */
  double called;      /* when the callback was called last */
};

/* Fills `progress`, of which other threads may not know yet. */
void edist_progress_begin(struct edist_progress *progress,
                          struct edist_callback callback, double total);

/* Whether to go on. Only the calling thread may enter R, so only it calls the
 * callback; the others see the outcome. */
bool edist_progress_go_on(struct edist_progress *progress);

/* Cancels the run, as the callback does; by the calling thread. */
void edist_progress_cancel(struct edist_progress *progress);

/* For every thread, around its work. The calling thread then keeps calling the
 * callback until all others are done. */
void edist_progress_enter(struct edist_progress *progress);
void edist_progress_leave(struct edist_progress *progress);

#endif
