/* One thread's part of a search: a batch of queries walks the tree of the base.
 * Internal to this folder. */
#ifndef EDIST_WALK_H
#define EDIST_WALK_H

#include "engine/engine.h"
#include "search/axes.h"
#include "search/cost.h"
#include "search/queries.h"
#include "search/screen.h"
#include "search/tree.h"

/* How leaves are compared. */
struct edist_way {
  bool boxes;   /* each query is tested against the box of a leaf first */
  bool screens; /* rows are compared by codes first */
};

/* What all threads share. */
struct edist_search {
  const struct edist_job *job;
  struct edist_sink *sink;
  struct edist_search_tiles tiles;
  edist_tile_fn *masked; /* for rows with a missing value */
  struct edist_epilogue epilogue;
  bool paired;
  bool plain;    /* values of complete rows are sums, without an epilogue */
  bool farthest; /* ranks are negative values */
  struct edist_axes axes; /* of boxes, if they have axes of their own */
  double axes_error;      /* of two rows at most, see axes.h */
  struct edist_tree base, own_query;
  const struct edist_tree *query; /* the base's, if the sides are one */
  struct edist_screen screen;
  struct edist_way way;
  size_t start_rows;     /* looked at first, whatever their bounds */
  const double *weights; /* of the columns */
};

/* A leaf of the base that may matter, and its bound for the batch. */
struct edist_found {
  double bound;
  int first; /* its lowest row */
  size_t node;
};

/* What one thread owns. */
struct edist_searcher {
  const struct edist_search *search;
  struct edist_batch batch; /* the queries at hand: those of one leaf */
  const double *coord;      /* coordinates of the queries, in micro-panels */
  double *rows;             /* the queries, row by row */
  double *low, *high;       /* their box */
  const double **picked;    /* the rows of those picked for a leaf */
  size_t *pick;             /* their numbers in the batch */
  double *sum;              /* of a micro-panel and a few queries */
  double *sum_limit;        /* of each query */
  double *box_limit;        /* the same, for coordinates; -1 behind the last */
  double *gap;              /* between boxes, a micro-panel */
  double *zero;             /* a row of zeros */
  double *bound;            /* of a micro-panel of queries or nodes */
  double *farthest;         /* of nodes: no row is farther from a query */
  double *masked_b, *masked_sum, *masked_used;
  /* Of a screen: the codes of the queries, the roots of their limits, and
   * sorted base rows that wait to be computed, up to a micro-panel each. */
  struct edist_screen_row *code;
  double *root;
  size_t *waiting, *nwaiting;
  unsigned *position;
  size_t *stack;
  struct edist_found *heap;
  size_t nfound;
  double limit, sure; /* the largest of the batch */
  double least;       /* the smallest limit */
  struct edist_way way;
  struct edist_work work;
  void *memory[24];
  int allocated;
};

/* False if there is no memory. */
bool edist_searcher_make(struct edist_searcher *w,
                         const struct edist_search *search, int thread);
void edist_searcher_free(struct edist_searcher *w);

/* Finds the answers of some queries. False, here and below: the sink wants to
 * stop. */
bool edist_batch_run(struct edist_searcher *w, struct edist_queries queries);

/* compare.c: tests each query against the box of a leaf of the base, and
 * compares those that it may matter to with its rows. */
bool edist_compare_leaf(struct edist_searcher *w, size_t node);

/* Compares query q with the rows of the micro-panel that begins with sorted row
 * r, or with n sorted rows, at most mr. */
bool edist_compare_panel(struct edist_searcher *w, size_t q, size_t r);
bool edist_compare_rows(struct edist_searcher *w, size_t q, const size_t *r,
                        size_t n);

/* screen-leaf.c: leaves out rows of a leaf by codes; those that remain wait
 * until a micro-panel is full. */
bool edist_screen_leaf(struct edist_searcher *w, size_t node, size_t count);
bool edist_screen_waiting(struct edist_searcher *w);

/* Compares all queries with the rows of a leaf. */
bool edist_compare_all(struct edist_searcher *w, size_t node);

/* Compares all queries with base rows where either may have missing values: no
 * bound holds for them. */
bool edist_compare_masked(struct edist_searcher *w, size_t row0, size_t row1);

/* Whether rows of at least this rank and index may matter to query q. */
bool edist_search_wants(const struct edist_searcher *w, size_t q, double rank,
                        int first);

/* Makes values, as the sink compares them, of n sums or bounds. */
void edist_search_values(const struct edist_search *search, size_t n,
                         double *sum);

/* The largest sum of coordinates that a box may have if a row within a limit of
 * sums is in it; and the smallest sum that a row of a box may have. */
double edist_search_box_limit(const struct edist_search *search, double limit);
void edist_search_box_bounds(const struct edist_search *search, size_t n,
                             double *bound);

/* The largest sum whose value is within the limit, or a larger one. */
double edist_search_sum_limit(const struct edist_search *search, double limit);

struct edist_panels edist_search_panels(const struct edist_searcher *w,
                                        const double *a);

/* The mean root of the limits of the batch's queries, where they are finite. */
double edist_searcher_mean_root(const struct edist_searcher *w);

/* After the limits of one query, or of some, have changed. */
void edist_searcher_set_limit(struct edist_searcher *w, size_t q);
void edist_searcher_limits(struct edist_searcher *w);

#endif
