/* Leading principal axes, in which a few coordinates tell most of a distance.
 *
 * A row x becomes z = V'(x - centre), and the length of what the axes V leave
 * of it is one coordinate more. With orthonormal axes no two rows are farther
 * apart in these coordinates than they are in their columns:
 *
 *   |V'd|^2 + (|x rest| - |y rest|)^2 <= |V'd|^2 + |d - VV'd|^2 = |d|^2
 *
 * where d = x - y. With axes that are orthonormal but for a small matrix
 * V'V - I of norm e, |d|^2 (1 + e) takes the place of |d|^2. Each row is off
 * by rounding, by less than a tiny share of its distance from the centre.
 * So boxes of these coordinates give bounds with a margin, and leave out as
 * much as boxes of all columns would, and more where columns are correlated. */
#ifndef EDIST_AXES_H
#define EDIST_AXES_H

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

struct edist_axes {
  size_t ncol;    /* of the rows; 0: there are no axes */
  size_t length;  /* of an axis: ncol, and zeros up to whole vectors */
  double *centre; /* a point among the rows */
  double *axis;   /* EDIST_AXES of them */
};

/* Coordinates of a row. */
enum { EDIST_COORDINATES = EDIST_AXES + 1 };

/* From a sample of the rows, if the coordinates tell more of their distances
 * than as many columns do; otherwise there are none. False if there is no
 * memory. */
bool edist_axes_find(struct edist_axes *axes, const struct edist_source *source,
                     const struct edist_kernel *kernel);
void edist_axes_free(struct edist_axes *axes);

/* Writes the coordinates of a row, and returns its distance from the centre.
 * `room` holds axes->length numbers. */
double edist_axes_project(const struct edist_axes *axes,
                          const struct edist_kernel *kernel, const double *row,
                          double *room, double *coordinate);

/* How far a distance of coordinates can be too long by rounding, for two rows
 * of these distances from the centre; and more than the rest of its error, as
 * a factor. */
double edist_axes_error(double distance, double other);
extern const double edist_axes_margin;

#endif
