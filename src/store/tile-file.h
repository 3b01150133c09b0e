/* Tiles of a matrix as files: chunks of a Zarr array, column-major, all padded
 * to one size, with nothing around the values. */
#ifndef EDIST_TILE_FILE_H
#define EDIST_TILE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* A file on its way: written under the name `part`, and renamed when all of it is
 * on the disk. So what has the name `whole` is whole, whoever is killed when.
 * `part` must be a name that nobody else has: that it is there is an error. */
struct edist_file {
  const char *part, *whole;
};

/* Rows and columns of every tile of an array. */
struct edist_tile_shape {
  size_t nrow, ncol;
};

/* nrow by ncol values, or what mirrors them; NaN beyond. */
struct edist_tile {
  const double *value;
  size_t nrow, ncol;
  bool mirrored;
};

/* 0, or the errno of what failed: then nothing that was written is left. */
int edist_file_write(const struct edist_file *file, const void *bytes,
                     size_t size);
int edist_tile_write(const struct edist_file *file,
                     const struct edist_tile *tile,
                     const struct edist_tile_shape *shape);

/* Some cells of a tile, and where they go: row `row[a]` to `to_row[a]`, column
 * `col[b]` to `to_col[b]` of `out`, whose columns stand `ld` apart. From 0. */
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
