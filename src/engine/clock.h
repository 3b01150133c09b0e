#ifndef EDIST_CLOCK_H
#define EDIST_CLOCK_H

/* Seconds since some moment, by a clock that nobody sets. */
double edist_seconds(void);

/* Lets other threads run for this long, or for a moment if it is 0. */
void edist_pause(double seconds);

/* Waits for another thread; `waits` counts the calls so far, for the same
 * thing. Looks again at once, then lets others run, then sleeps, twice as long
 * each time, up to a millisecond. */
void edist_wait(int waits);

#endif
