/* A number that nobody else has: names made of it cannot meet, though hosts and
 * processes of several containers may be called the same. */
#ifndef EDIST_TOKEN_H
#define EDIST_TOKEN_H

#include <stdint.h>

/* Random as the system has it, in a forked process too. */
uint64_t edist_token(void);

#endif
