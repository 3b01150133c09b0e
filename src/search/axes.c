#include "search/axes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/size.h"

/* How many times as much of the distances the coordinates have to tell as the
 * columns do. */
#ifndef EDIST_AXES_MIN_GAIN
#define EDIST_AXES_MIN_GAIN 1.5
#endif

enum { SAMPLE = 256, ITERATIONS = 5 };

const double edist_axes_margin = 1 + 1e-8;

/* Sums of up to EDIST_SUM_GROUP products, one for each axis, are off by less
 * than 2^-40 of the product of lengths; and squares that underflow are off by
 * less than 2^-1074 each, in distances and coordinates alike. */
double edist_axes_error(double distance, double other) {
  return 0x1p-38 * (distance + other) + 0x1p-500;
}

/* Sampled rows, centred; each followed by zeros up to whole vectors. */
struct sample {
  size_t count, ncol, length;
  double *row;
};

static double *row_of(const struct sample *sample, size_t i) {
  return sample->row + i * sample->length;
}

/* Rows at even steps, without incomplete ones. */
static bool take_sample(struct sample *sample,
                        const struct edist_source *source,
                        const struct edist_kernel *kernel, size_t length) {
  const size_t wanted = edist_size_min(2 * SAMPLE, source->nrow);
  *sample = (struct sample){.ncol = source->ncol, .length = length};
  sample->row = calloc(edist_size_product(wanted, length), sizeof(double));
  if (!sample->row) return false;
  for (size_t i = 0; i < wanted; i++) {
    double *row = row_of(sample, sample->count);
    edist_source_pack(source, kernel, i * source->nrow / wanted, 1, 0,
                      source->ncol, 1, row);
    sample->count += edist_source_complete(sample->ncol, row);
  }
  return true;
}

/* Moves the sample's mean to 0, and its largest value to about 1, so that no
 * product overflows or underflows. */
static void centre(struct sample *sample, double *mean) {
  double largest = 0;
  int exponent;
  memcpy(mean, row_of(sample, 0), sample->length * sizeof *mean);
  for (size_t i = 1; i < sample->count; i++) {
    for (size_t k = 0; k < sample->ncol; k++) {
      mean[k] += (row_of(sample, i)[k] - mean[k]) / (double)(i + 1);
    }
  }
  for (size_t i = 0; i < sample->count; i++) {
    for (size_t k = 0; k < sample->ncol; k++) {
      row_of(sample, i)[k] -= mean[k];
      largest = fmax(largest, fabs(row_of(sample, i)[k]));
    }
  }
  frexp(largest, &exponent);
  for (size_t j = 0; largest > 0 && j < sample->count * sample->length; j++) {
    sample->row[j] = ldexp(sample->row[j], -exponent);
  }
}

static double dot(size_t n, const double *a, const double *b) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

/* Makes an axis orthogonal to those before it, of length 1; of length 0 if it
 * is a combination of them. Twice is enough for rounding. */
static void orthonormalise(struct edist_axes *axes, size_t a) {
  const size_t n = axes->length;
  double *axis = axes->axis + a * n;
  const double before = sqrt(dot(n, axis, axis));
  for (int twice = 0; twice < 2; twice++) {
    for (size_t other = 0; other < a; other++) {
      const double *one = axes->axis + other * n;
      const double share = dot(n, axis, one);
      for (size_t k = 0; k < n; k++) axis[k] -= share * one[k];
    }
  }
  const double length = sqrt(dot(n, axis, axis));
  const bool there = length > 1e-6 * before;
  for (size_t k = 0; k < n; k++) axis[k] = there ? axis[k] / length : 0;
}

/* Replaces axes by the sum of the rows, each times its coordinate, which turns
 * them towards those along which rows differ most: orthogonal iteration. */
static void turn(struct edist_axes *axes, const struct sample *sample,
                 const struct edist_kernel *kernel, double *room,
                 double *turned) {
  const size_t n = axes->length;
  double z[EDIST_COORDINATES];
  memset(turned, 0, EDIST_AXES * n * sizeof *turned);
  for (size_t i = 0; i < sample->count; i += 2) {
    const double *row = row_of(sample, i);
    memcpy(room, row, n * sizeof *room);
    kernel->project(n, axes->axis, room, z);
    for (size_t a = 0; a < EDIST_AXES; a++) {
      for (size_t k = 0; k < n; k++) turned[a * n + k] += z[a] * row[k];
    }
  }
  memcpy(axes->axis, turned, EDIST_AXES * n * sizeof *turned);
  for (size_t a = 0; a < EDIST_AXES; a++) orthonormalise(axes, a);
}

static int larger_first(const void *a, const void *b) {
  const double one = *(const double *)a, other = *(const double *)b;
  return (one < other) - (one > other);
}

/* How concentrated variances are. */
static double concentration(size_t n, const double *variance) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += variance[i] * variance[i];
  return sum;
}

/* Whether axes tell more than columns of rows that did not make them: of those
 * that did they always do. `column` has room for each column. */
static bool tell_more(const struct edist_axes *axes,
                      const struct sample *sample,
                      const struct edist_kernel *kernel, double *room,
                      double *column) {
  double along[EDIST_AXES] = {0}, z[EDIST_COORDINATES];
  memset(column, 0, axes->length * sizeof *column);
  for (size_t i = 1; i < sample->count; i += 2) {
    memcpy(room, row_of(sample, i), axes->length * sizeof *room);
    for (size_t k = 0; k < axes->ncol; k++) column[k] += room[k] * room[k];
    kernel->project(axes->length, axes->axis, room, z);
    for (size_t a = 0; a < EDIST_AXES; a++) along[a] += z[a] * z[a];
  }
  qsort(column, axes->ncol, sizeof *column, larger_first);
  const size_t columns = edist_size_min(axes->ncol, EDIST_AXES);
  return concentration(EDIST_AXES, along) >
         EDIST_AXES_MIN_GAIN * concentration(columns, column);
}

/* Whether V'V - I is as small as the margin needs it. */
static bool orthonormal(const struct edist_axes *axes) {
  const size_t n = axes->length;
  for (size_t a = 0; a < EDIST_AXES; a++) {
    for (size_t b = 0; b <= a; b++) {
      const double product = dot(n, axes->axis + a * n, axes->axis + b * n);
      const double off = a == b && product != 0 ? product - 1 : product;
      if (!(fabs(off) < 0x1p-40)) return false;
    }
  }
  return true;
}

/* Whether there are axes that tell more. `room` is for one row more than axes
 * have. */
static bool find(struct edist_axes *axes, const struct sample *sample,
                 const struct edist_kernel *kernel, double *room) {
  const size_t n = axes->length;
  for (size_t a = 0; a < EDIST_AXES; a++) {
    const size_t i = a * (sample->count - 1) / EDIST_AXES;
    memcpy(axes->axis + a * n, row_of(sample, i), n * sizeof *room);
    orthonormalise(axes, a);
  }
  for (int i = 0; i < ITERATIONS; i++) {
    turn(axes, sample, kernel, room, room + n);
  }
  return orthonormal(axes) && tell_more(axes, sample, kernel, room, room + n);
}

static bool allocate(struct edist_axes *axes) {
  axes->centre = malloc(axes->length * sizeof *axes->centre);
  if (!axes->centre) return false;
  axes->axis = malloc(EDIST_AXES * axes->length * sizeof *axes->axis);
  if (!axes->axis) return false;
  return true;
}

bool edist_axes_find(struct edist_axes *axes, const struct edist_source *source,
                     const struct edist_kernel *kernel) {
  const size_t n =
      edist_size_ceil(source->ncol, EDIST_MAX_LANES) * EDIST_MAX_LANES;
  struct sample sample = {.count = 0};
  double *room = malloc((EDIST_AXES + 1) * n * sizeof *room);
  if (!room) return false;
  *axes = (struct edist_axes){.ncol = source->ncol, .length = n};
  const bool good = allocate(axes) && take_sample(&sample, source, kernel, n);
  if (good && sample.count > 0) centre(&sample, axes->centre);
  if (!good || sample.count == 0 || !find(axes, &sample, kernel, room)) {
    edist_axes_free(axes);
  }
  free(room);
  free(sample.row);
  return good;
}

void edist_axes_free(struct edist_axes *axes) {
  free(axes->centre);
  free(axes->axis);
  *axes = (struct edist_axes){.ncol = 0};
}

double edist_axes_project(const struct edist_axes *axes,
                          const struct edist_kernel *kernel, const double *row,
                          double *room, double *coordinate) {
  for (size_t k = 0; k < axes->ncol; k++) room[k] = row[k] - axes->centre[k];
  for (size_t k = axes->ncol; k < axes->length; k++) room[k] = 0;
  return kernel->project(axes->length, axes->axis, room, coordinate);
}
