#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "edist-r.h"
#include "engine/parallel.h"
#include "store/tile-file.h"
#include "store/token.h"

#ifndef _WIN32
#include <sys/statvfs.h>
#endif

/* The system's message for an error, or NULL if there was none. */
static SEXP message_of(int error) {
  return error ? Rf_mkString(strerror(error)) : R_NilValue;
}

static const char *path_of(SEXP path, R_xlen_t k) {
  return R_ExpandFileName(Rf_translateChar(STRING_ELT(path, k)));
}

/* R_ExpandFileName() uses one buffer for all. */
static const char *copy_of(SEXP path, R_xlen_t k) {
  const char *name = path_of(path, k);
  char *copy = R_alloc(strlen(name) + 1, 1);
  return strcpy(copy, name);
}

static struct edist_tile_shape shape_of(SEXP shape) {
  return (struct edist_tile_shape){(size_t)INTEGER(shape)[0],
                                   (size_t)INTEGER(shape)[1]};
}

/* `paths` are the names of the file while it is written and afterwards. */
SEXP edist_store_bytes(SEXP paths, SEXP bytes) {
  const struct edist_file file = {copy_of(paths, 0), copy_of(paths, 1)};
  return message_of(
      edist_file_write(&file, RAW(bytes), (size_t)XLENGTH(bytes)));
}

struct writing {
  struct edist_tile tile;
  struct edist_tile_shape whole;
  struct edist_file file[2];
  int error[2], count;
  _Atomic int next;
};

static void write_tiles(void *data, int thread) {
  struct writing *w = data;
  int k;
  (void)thread;
  while ((k = atomic_fetch_add(&w->next, 1)) < w->count) {
    struct edist_tile one = w->tile;
    one.mirrored = k == 1;
    w->error[k] = edist_tile_write(w->file + k, &one, &w->whole);
  }
}

/* Writes a matrix of distances as a tile of this shape, and its mirror image if
 * there is a second file. Returns an error message for each, or "". */
SEXP edist_store_tiles(SEXP temporary, SEXP files, SEXP d, SEXP shape,
                       SEXP threads) {
  const int count = (int)XLENGTH(files), wanted = Rf_asInteger(threads);
  struct writing w = {
      .tile = {REAL(d), (size_t)Rf_nrows(d), (size_t)Rf_ncols(d), false},
      .whole = shape_of(shape),
      .count = count};
  for (int k = 0; k < count; k++) {
    w.file[k] = (struct edist_file){copy_of(temporary, k), copy_of(files, k)};
  }
  edist_parallel(wanted < count ? wanted : count, write_tiles, &w);
  SEXP out = PROTECT(Rf_allocVector(STRSXP, count));
  for (int k = 0; k < count; k++) {
    SET_STRING_ELT(out, k, Rf_mkChar(w.error[k] ? strerror(w.error[k]) : ""));
  }
  UNPROTECT(1);
  return out;
}

static size_t *from_zero(SEXP index) {
  const R_xlen_t n = XLENGTH(index);
  size_t *out = (size_t *)R_alloc((size_t)n + 1, sizeof *out);
  for (R_xlen_t k = 0; k < n; k++) out[k] = (size_t)INTEGER(index)[k] - 1;
  return out;
}

/* Reads rows and columns of a tile, integers from 1, into the matrix `out`, in
 * place: R/open.R has just made it, and nothing else refers to it. */
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

/* Bytes free on the disk of this path, NA if unknown. */
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

/* 16 random characters: no other process gets the same. */
SEXP edist_store_token(void) {
  char text[17];
  snprintf(text, sizeof text, "%016" PRIx64, edist_token());
  return Rf_mkString(text);
}
