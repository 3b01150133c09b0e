#ifndef EDIST_CLOCK_H
#define EDIST_CLOCK_H

/* Seconds since some moment; the clock may jump when it is set. */
double edist_seconds(void);

/* Lets other threads run for this long, or for a moment if it is 0. */
void edist_pause(double seconds);

#endif
