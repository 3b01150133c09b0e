/* The sinks that keep a small part of all distances. Rows of y are the queries,
 * rows of x what they are compared with: so values of a query come side by
 * side, and each query's in order, from one thread (edist_stretch()). */
#ifndef EDIST_SELECT_H
#define EDIST_SELECT_H

#include "sink/compare.h"

/* What a query has found: a candidate is before another if its distance is less,
 * or the same and it stands before the other in x. */
struct edist_candidate {
  double value; /* as values are compared, see sink/compare.h */
  int index;    /* from 0 */
};

/* The k rows of x nearest to each query. */
struct edist_sink_nearest {
  struct edist_sink sink;
  struct edist_compare compare;
  size_t nrow, ncol, k; /* k is at least 1 */
  const int *self;      /* which row of x each query is; NULL: none */
  size_t stretch;
  /* The answer: ncol by k, column-major; indices from 1. Where there are too
   * few neighbours, `no_index` and compare.finishing.missing. */
  int *index, no_index;
  double *distance;
  struct edist_nearest_lists *lists; /* of each thread */
  int threads;
  struct edist_candidate *parts; /* of each stretch, if there are several */
};
struct edist_sink_nearest edist_sink_nearest(int *index, double *distance,
                                             size_t nrow, size_t ncol, size_t k,
                                             const int *self, int no_index);

/* All rows of x within a radius of each query, or how many there are. */
struct edist_sink_within {
  struct edist_sink sink;
  struct edist_compare compare;
  size_t ncol;
  bool self;     /* x is y: no row is near itself */
  bool triangle; /* ... and only rows after the query's own are asked for */
  bool keep;     /* the pairs, not only their number */
  size_t stretch, stretches;
  const double *limit, *radius; /* of each query, for values and distances */
  size_t *count; /* of each query and stretch, stretches side by side */
  struct edist_within_hits *hits; /* of each thread */
  int threads;
  size_t most; /* hits to be kept */
  atomic_size_t kept;
};
struct edist_sink_within edist_sink_within(size_t nrow, size_t ncol,
                                           const double *limit,
                                           const double *radius, size_t *count,
                                           bool self, bool triangle, bool keep,
                                           size_t most);
/* Where the hits of each query begin, ncol + 1 numbers. */
void edist_within_starts(const struct edist_sink_within *within, double *start);
/* The hits of one query after the other, in the order of x; indices from
 * `first`. `query` may be NULL. Gives their memory back as it goes. */
void edist_within_fill(struct edist_sink_within *within, int first, int *query,
                       int *index, double *distance);
void edist_within_free(struct edist_sink_within *within);

/* The largest number whose root is at most `radius`: roots need not be taken to
 * compare them with it, if it is far from overflow and underflow, though sums are
 * multiplied by as much as `rescaled`. */
double edist_square_limit(double radius);
bool edist_square_safe(double radius, double rescaled);

/* One number per query, and group of rows of x. */
enum edist_stat {
  EDIST_STAT_min,
  EDIST_STAT_max,
  EDIST_STAT_sum,
  EDIST_STAT_mean,
  EDIST_STAT_count,
};

/* Rows of x that one thread adds up, all of one group. */
struct edist_piece {
  size_t i0, i1, group;
};

struct edist_reduced {
  double value, lost; /* the sum, and what rounding took from it */
  bool scaled;        /* the sum is in units of EDIST_SUM_UNIT */
  size_t there;       /* how many values; or the best one's index, from 1 */
};

/* Sums of distances that overflow go on in units so large that they do not. */
#define EDIST_SUM_UNIT 0x1p64

struct edist_sink_reduce {
  struct edist_sink sink;
  struct edist_compare compare;
  size_t ncol, groups;
  enum edist_stat stat;
  const int *self;     /* which row of x each query is; NULL: none */
  const double *limit; /* of each query, for count */
  const size_t *end;   /* of each group: these stand side by side in x */
  size_t stretch, npieces;
  struct edist_piece *piece;
  struct edist_reduced *part;   /* of each query and piece */
  struct edist_reduced *answer; /* ncol by groups */
};
struct edist_sink_reduce edist_sink_reduce(enum edist_stat stat, size_t nrow,
                                           size_t ncol, const size_t *end,
                                           size_t groups,
                                           struct edist_reduced *answer);

#endif
