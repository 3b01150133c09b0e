#include <string.h>

#include "edist-r.h"
#include "store/tile-file.h"

#ifndef _WIN32
#include <sys/statvfs.h>
#endif

/* What the system says of an error, or NULL if there was none. */
static SEXP message_of(int error) {
  return error ? Rf_mkString(strerror(error)) : R_NilValue;
}

static const char *path_of(SEXP path, R_xlen_t k) {
  return R_ExpandFileName(Rf_translateChar(STRING_ELT(path, k)));
}

/* R_ExpandFileName() uses one buffer for all. */
static struct edist_file file_of(SEXP paths) {
  const char *name[2];
  for (R_xlen_t k = 0; k < 2; k++) {
    const char *path = path_of(paths, k);
    char *copy = R_alloc(strlen(path) + 1, 1);
    name[k] = strcpy(copy, path);
  }
  return (struct edist_file){name[0], name[1]};
}

static struct edist_tile_shape shape_of(SEXP shape) {
  return (struct edist_tile_shape){(size_t)INTEGER(shape)[0],
                                   (size_t)INTEGER(shape)[1]};
}

/* `paths` are the names of the file while it is written, and then. */
SEXP edist_store_bytes(SEXP paths, SEXP bytes) {
  const struct edist_file file = file_of(paths);
  return message_of(
      edist_file_write(&file, RAW(bytes), (size_t)XLENGTH(bytes)));
}

/* A matrix of distances, or its mirror image, as a tile of this shape. */
SEXP edist_store_tile(SEXP paths, SEXP d, SEXP mirrored, SEXP shape) {
  const struct edist_file file = file_of(paths);
  const struct edist_tile tile = {REAL(d), (size_t)Rf_nrows(d),
                                  (size_t)Rf_ncols(d), Rf_asLogical(mirrored)};
  const struct edist_tile_shape whole = shape_of(shape);
  return message_of(edist_tile_write(&file, &tile, &whole));
}

static size_t *from_zero(SEXP index) {
  const R_xlen_t n = XLENGTH(index);
  size_t *out = (size_t *)R_alloc((size_t)n + 1, sizeof *out);
  for (R_xlen_t k = 0; k < n; k++) out[k] = (size_t)INTEGER(index)[k] - 1;
  return out;
}

/* Reads rows and columns of a tile, integers from 1, into the matrix `out`, where
 * it stands: R/open.R has just made it, and nobody else has it. */
SEXP edist_store_read(SEXP path, SEXP shape, SEXP row, SEXP col, SEXP out,
                      SEXP to_row, SEXP to_col) {
  const struct edist_tile_shape whole = shape_of(shape);
  const struct edist_tile_cells cells = {.row = from_zero(row),
                                         .to_row = from_zero(to_row),
                                         .col = from_zero(col),
                                         .to_col = from_zero(to_col),
                                         .nrow = (size_t)XLENGTH(row),
                                         .ncol = (size_t)XLENGTH(col),
                                         .out = REAL(out),
                                         .ld = (size_t)Rf_nrows(out)};
  return message_of(edist_tile_read(path_of(path, 0), &whole, &cells));
}

/* Bytes that may still be written where this path is, NA if nobody says. */
SEXP edist_store_room(SEXP path) {
#ifndef _WIN32
  struct statvfs disk;
  if (statvfs(path_of(path, 0), &disk) == 0) {
    return Rf_ScalarReal((double)disk.f_bavail * (double)disk.f_frsize);
  }
#else
  (void)path;
#endif
  return Rf_ScalarReal(NA_REAL);
}
