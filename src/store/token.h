/* A number that no other process has. Names made of it never collide, even
 * where hosts and processes of several containers have the same names. */
#ifndef EDIST_TOKEN_H
#define EDIST_TOKEN_H

#include <stdint.h>

/* From the system's random numbers, in a forked process too. */
uint64_t edist_token(void);

#endif
