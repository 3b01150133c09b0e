/* Files of tiles: what is written is read again, and errors are reported. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "store/tile-file.h"
#include "store/token.h"

/* Tokens differ, and a partial file that exists is left as it is. */
static void test_exclusive(void) {
  const struct edist_file file = {"core-taken.part", "core-taken"};
  const struct edist_tile_shape shape = {2, 2};
  const double x[] = {1, 2, 3, 4};
  const struct edist_tile tile = {x, 2, 2, false};
  CHECK(edist_token() != edist_token(), "two tokens");
  FILE *part = fopen(file.temporary, "wb");
  bool good = part && fputs("mine", part) >= 0 && fclose(part) == 0;
  good = good && edist_file_write(&file, x, sizeof x) == EEXIST &&
         edist_tile_write(&file, &tile, &shape) == EEXIST &&
         !fopen(file.name, "rb");
  char text[8] = "";
  part = fopen(file.temporary, "rb");
  good = good && part && fgets(text, sizeof text, part) &&
         strcmp(text, "mine") == 0;
  if (part) fclose(part);
  CHECK(good, "a partial file that exists");
  remove(file.temporary);
}

/* n, n - 1, ..., 1 places: not in the order of the file. */
static size_t *backwards(size_t n) {
  size_t *place = malloc(n * sizeof *place);
  if (!place) abort();
  for (size_t i = 0; i < n; i++) place[i] = n - 1 - i;
  return place;
}

/* A tile that is written, or its mirror image, is read again. */
static bool round_trip(const struct edist_file *file,
                       const struct edist_tile *tile,
                       const struct edist_tile_shape *shape,
                       const struct edist_tile_cells *cells) {
  const size_t n = tile->nrow, m = tile->ncol;
  const double *x = tile->value, *out = cells->out;
  if (edist_tile_write(file, tile, shape) != 0 ||
      edist_tile_read(file->name, shape, cells) != 0 ||
      !guards_hold(out, n * m) || fopen(file->temporary, "rb")) {
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < m; j++) {
      const double got = tile->mirrored ? out[j + i * m] : out[i + j * n];
      if (got != x[i + j * n]) return false;
    }
  }
  return true;
}

/* A file that ends too early, one that does not exist, and a directory that
 * does not exist. */
static bool errors_good(const struct edist_file *file,
                        const struct edist_tile *tile,
                        const struct edist_tile_shape *shape,
                        const struct edist_tile_cells *cells) {
  struct edist_tile_cells beyond = *cells;
  const size_t last = shape->ncol;
  beyond.col = &last;
  beyond.ncol = 1;
  const bool short_file = edist_tile_read(file->name, shape, &beyond) == EIO;
  remove(file->name);
  const struct edist_file nowhere = {"no-such-folder/part", "no-such-folder/x"};
  return short_file && edist_tile_read(file->name, shape, cells) == ENOENT &&
         edist_tile_write(&nowhere, tile, shape) == ENOENT &&
         edist_file_write(&nowhere, tile->value, 8) == ENOENT;
}

static void check_tile(size_t n, size_t m, size_t tile_rows, size_t tile_cols,
                       bool mirrored) {
  const struct edist_file file = {"core-tile.part", "core-tile"};
  const struct edist_tile_shape shape = {tile_rows, tile_cols};
  double *x = whole_numbers(n * m, 7), *out = guarded(n * m);
  const struct edist_tile tile = {x, n, m, mirrored};
  const size_t nrow = mirrored ? m : n, ncol = mirrored ? n : m;
  size_t *row = backwards(nrow), *col = backwards(ncol);
  const struct edist_tile_cells cells = {row,  row,  col, col,
                                         nrow, ncol, out, nrow};
  const bool good = round_trip(&file, &tile, &shape, &cells);
  CHECK(errors_good(&file, &tile, &shape, &cells) && good,
        "%zu by %zu values in tiles of %zu by %zu%s", n, m, tile_rows,
        tile_cols, mirrored ? ", mirrored" : "");
  free(x);
  guarded_free(out);
  free(row);
  free(col);
}

static void test_tile(void) {
  for (int mirrored = 0; mirrored <= 1; mirrored++) {
    check_tile(70, 100, 100, 101, mirrored);
    check_tile(33, 1, 33, 33, mirrored);
    check_tile(1, 1, 1, 1, mirrored);
  }
}

const struct test store_tests[] = {
    {.name = "store-exclusive", .run = test_exclusive},
    {.name = "store-tile", .run = test_tile},
    {0}};
