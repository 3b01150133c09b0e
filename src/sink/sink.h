/* A sink turns finished pieces of the table of distances into the answer.
 *
 * The engine calls begin once, then block for every piece, from any thread,
 * then end once; begin and end on the calling thread. No two pieces share a
 * pair, so sinks whose answers are disjoint by pair need no locks. */
#ifndef EDIST_SINK_H
#define EDIST_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* Rows i0 .. i1-1 of x and rows j0 .. j1-1 of y: the sums of their pairs,
 * column-major with leading dimension ld. With a single x, only pairs with i >=
 * j count. */
struct edist_block {
  size_t i0, i1, j0, j1;
  double *sum;
  size_t ld;
  size_t column; /* the first row of y that shares a column of blocks with j0 */
  unsigned seen; /* of enum edist_seen, among the values of these rows */
  bool counted;  /* columns may have been left out: sums are to be rescaled */
  int thread;    /* that brings it, from 0 */
  /* What makes distances of sums, those of rows i .. i_end-1 of x and row j of
   * y: into `to`, which may be where their sums are. A sink finishes what it
   * keeps, where it keeps it. */
  void (*finish)(const struct edist_block *block, size_t i, size_t i_end,
                 size_t j, double *to);
};

/* How the engine is going to walk: at most so many threads, and rows of y in a
 * column of blocks. */
struct edist_walk {
  int threads;
  size_t column;
};

struct edist_sink {
  /* False if there is no memory. */
  bool (*begin)(struct edist_sink *sink, const struct edist_walk *walk);
  void (*block)(struct edist_sink *sink, const struct edist_block *block);
  void (*end)(struct edist_sink *sink);
  bool stream; /* what it finishes is too large to stay in caches */
};

/* For sinks that need no end. */
void edist_sink_nothing(struct edist_sink *sink);

/* A matrix of nrow rows by ncol columns. */
struct edist_sink_matrix {
  struct edist_sink sink;
  double *out;
  size_t nrow, ncol;
};
struct edist_sink_matrix edist_sink_cross(double *out, size_t nrow,
                                          size_t ncol);
/* The same, both halves filled from the pairs i >= j. */
struct edist_sink_matrix edist_sink_symmetric(double *out, size_t n);

/* The packed lower triangle of R's dist objects, n(n-1)/2 values. */
struct edist_sink_packed {
  struct edist_sink sink;
  double *out;
  size_t n;
};
struct edist_sink_packed edist_sink_packed(double *out, size_t n);

/* The pairs of a diagonal. */
struct edist_sink_pairs {
  struct edist_sink sink;
  double *out;
};
struct edist_sink_pairs edist_sink_pairs(double *out);

/* Number of pairs i > j among n, and where pair i > j stands: size_t holds
 * every n that R's long vectors allow, where int overflows past n = 46 341. */
size_t edist_packed_length(size_t n);
size_t edist_packed_index(size_t n, size_t i, size_t j);

#endif
