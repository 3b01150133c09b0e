#ifndef EDIST_CLOCK_H
#define EDIST_CLOCK_H

/* Seconds since some moment; the clock may be set and jump. */
double edist_seconds(void);

#endif
