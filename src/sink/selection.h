/* The sinks that select: they keep a small part of all distances. Side b holds
 * the queries, side a the base in which each query finds its answer. So values
 * of a query lie side by side, and arrive in order, from one thread, chunk by
 * chunk (edist_chunk_rows()). */
#ifndef EDIST_SELECTION_H
#define EDIST_SELECTION_H

#include "sink/ranking.h"

/* Candidates are ordered by distance, then by index. */
struct edist_candidate {
  double value; /* a surrogate or a distance, see sink/ranking.h */
  int index;    /* of the base, from 0 */
};

/* The k rows of the base nearest to each query. */
struct edist_sink_nearest {
  struct edist_sink sink;
  struct edist_ranking ranking;
  size_t nbase, nquery, k; /* k is at least 1 */
  const int *base_row;     /* of each query, if it is in the base; or NULL */
  /* Of each query, the largest surrogate and distance that count; or NULL. */
  const double *limit, *radius;
  size_t chunk;   /* rows */
  bool any_order; /* as in struct edist_walk */
  /* The answer: nquery by k, column-major; indices from 1. Where there are too
   * few neighbours, `no_index` and ranking.epilogue.missing. */
  int *index, no_index;
  double *distance;
  struct edist_nearest_lists *lists; /* of each thread */
  int threads;
  struct edist_candidate *partial; /* of each chunk, if there are several */
};
struct edist_sink_nearest edist_sink_nearest(int *index, double *distance,
                                             size_t nbase, size_t nquery,
                                             size_t k, const int *base_row,
                                             int no_index);

/* All rows of the base within a radius of each query. */
struct edist_sink_within {
  struct edist_sink sink;
  struct edist_ranking ranking;
  size_t nquery;
  bool own_base; /* the queries are the base: no row is near itself */
  bool triangle; /* ... and only rows after the query's own are wanted */
  size_t chunk, nchunk;
  const double *limit, *radius; /* of each query, for surrogates, distances */
  size_t *count; /* of each query and chunk, chunks of a query side by side */
  struct edist_within_hits *hits;   /* of each thread */
  struct edist_within_batch *found; /* of each thread, for one group */
  int threads;
  size_t max_hits; /* there is memory for */
  atomic_size_t kept;
  atomic_bool full; /* hits did not fit: the answer is incomplete */
};
struct edist_sink_within edist_sink_within(size_t nbase, size_t nquery,
                                           const double *limit,
                                           const double *radius, bool own_base,
                                           bool triangle, size_t max_hits);
/* Where the hits of each query begin, nquery + 1 numbers; 0 before a run. */
void edist_within_starts(const struct edist_sink_within *within, double *start);
/* The hits of one query after the other, in the order of the base; indices from
 * `first`. `query` may be NULL. Frees their memory on the way. */
void edist_within_fill(struct edist_sink_within *within, int first, int *query,
                       int *index, double *distance);
void edist_within_free(struct edist_sink_within *within);

/* The largest number whose root is at most `radius`: surrogates can be compared
 * with it if it is safe, far from overflow and underflow even when sums are
 * multiplied by `rescale`. */
double edist_square_limit(double radius);
bool edist_square_safe(double radius, double rescale);

/* One number per query and group of base rows. */
enum edist_stat {
  EDIST_STAT_min,
  EDIST_STAT_max,
  EDIST_STAT_sum,
  EDIST_STAT_mean,
  EDIST_STAT_count,
};

/* Rows of the base, in one group and one chunk, whose distances one thread
 * adds. */
struct edist_segment {
  size_t i0, i1, group;
};

struct edist_reduced {
  double value;
  size_t count; /* of distances, for other stats than an extreme */
  size_t at;    /* the row of an extreme, from 1; 0: there is none */
};

struct edist_sink_reduce {
  struct edist_sink sink;
  struct edist_ranking ranking;
  size_t nquery, groups;
  enum edist_stat stat;
  const int *base_row; /* of each query, if it is in the base; or NULL */
  const double *limit; /* of each query, for count */
  const size_t *end;   /* of each group: its rows stand together in the base */
  size_t chunk, nsegment;
  struct edist_segment *segment;
  struct edist_partial *partial; /* of each query and segment */
  struct edist_reduced *answer;  /* nquery by groups */
};
/* `queries` decides where sums are cut, and so their bits: the number of
 * queries of the whole answer, of which this run may do some. */
struct edist_sink_reduce edist_sink_reduce(enum edist_stat stat, size_t nbase,
                                           size_t nquery, size_t queries,
                                           const size_t *group_end,
                                           size_t groups, const int *base_row,
                                           const double *limit,
                                           struct edist_reduced *answer);

#endif
