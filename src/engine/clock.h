#ifndef EDIST_CLOCK_H
#define EDIST_CLOCK_H

/* Seconds since some moment; the clock may be set and jump. */
double edist_seconds(void);

/* Lets others run for so long, or for a moment if that is 0. */
void edist_pause(double seconds);

#endif
