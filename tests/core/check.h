/* What the tests of the C core share: checks that are counted, tests that have
 * names, and data. The core is tested here without R, so that sanitizers, an
 * emulator and other compilers can run it. */
#ifndef EDIST_CHECK_H
#define EDIST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kernel.h"

/* Counts a check. If it fails, prints the place, the test, and what follows,
 * which is a format as of printf(). */
#define CHECK(good, ...) check_at((good), __FILE__, __LINE__, __VA_ARGS__)

/* MinGW's printf() is that of C if it is asked for, see tools/windows.sh. */
#if defined(__MINGW32__) && !defined(__clang__)
#define CHECK_PRINTF gnu_printf
#else
#define CHECK_PRINTF printf
#endif
#if defined(__GNUC__)
__attribute__((format(CHECK_PRINTF, 4, 5)))
#endif
void check_at(bool good, const char *file, int line, const char *format, ...);

/* A test has one of these functions: `run` is called once, `run_with` once for
 * each instruction set that runs on this machine. */
struct test {
  const char *name;
  void (*run)(void);
  void (*run_with)(const struct edist_kernel *kernel);
};

/* One table for each subject; the last row has no name. To add a test, write
 * it in the file of its subject and give it a row in the table there. */
extern const struct test approach_tests[], axes_tests[], engine_tests[],
    kernel_tests[], kill_tests[], method_tests[], screen_tests[],
    search_tests[], selection_tests[], sink_tests[], source_tests[],
    store_tests[], thread_tests[];

/* Twice a tile's largest side, and one: tests go up to this number of rows. */
enum { SEVERAL_TILES = 2 * 24 + 1 };

/* Whole numbers from -128 to 127. All sums of them are exact, so results must
 * be identical to the formula. Free with free(). */
double *whole_numbers(size_t length, unsigned seed);

/* Random numbers from 0 to 1, the next of a sequence. */
double next_unit(unsigned long long *state);

/* Makes the numbers small, and many of them 0. Of a thousand values, `holes`
 * become missing or infinite. */
void punch(double *x, size_t length, unsigned holes, unsigned seed);

/* The Euclidean distance of row i of x (n rows) and row j of y (m rows). */
double formula(const double *x, size_t n, size_t i, const double *y, size_t m,
               size_t j, size_t p);

/* Equal, both NaN, or within `tolerance` times b. */
bool alike(double a, double b, double tolerance);

/* Memory for a result, between two guard values that show whether anything was
 * written outside of it. Free with guarded_free(). */
double *guarded(size_t length);
bool guards_hold(const double *out, size_t length);
void guarded_free(double *out);

#endif
