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

/* Where rows of x come in stretches (struct edist_job), blocks end at multiples of
 * so many of them, whatever the caches: a multiple of every kernel's mr. */
enum { EDIST_STRETCH_STEP = 240 };

/* What is accumulated over the columns: one body per entry. */
enum edist_accumulate {
  EDIST_ACCUMULATE_sqdist,
  EDIST_ACCUMULATE_weighted, /* squares, times the weights of the columns */
  EDIST_ACCUMULATE_paired, /* squares of values that two columns hold together,
                              see source/whiten.h */
  EDIST_ACCUMULATE_absdiff,
  EDIST_ACCUMULATE_maxdiff,
  EDIST_ACCUMULATE_canberra,
  EDIST_ACCUMULATE_binary,
  EDIST_ACCUMULATE_halfpower, /* |x - y|^(halves / 2), for small `halves` */
  EDIST_ACCUMULATE_power,     /* |x - y|^exponent, by a function */
  EDIST_ACCUMULATE_count
};

/* With so few columns the time goes into writing the result: products are then
 * rounded before they are added, which gives the very bits of dist(), and the
 * same on every instruction set. At most EDIST_SUM_BLOCK. */
enum { EDIST_DIST_COLUMNS = 4 };

/* How: plain wants finite values. masked leaves out columns where a value is
 * missing or the difference is not a number, and counts what it uses. strict
 * counts too, and sums in one chain without fused operations, as dist() does;
 * rounded does so for finite values. */
enum edist_mode {
  EDIST_MODE_plain,
  EDIST_MODE_masked,
  EDIST_MODE_strict,
  EDIST_MODE_rounded,
  EDIST_MODE_count
};

struct edist_power {
  double exponent;
  int halves; /* 2 exponent, if that is a small whole number, else 0 */
  double (*raise)(double base, double exponent);
};

struct edist_panels {
  size_t ncol;
  const double *a, *b;   /* of mr and nr lanes */
  const double *weights; /* of the columns */
  const struct edist_power *power;
};

/* Adds the columns of the panels to the mr x nr tile at `d`, which is
 * column-major with leading dimension `ld`; with `fresh` the tile's old content
 * is ignored. Modes that count add the weights of the columns used to the tile
 * at `used`, of the same shape. */
typedef void edist_tile_fn(const struct edist_panels *panels, double *d,
                           double *used, size_t ld, bool fresh);

/* What packing has seen among the values. */
enum edist_seen {
  EDIST_SEEN_missing = 1, /* missing or infinite values */
  EDIST_SEEN_tiny = 2     /* so small that squared differences may vanish */
};

/* What becomes of the sums. */
enum edist_finish {
  EDIST_FINISH_none,
  EDIST_FINISH_root,
  EDIST_FINISH_power, /* the root that undoes edist_power */
  EDIST_FINISH_half,  /* half the sum: of squares of unit rows, the cosine */
  EDIST_FINISH_share, /* binary: those that differ among those that are on */
};

struct edist_finishing {
  enum edist_finish finish;
  bool rescale;   /* by the share of the weights that was used */
  double weights; /* of all columns together */
  double missing; /* what stands for a distance without any column */
  const struct edist_power *power;
};

struct edist_kernel {
  size_t mr, nr;
  /* Without an entry for plain, masked is for all values; without one for
   * rounded, plain is. */
  edist_tile_fn *tile[EDIST_ACCUMULATE_count][EDIST_MODE_count];
  /* Do what the plain tile does for one column, so often, on registers alone:
   * the most that this processor can do of it. NULL for other sums. */
  double (*peak[EDIST_ACCUMULATE_count])(size_t repeats);
  /* Copy nrow by ncol values of column-major x, leading dimension ld, into
   * panels of `lanes` rows; lanes past the last row become zero. Integers that
   * are INT_MIN become NaN. Return a combination of edist_seen. */
  unsigned (*pack_double)(const double *x, size_t ld, size_t nrow, size_t ncol,
                          size_t lanes, double *panels);
  unsigned (*pack_integer)(const int *x, size_t ld, size_t nrow, size_t ncol,
                           size_t lanes, double *panels);
  /* total += group, with the rounding error of the total kept in `lost`. */
  void (*fold)(size_t n, const double *group, double *total, double *lost);
  /* Whether any of n sums of squares or powers is so small or so large that it
   * may have lost digits; zeros count if `zeros`. */
  bool (*doubtful)(size_t n, const double *sum, bool zeros);
  /* Makes n distances of sums; `used` is NULL where all columns were. With
   * `stream` they go past the caches, which spares fetching what they
   * overwrite: EDIST_STREAM_END must follow before another thread reads them.
   */
  void (*finish)(const struct edist_finishing *finishing, size_t n,
                 const double *sum, const double *used, double *to,
                 bool stream);
  /* The places of the values that are at most, or at least, `limit`, ascending;
   * how many there are. NaN is neither. n is any number here and below. */
  size_t (*at_most)(size_t n, const double *d, double limit, unsigned *place);
  size_t (*at_least)(size_t n, const double *d, double limit, unsigned *place);
  /* The sum of the values but NaN, and how many these are. */
  double (*sum)(size_t n, const double *d, size_t *there);
};

extern const struct edist_kernel edist_kernel_portable;
extern const struct edist_kernel edist_kernel_avx2;
extern const struct edist_kernel edist_kernel_avx512;
extern const struct edist_kernel edist_kernel_neon;

/* Sums below this may have lost digits to underflow, and values below the other
 * have squared differences that may. */
#define EDIST_SMALLEST_SUM 0x1p-960
#define EDIST_TINY_VALUE 0x1p-420

/* How binary counts columns that are on in either row and those that are used
 * in one number: the latter in units of this. */
#define EDIST_BINARY_USED 0x1p-28

#endif
