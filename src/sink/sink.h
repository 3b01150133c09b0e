/* A sink turns strips of the table of distances into the answer.
 *
 * The engine calls begin once, then take for every strip, from any thread, then
 * end once; begin and end on the calling thread. No two strips share a pair, so
 * sinks whose answers are disjoint by pair need no locks. */
#ifndef EDIST_SINK_H
#define EDIST_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* Rows i0 .. i1-1 of side a and rows j0 .. j1-1 of side b: the sums of their
 * pairs, column-major with leading dimension ld. With a single side, only pairs
 * with i >= j count. */
struct edist_strip {
  size_t i0, i1, j0, j1;
  double *sum;
  size_t ld;
  size_t slab;    /* the first row of b in this strip's slab */
  unsigned flags; /* of enum edist_value_flags, for the values of these rows */
  bool counted;   /* columns may have been left out: sums need rescaling */
  int thread;     /* that delivers it, from 0 */
  /* Makes distances of the sums of rows i .. i_end-1 and row j, into `to`,
   * which may be where the sums are. A sink calls it for what it keeps, with
   * the place where it keeps it. */
  void (*epilogue)(const struct edist_strip *strip, size_t i, size_t i_end,
                   size_t j, double *to);
};

/* How the engine is going to walk: the largest number of threads, and of rows
 * of b in a slab. */
struct edist_walk {
  int threads;
  size_t slab;
  bool any_order;   /* rows of the base come in any order, by selector alone */
  bool both_halves; /* a single side comes with pairs i < j, too */
};

/* Queries that a search does together, for a sink that selects. */
struct edist_batch {
  int thread;
  size_t count;
  const int *query; /* rows of b, from 0 */
  double *limit;    /* base rows whose rank is larger do not matter; */
  double *sure;     /* less than this certainly do; wants() decides between */
};

struct edist_sink;

/* Base rows that a search offers at once, a multiple of every kernel's mr. */
enum { EDIST_MAX_OFFER = 24 };

/* What a search (search/search.h) needs of a sink. The rank of a base row is
 * its value, or the negative of it where the farthest are sought. */
struct edist_selector {
  bool farthest;
  /* How many rows to look at before limits mean something. */
  size_t (*start_rows)(const struct edist_sink *sink);
  /* Begins the answers of a batch, and sets its limits. */
  void (*open)(struct edist_sink *sink, const struct edist_batch *batch);
  /* Whether base rows of at least this rank and index may matter to a query of
   * the batch, where the limits do not tell; NULL: they do. */
  bool (*wants)(const struct edist_sink *sink, const struct edist_batch *batch,
                size_t q, double rank, int row);
  /* Some base rows within the limit: those at `count` positions of value[] and
   * row[], at most EDIST_MAX_OFFER. False stops the run, here and below. */
  bool (*offer)(struct edist_sink *sink, const struct edist_batch *batch,
                size_t q, const double *value, const int *row,
                const unsigned *position, size_t count);
  /* That many base rows, perhaps the query's own among them, have no larger
   * value than the limit. NULL: the sink needs to see each. */
  void (*count)(struct edist_sink *sink, const struct edist_batch *batch,
                size_t q, size_t count);
  bool (*close)(struct edist_sink *sink, const struct edist_batch *batch);
};

struct edist_sink {
  /* False if there is no memory. */
  bool (*begin)(struct edist_sink *sink, const struct edist_walk *walk);
  /* Whether to go on; false stops the run. */
  bool (*take)(struct edist_sink *sink, const struct edist_strip *strip);
  void (*end)(struct edist_sink *sink);
  bool stream; /* its distances are too large to stay in the caches */
  bool direct; /* it takes distances by epilogue() alone, never sums */
  bool halves; /* of a single side it takes either half of the table, or both */
  const struct edist_selector *selector; /* NULL: it needs every pair */
};

/* For sinks that need no end. */
void edist_sink_nothing(struct edist_sink *sink);

/* A matrix of nrow rows by ncol columns. */
struct edist_sink_matrix {
  struct edist_sink sink;
  double *out;
  size_t nrow, ncol;
  bool mirror; /* what is written has a mirror image */
};
struct edist_sink_matrix edist_sink_cross(double *out, size_t nrow,
                                          size_t ncol);
/* The same, of a side with itself: both halves, and a diagonal of 0. */
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

/* Number of pairs i > j among n, and the position of pair i > j. size_t holds
 * every n that R's long vectors allow, where int overflows past n = 46 341. */
size_t edist_packed_length(size_t n);
size_t edist_packed_index(size_t n, size_t i, size_t j);

#endif
