/* Tiles of a matrix as files: chunks of a Zarr array, column-major, all padded
 * to one size, with nothing around the values. */
#ifndef EDIST_TILE_FILE_H
#define EDIST_TILE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* A file is written under the name `temporary`, and renamed to `name` when all
 * of it is on the disk. So a file called `name` is complete, whoever was killed
 * when. No other process may use the name `temporary`: it is an error if such a
 * file exists. */
struct edist_file {
  const char *temporary, *name;
};

/* Rows and columns of every tile of an array. */
struct edist_tile_shape {
  size_t nrow, ncol;
};

/* nrow by ncol values, or their mirror image; NaN beyond. */
struct edist_tile {
  const double *value;
  size_t nrow, ncol;
  bool mirrored;
};

/* 0, or the errno of what failed: then no file is left behind. */
int edist_file_write(const struct edist_file *file, const void *bytes,
                     size_t size);
int edist_tile_write(const struct edist_file *file,
                     const struct edist_tile *tile,
                     const struct edist_tile_shape *shape);

/* Some cells of a tile, and where they go: row `row[a]` to `to_row[a]`, column
 * `col[b]` to `to_col[b]` of `out`, whose leading dimension is `ld`. From 0. */
struct edist_tile_cells {
  const size_t *row, *to_row, *col, *to_col;
  size_t nrow, ncol;
  double *out;
  size_t ld;
};

/* 0, or an errno; EIO if the file ends too early. */
int edist_tile_read(const char *file, const struct edist_tile_shape *shape,
                    const struct edist_tile_cells *cells);

#endif
