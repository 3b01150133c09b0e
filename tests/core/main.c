/* Runs the tests of the C core, or with an argument those whose names contain
 * it: first the tests that need no kernel, then the others for each instruction
 * set. Prints a line for each instruction set; exits with status 1 if a check
 * fails, with 2 if no name contains the argument. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "isa/isa.h"

static const struct test *const tables[] = {
    approach_tests, thread_tests, kill_tests,   store_tests,  engine_tests,
    sink_tests,     kernel_tests, method_tests, source_tests, selection_tests,
    search_tests,   screen_tests, axes_tests};
enum { TABLES = sizeof tables / sizeof *tables };

/* After this many failures the rest is only counted. */
enum { MAX_PRINTED = 20 };

static long checks = 0, failures = 0;
static const char *test_name, *isa_name;

void check_at(bool good, const char *file, int line, const char *format, ...) {
  checks++;
  if (good) return;
  failures++;
  if (failures > MAX_PRINTED) return;
  fprintf(stderr, "%s:%d: FAILED %s%s%s: ", file, line, test_name,
          isa_name ? ", " : "", isa_name ? isa_name : "");
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
}

static bool selected(const struct test *test, const char *filter) {
  return !filter || strstr(test->name, filter);
}

/* Without a kernel, the tests that need none. */
static void run_all(const char *filter, const struct edist_kernel *kernel) {
  for (int t = 0; t < TABLES; t++) {
    for (const struct test *test = tables[t]; test->name; test++) {
      if (!selected(test, filter) || !test->run == !kernel) continue;
      test_name = test->name;
      if (kernel) {
        test->run_with(kernel);
      } else {
        test->run();
      }
    }
  }
}

static int count_names(const char *filter) {
  int count = 0;
  for (int t = 0; t < TABLES; t++) {
    for (const struct test *test = tables[t]; test->name; test++) {
      count += selected(test, filter);
    }
  }
  return count;
}

static void print_names(FILE *stream) {
  for (int t = 0; t < TABLES; t++) {
    for (const struct test *test = tables[t]; test->name; test++) {
      fprintf(stream, " %s", test->name);
    }
  }
  fputc('\n', stream);
}

int main(int argc, char **argv) {
  const char *filter = argc > 1 && *argv[1] ? argv[1] : NULL;
  if (count_names(filter) == 0) {
    fprintf(stderr,
            "core: no test has '%s' in its name; the names are:", filter);
    print_names(stderr);
    return 2;
  }
  run_all(filter, NULL);
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    if (!isa->runs()) {
      printf("%s does not run here\n", isa->name);
      continue;
    }
    isa_name = isa->name;
    run_all(filter, isa->kernel);
    printf("%s: %ld checks, %ld failures\n", isa->name, checks, failures);
  }
  return failures != 0;
}
