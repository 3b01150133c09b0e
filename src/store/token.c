#ifdef _WIN32
#define _CRT_RAND_S /* rand_s() */
#endif

#include "store/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef _WIN32
static int random_bits(uint64_t *token) {
  unsigned low, high;
  if (rand_s(&low) != 0 || rand_s(&high) != 0) return 0;
  *token = (uint64_t)high << 32 | low;
  return 1;
}
#else
static int random_bits(uint64_t *token) {
  FILE *stream = fopen("/dev/urandom", "rb");
  if (!stream) return 0;
  setvbuf(stream, NULL, _IONBF, 0);
  const int good = fread(token, sizeof *token, 1, stream) == 1;
  fclose(stream);
  return good;
}
#endif

uint64_t edist_token(void) {
  uint64_t token;
  if (random_bits(&token)) return token;
  /* Without such a file the time of day, and of this process, must do. */
  return (uint64_t)time(NULL) << 32 ^ (uint64_t)clock();
}
