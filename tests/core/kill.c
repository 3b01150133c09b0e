/* A writer that is killed at any point leaves a complete tile, or what was
 * there before. Linux only: ptrace() stops the writer at every system call. */
#define _GNU_SOURCE /* kill() is not part of C17 */
#include "check.h"

#if defined(__linux__)
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/tile-file.h"

enum { ROWS = 33, COLUMNS = 40, CELLS = ROWS * COLUMNS };

/* The process that is to be killed. It exits with status 1 if the tile could
 * not be written, with 2 if processes cannot be traced here. */
static void write_traced(const struct edist_file *file, double value) {
  static double x[CELLS];
  for (int i = 0; i < CELLS; i++) x[i] = value;
  const struct edist_tile tile = {x, ROWS, COLUMNS, false};
  const struct edist_tile_shape shape = {ROWS, COLUMNS};
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(2);
  raise(SIGSTOP);
  _exit(edist_tile_write(file, &tile, &shape) != 0);
}

/* Writes a tile of this value in a process that is killed at its stop of this
 * number: it stops before and after each system call. 1 if it was killed, 0 if
 * not, -1 if processes cannot be traced here. */
static int killed_writing(const struct edist_file *file, double value,
                          int stop) {
  const pid_t child = fork();
  if (child == 0) write_traced(file, value);
  int status;
  waitpid(child, &status, 0);
  for (int at = 0; WIFSTOPPED(status); at++) {
    if (at == stop) kill(child, SIGKILL);
    if (at < stop) ptrace(PTRACE_SYSCALL, child, NULL, NULL);
    waitpid(child, &status, 0);
  }
  if (WIFSIGNALED(status)) return 1;
  CHECK(WEXITSTATUS(status) != 1, "a tile whose writer is not killed");
  return WEXITSTATUS(status) == 2 ? -1 : 0;
}

/* The value of all cells of a tile; -2 if it is incomplete, -1 if there is no
 * file. */
static double tile_value(const char *file) {
  static double x[CELLS + 1];
  FILE *stream = fopen(file, "rb");
  if (!stream) return -1;
  const size_t n = fread(x, sizeof *x, CELLS + 1, stream);
  fclose(stream);
  for (size_t i = 1; i < n; i++) {
    if (x[i] != x[0]) return -2;
  }
  return n == CELLS ? x[0] : -2;
}

/* Kills a writer at this stop, where there is no tile before (-1) or one of
 * this value. */
static int check_stop(double before, int stop) {
  const char *whole = "core-killed";
  char part[64];
  snprintf(part, sizeof part, "core-killed-%d-%g.part", stop, before);
  const struct edist_file file = {part, whole};
  remove(whole);
  if (before > 0) killed_writing(&file, before, INT_MAX);
  const int killed = killed_writing(&file, 2, stop);
  const double now = tile_value(whole);
  CHECK(killed < 0 || now == 2 || (killed && now == before),
        "killed at stop %d: the tile is %g, and was %g", stop, now, before);
  remove(part);
  remove(whole);
  return killed;
}

static void test_kill(void) {
  int killed = 1, stops = 0;
  for (; killed == 1; stops++) {
    killed = check_stop(-1, stops);
    if (killed == 1) killed = check_stop(1, stops);
  }
  if (killed < 0) {
    printf("Processes cannot be traced here: no writer was killed.\n");
  } else {
    CHECK(stops > 10, "%d stops", stops);
  }
}

const struct test kill_tests[] = {{.name = "store-kill", .run = test_kill},
                                  {0}};
#else
const struct test kill_tests[] = {{0}};
#endif
