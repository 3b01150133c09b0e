/* Which pairs of a leaf may matter, by codes instead of values.
 *
 * A row x is offset + step u and a remainder of length r, so by the triangle
 * inequality the distance of x and y is at least step |u - v| - r_x - r_y. The
 * integers |u - v|^2 are exact, r is rounded up, and limits are widened by more
 * than the sums of the distances can be rounded: no pair within its limit is
 * left out. Those that remain are computed like any other. */
#ifndef EDIST_SCREEN_H
#define EDIST_SCREEN_H

#include "kernel/screen.h"
#include "search/tree.h"

/* The rows of a tree as codes. */
struct edist_screen {
  const struct edist_screen_kernel *kernel; /* NULL: there is no screen */
  size_t ncol, words;
  int max_code;
  bool whole; /* values are whole numbers, and codes leave nothing */
  double step, *offset;
  int32_t *panels;   /* the codes of the sorted rows */
  int32_t *start;    /* of each row: what its products are added to */
  double *remainder; /* of each leaf: the largest r */
};

/* A query as codes. */
struct edist_screen_row {
  int32_t *word;
  int32_t square; /* of its codes' length */
  double remainder;
};

/* For the rows of `base`, which has them row by row, and limits of about this
 * distance: the smaller it is, the finer are the codes. False if there is no
 * memory. */
bool edist_screen_make(struct edist_screen *screen,
                       const struct edist_screen_kernel *kernel,
                       const struct edist_tree *base, double distance,
                       int threads);
void edist_screen_free(struct edist_screen *screen);

void edist_screen_encode(const struct edist_screen *screen, const double *row,
                         struct edist_screen_row *to);

/* What a tile has to reach for rows of a leaf that may be within a limit of the
 * query, whose root edist_screen_root() gives. */
int32_t edist_screen_limit(const struct edist_screen *screen,
                           const struct edist_screen_row *query, size_t leaf,
                           double root_of_limit);

/* The root of a limit of sums, and more than their rounding. */
double edist_screen_root(double limit);

/* The one that runs here; NULL if none does. */
const struct edist_screen_kernel *edist_screen_kernel_of(
    const struct edist_kernel *kernel);

#endif
