/* What a kernel is: two packed panels in, one register tile of accumulated
 * values out. Kernels know nothing of R, threads, or the shape of the answer.
 *
 * A panel holds `lanes` observations side by side, column after column: the
 * values of one column for all its observations are contiguous. R stores
 * matrices by column too, so packing never transposes. */
#ifndef EDIST_KERNEL_H
#define EDIST_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/* The two constants that decide the bits of a result. Terms are summed in one
 * chain over EDIST_SUM_BLOCK columns; the blocks of EDIST_SUM_GROUP columns are
 * added up one after the other; groups are added with Kahan's compensation, so
 * that the error does not grow with the number of columns. Cache blocks,
 * threads, tile shapes and the kind of answer change none of this. */
enum { EDIST_SUM_BLOCK = 64, EDIST_SUM_GROUP = 2048 };

/* What is accumulated over the columns: one body per entry. */
enum edist_accumulate { EDIST_ACCUMULATE_sqdist, EDIST_ACCUMULATE_count };

/* Adds the columns of panels `a` (mr lanes) and `b` (nr lanes) to the mr x nr
 * tile at `d`, which is column-major with leading dimension `ld`; with `fresh`
 * the tile's old content is ignored. */
typedef void edist_tile_fn(size_t ncol, const double *a, const double *b,
                           double *d, size_t ld, bool fresh);

struct edist_kernel {
  size_t mr, nr;
  edist_tile_fn *tile[EDIST_ACCUMULATE_count];
  /* Copy nrow by ncol values of column-major x, leading dimension ld, into
   * panels of `lanes` rows; lanes past the last row become zero. Return whether
   * all values were there: finite, or not INT_MIN. */
  bool (*pack_double)(const double *x, size_t ld, size_t nrow, size_t ncol,
                      size_t lanes, double *panels);
  bool (*pack_integer)(const int *x, size_t ld, size_t nrow, size_t ncol,
                       size_t lanes, double *panels);
  /* total += group, with the rounding error of the total kept in `lost`. */
  void (*fold)(size_t n, const double *group, double *total, double *lost);
  void (*root)(size_t n, double *d);
};

extern const struct edist_kernel edist_kernel_portable;
extern const struct edist_kernel edist_kernel_avx2;
extern const struct edist_kernel edist_kernel_avx512;

#endif
