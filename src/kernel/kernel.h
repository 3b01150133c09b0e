/* A kernel: the functions that one instruction set contributes. At its heart
 * are the tile functions: two micro-panels in, one register tile of sums out.
 * Kernels know nothing of R, threads, or the shape of the answer.
 *
 * A micro-panel holds `lanes` observations side by side, column after column:
 * the values of one column for all its observations are contiguous. R stores
 * matrices by column too, so packing never transposes. */
#ifndef EDIST_KERNEL_H
#define EDIST_KERNEL_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/screen.h"

/* With excess precision, bits would depend on where the compiler spills. */
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 1
#error "edist needs double precision: on 32-bit x86, -msse2 -mfpmath=sse"
#endif

/* The two constants that decide the bits of a result. Terms are summed in one
 * chain over EDIST_SUM_BLOCK columns; the sums of these summation blocks are
 * added one after the other over EDIST_SUM_GROUP columns; groups are added with
 * Kahan's compensation, so that the error does not grow with the number of
 * columns. Cache blocks, threads, tile shapes and the kind of answer change no
 * bit. */
enum { EDIST_SUM_BLOCK = 64, EDIST_SUM_GROUP = 2048 };

/* Where rows come in chunks (struct edist_job), blocks end at multiples of this
 * many rows, whatever the caches. A multiple of every kernel's mr. */
enum { EDIST_CHUNK_STEP = 240 };

/* The lanes of the longest vector. */
enum { EDIST_MAX_LANES = 8 };

/* How many axes a row is projected on at once. */
enum { EDIST_AXES = 8 };

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
  EDIST_ACCUMULATE_braycurtis,
  EDIST_ACCUMULATE_hamming,
  EDIST_ACCUMULATE_gower,
  EDIST_ACCUMULATE_jensenshannon,
  EDIST_ACCUMULATE_opposite, /* squares of differences, and of sums */
  EDIST_ACCUMULATE_count
};

/* Up to this many columns, products are rounded before they are added, which
 * gives the bits of dist() on every instruction set. It costs nothing there:
 * the time goes into writing the result. At most EDIST_SUM_BLOCK. */
enum { EDIST_DIST_COLUMNS = 4 };

/* plain: for finite values. masked: leaves out columns where the difference is
 * not a number, and counts those it uses. strict: masked, and sums in one chain
 * without fused operations, as dist() does. rounded: plain, without fused
 * operations. huge: masked, for values whose sums may overflow. */
enum edist_mode {
  EDIST_MODE_plain,
  EDIST_MODE_masked,
  EDIST_MODE_strict,
  EDIST_MODE_rounded,
  EDIST_MODE_huge,
  EDIST_MODE_count
};

struct edist_power {
  double exponent;
  int halves; /* 2 exponent, if that is a small whole number, else 0 */
  double (*raise)(double base, double exponent);
};

struct edist_panels {
  size_t ncol;
  const double *a, *b;           /* micro-panels of mr and nr lanes */
  const double *const *base_row; /* of the search, instead of a; */
  const double *const *row;      /* instead of b: */
  const double *low, *high;      /* rows, or a box, see search.inc.h, */
  const double *limit;           /* and the limits of their sums */
  const double *weights;         /* of the columns */
  const double *scale;           /* of the columns, for gower */
  const struct edist_power *power;
};

/* Adds the columns of the panels to the mr x nr tile at `d`, which is
 * column-major with leading dimension `ld`; with `fresh` the tile's old content
 * is ignored. Modes that count add the weights of the columns used to the tile
 * at `used`, of the same shape. */
typedef void edist_tile_fn(const struct edist_panels *panels, double *d,
                           double *used, size_t ld, bool fresh);

/* What packing has found among the values. */
enum edist_value_flags {
  EDIST_VALUES_nonfinite = 1, /* missing or infinite values */
  EDIST_VALUES_tiny = 2,      /* squared differences may underflow */
  EDIST_VALUES_huge = 4       /* sums of two may overflow */
};

/* What makes a distance of a sum. */
enum edist_transform {
  EDIST_TRANSFORM_none,
  EDIST_TRANSFORM_root,
  EDIST_TRANSFORM_power,    /* the root that undoes edist_power */
  EDIST_TRANSFORM_half,     /* for squares of unit rows: the cosine distance */
  EDIST_TRANSFORM_share,    /* binary: columns that differ, by columns on */
  EDIST_TRANSFORM_dice,     /* ... by columns on in each row */
  EDIST_TRANSFORM_matching, /* ... by columns used */
  EDIST_TRANSFORM_ratio,    /* the sum, by what was counted */
  EDIST_TRANSFORM_ruzicka,  /* the same for sums of the larger values */
  EDIST_TRANSFORM_divergence, /* a root, in units */
  EDIST_TRANSFORM_angle,      /* of two unit vectors, in units */
};

struct edist_epilogue {
  enum edist_transform transform;
  bool rescale;   /* divide by the share of the weights that was used */
  double weights; /* of all columns together */
  double missing; /* the distance if no column was used */
  double unit;    /* of transforms that have one */
  const struct edist_power *power;
};

/* A tile of the search, see search.inc.h. */
typedef bool edist_search_fn(const struct edist_panels *panels, double *d,
                             size_t ld, unsigned *hits);

/* Tiles of mr rows by edist_kernel.few rows, by one row, and by a box; NULL for
 * sums that cannot be searched. And by one row, of rows that a screen left. */
struct edist_search_tiles {
  edist_search_fn *few, *one, *box, *rows;
};

/* Rows of few columns, column-major with leading dimension ld, and one row y.
 * With `root` their distances are wanted instead of sums, with `stream` past
 * the caches, see `epilogue`. */
enum { EDIST_FEW_COLUMNS = 8 };

struct edist_column {
  const double *x, *y;
  size_t ncol, ld;
  bool root, zeros, stream;
};

/* Writes those of n rows; whether any sum is doubtful, see `doubtful`. */
typedef bool edist_column_fn(const struct edist_column *column, size_t n,
                             double *to);

struct edist_kernel {
  size_t mr, nr, few;
  /* Without a plain entry, masked serves all values; without a huge one, those
   * of the other modes serve huge values. */
  edist_tile_fn *tile[EDIST_ACCUMULATE_count][EDIST_MODE_count];
  struct edist_search_tiles search[EDIST_ACCUMULATE_count];
  struct edist_search_tiles search_rounded; /* sqdist, mode rounded */
  /* For few columns, with the sums of mode plain or, for sqdist, rounded; NULL
   * where only tiles serve. */
  edist_column_fn *column[EDIST_ACCUMULATE_count];
  edist_column_fn *column_rounded;
  const struct edist_screen_kernel *screen; /* of sqdist; NULL: there is none */
  /* The arithmetic of the plain tile for one column, `repeats` times, on
   * registers alone: the processor's peak. NULL for other sums. */
  double (*peak[EDIST_ACCUMULATE_count])(size_t repeats);
  /* Copy nrow by ncol values of column-major x, leading dimension ld, into
   * micro-panels of `lanes` rows; lanes past the last row become zero. Integers
   * that are INT_MIN become NaN. Return a combination of edist_value_flags. */
  unsigned (*pack_double)(const double *x, size_t ld, size_t nrow, size_t ncol,
                          size_t lanes, double *panels);
  unsigned (*pack_integer)(const int *x, size_t ld, size_t nrow, size_t ncol,
                           size_t lanes, double *panels);
  /* total += group, by Kahan's compensated sum. */
  void (*fold)(size_t n, const double *group, double *total,
               double *compensation);
  /* Whether any of n sums may have lost digits to overflow or underflow; zeros
   * count if `zeros`. */
  bool (*doubtful)(size_t n, const double *sum, bool zeros);
  /* Makes n distances of sums; `used` is NULL if all columns were. With
   * `stream` they bypass the caches, which saves reading what they overwrite:
   * EDIST_STREAM_END must follow before another thread reads them. */
  void (*epilogue)(const struct edist_epilogue *epilogue, size_t n,
                   const double *sum, const double *used, double *to,
                   bool stream);
  /* Write the positions of the values <= or >= `limit`, ascending, and return
   * how many; NaN is neither. Here and below n is any number. */
  size_t (*select_le)(size_t n, const double *d, double limit,
                      unsigned *position);
  size_t (*select_ge)(size_t n, const double *d, double limit,
                      unsigned *position);
  /* How many of n candidates come before each, by value, then by index. The
   * first `sorted` are in order. False if values differ by so little, a factor
   * of `apart` or less, that those do not tell. Behind value[] and index[] is
   * room for EDIST_MAX_LANES more. */
  bool (*rank)(size_t n, size_t sorted, double *value, int *index, double apart,
               int *rank);
  /* The coordinates of a row on EDIST_AXES axes, one behind the other, into
   * z[], and then the length of what they leave, which takes the place of the
   * row. Returns the length of the row. n is a multiple of EDIST_MAX_LANES. */
  double (*project)(size_t n, const double *axis, double *row, double *z);
  /* The sum of the values that are not NaN, and their number. */
  double (*sum)(size_t n, const double *d, size_t *count);
};

extern const struct edist_kernel edist_kernel_portable;
extern const struct edist_kernel edist_kernel_avx2;
extern const struct edist_kernel edist_kernel_avx512;
extern const struct edist_kernel edist_kernel_neon;

/* Sums below this may have lost digits to underflow, and values below the other
 * have squared differences that may. */
#define EDIST_SMALLEST_SUM 0x1p-960
#define EDIST_TINY_VALUE 0x1p-420
#define EDIST_HUGE_VALUE 0x1p1023

/* How binary counts columns that are on in either row and those that are used
 * in one number: the latter in units of this. */
#define EDIST_BINARY_USED 0x1p-28

#endif
