#include "engine/pairwise.h"

#include <math.h>
#include <stdlib.h>

#include "engine/parallel.h"
#include "source/ranks.h"

/* For ranks a row is its values and the order of its columns; otherwise its
 * values, these centred and scaled, 0 where missing, and 1 where they are not.
 */
size_t edist_pairwise_length(bool ranks, size_t ncol) {
  return (ranks ? 2 : 3) * ncol;
}

/* Each thread has two rows of values, and two of ranks. */
size_t edist_pairwise_scratch(int threads, size_t ncol) {
  return 4 * ncol * (size_t)threads;
}

static void write_order(const double *value, size_t ncol,
                        struct edist_ranked *room, double *order) {
  const size_t there = edist_rank_sort(value, ncol, room);
  for (size_t k = 0; k < there; k++) order[k] = (double)room[k].column;
  for (size_t k = there; k < ncol; k++) order[k] = -1;
}

static double scale_for(double low, double high) {
  return edist_unit_scale(high > -low ? high : -low);
}

static void write_centred(const double *value, size_t ncol, double *centred,
                          double *there) {
  double low = 0, high = 0, mean = 0, count = 0;
  for (size_t k = 0; k < ncol; k++) {
    there[k] = !isnan(value[k]);
    count += there[k];
    if (value[k] < low) low = value[k];
    if (value[k] > high) high = value[k];
  }
  const double scale = scale_for(low, high);
  for (size_t k = 0; k < ncol; k++) {
    centred[k] = isnan(value[k]) ? 0 : value[k] * scale;
    mean += centred[k] / count;
  }
  for (size_t k = 0; k < ncol; k++) {
    if (there[k] > 0) centred[k] -= mean;
  }
}

bool edist_pairwise_prepare(const struct edist_pairwise *pairwise, size_t nrow,
                            size_t ncol, double *rows) {
  const size_t length = edist_pairwise_length(pairwise->ranks, ncol);
  struct edist_ranked *room = malloc((ncol + 1) * sizeof *room);
  if (!room) return false;
  for (size_t i = 0; i < nrow; i++) {
    double *value = rows + i * length, *more = value + ncol;
    if (pairwise->ranks) {
      write_order(value, ncol, room, more);
    } else {
      write_centred(value, ncol, more, more + ncol);
    }
  }
  free(room);
  return true;
}

/* 1 - r by sums over the columns that both rows have; not a number if these
 * might have lost digits: because the means of these columns are far from those
 * of the rows, or because r is near 1. */
static double by_sums(const double *x, const double *y, size_t ncol) {
  const double *in_x = x + ncol, *in_y = y + ncol;
  double n = 0, of_x = 0, of_y = 0, xx = 0, yy = 0, xy = 0;
#ifdef _OPENMP
#pragma omp simd reduction(+ : n, of_x, of_y, xx, yy, xy)
#endif
  for (size_t k = 0; k < ncol; k++) {
    const double left = x[k] * in_y[k], right = y[k] * in_x[k];
    n += in_x[k] * in_y[k];
    of_x += left;
    of_y += right;
    xx += left * left;
    yy += right * right;
    xy += left * right;
  }
  const double spread_x = xx - of_x * of_x / n, spread_y = yy - of_y * of_y / n;
  const double d = 1 - (xy - of_x * of_y / n) / sqrt(spread_x * spread_y);
  const double least = 1.0 / 64;
  const bool safe = spread_x > least * xx && spread_y > least * yy && d > least;
  return !safe ? NAN : d < 2 ? d : 2;
}

/* Twice the ranks of x among the columns that both rows have. */
static void rank_common(const double *x, const double *y, size_t ncol,
                        double *rank) {
  const double *order = x + ncol;
  double before = 0;
  for (size_t k = 0, end; k < ncol && order[k] >= 0; k = end) {
    const double value = x[(size_t)order[k]];
    double equal = 0;
    for (end = k; end < ncol && order[end] >= 0; end++) {
      const size_t c = (size_t)order[end];
      if (x[c] != value) break;
      equal += !isnan(y[c]);
    }
    for (size_t e = k; e < end; e++) {
      rank[(size_t)order[e]] = 2 * before + equal + 1;
    }
    before += equal;
  }
}

/* The values of x in the columns that both rows have, side by side, times a
 * power of two that prevents overflow and underflow. Returns their number, 0 if
 * all are the same. */
static size_t take_common(const double *x, const double *y, const double *value,
                          size_t ncol, double *to) {
  size_t n = 0;
  double low = INFINITY, high = -INFINITY;
  for (size_t k = 0; k < ncol; k++) {
    to[n] = value[k];
    n += !isnan(x[k]) & !isnan(y[k]);
  }
  for (size_t k = 0; k < n; k++) {
    low = to[k] < low ? to[k] : low;
    high = to[k] > high ? to[k] : high;
  }
  if (!(low < high) || isinf(low) || isinf(high)) return 0;
  const double scale = scale_for(low, high);
  for (size_t k = 0; k < n; k++) to[k] *= scale;
  return n;
}

/* Subtracts the mean, twice, since the first is rounded. */
static void centre(size_t n, double *x) {
  for (int twice = 0; twice < 2; twice++) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += x[k];
    const double mean = sum / (double)n;
    for (size_t k = 0; k < n; k++) x[k] -= mean;
  }
}

static double length_of(size_t n, const double *x) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += x[k] * x[k];
  return sqrt(sum);
}

/* Half the squared distance of unit vectors, which keeps the digits of rows
 * that nearly agree. */
static double by_definition(const double *x, const double *y,
                            const double *value_x, const double *value_y,
                            size_t ncol, double *left) {
  double *right = left + ncol;
  const size_t n = take_common(x, y, value_x, ncol, left);
  if (n == 0 || take_common(x, y, value_y, ncol, right) == 0) return NAN;
  centre(n, left);
  centre(n, right);
  const double by = 1 / length_of(n, left), of = 1 / length_of(n, right);
  double sum = 0;
  for (size_t k = 0; k < n; k++) {
    const double difference = left[k] * by - right[k] * of;
    sum += difference * difference;
  }
  return sum < 4 ? sum / 2 : 2;
}

double edist_pairwise_distance(const double *x, const double *y, size_t ncol,
                               void *data) {
  const struct edist_pairwise *pairwise = data;
  double *scratch =
      pairwise->scratch + 4 * ncol * (size_t)edist_parallel_thread();
  if (!pairwise->ranks) {
    const double d = by_sums(x + ncol, y + ncol, ncol);
    return isnan(d) ? by_definition(x, y, x, y, ncol, scratch) : d;
  }
  double *left = scratch + 2 * ncol, *right = left + ncol;
  rank_common(x, y, ncol, left);
  rank_common(y, x, ncol, right);
  return by_definition(x, y, left, right, ncol, scratch);
}
