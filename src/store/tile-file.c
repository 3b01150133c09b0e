/* open(), fsync() and fseeko(), POSIX's and not C's, for large files. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "store/tile-file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/size.h"

#ifdef _WIN32
#include <io.h>
#include <windows.h>
#undef fseeko /* MinGW defines it, MSVC does not */
#define fsync _commit
#define fseeko _fseeki64
#define fileno _fileno
#define open _open
#define close _close
#define fdopen _fdopen
#else
#include <unistd.h>
#endif
#ifndef O_BINARY
#define O_BINARY 0
#endif

/* Columns prepared at a time: they stay in the second-level cache, and the
 * mirror image is read in whole cache lines. */
enum { PANEL = 32 };

static int failure(void) { return errno ? errno : EIO; }

static int write_all(FILE *stream, const void *bytes, size_t size) {
  return fwrite(bytes, 1, size, stream) == size ? 0 : failure();
}

/* A file that exists already belongs to another process: never write to it. */
static FILE *open_temporary(const struct edist_file *file) {
  errno = 0;
  const int descriptor =
      open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_BINARY, 0666);
  if (descriptor < 0) return NULL;
  FILE *stream = fdopen(descriptor, "wb");
  if (!stream) {
    const int error = failure();
    close(descriptor);
    remove(file->temporary);
    errno = error;
  }
  /* Writes are large: a buffer would only copy. */
  if (stream) setvbuf(stream, NULL, _IONBF, 0);
  return stream;
}

/* In one step: whoever opens `to` finds what was there, or what is now. Names
 * are in the encoding of the process, which R sets. */
static int replace_file(const char *from, const char *to) {
#ifdef _WIN32
  const DWORD how = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
  return MoveFileExA(from, to, how) ? 0 : EACCES;
#else
  return rename(from, to) == 0 ? 0 : failure();
#endif
}

/* Only fsync() tells whether the disk is full, and makes a crash harmless. */
static int close_and_rename(const struct edist_file *file, FILE *stream,
                            int error) {
  errno = 0;
  if (!error && fsync(fileno(stream)) != 0) error = failure();
  if (fclose(stream) != 0 && !error) error = failure();
  if (!error) error = replace_file(file->temporary, file->name);
  if (error) remove(file->temporary);
  return error;
}

int edist_file_write(const struct edist_file *file, const void *bytes,
                     size_t size) {
  FILE *stream = open_temporary(file);
  if (!stream) return failure();
  return close_and_rename(file, stream, write_all(stream, bytes, size));
}

/* Columns c0 .. c1-1 of the file's contents. */
static void fill_panel(const struct edist_tile *tile, size_t rows, size_t c0,
                       size_t c1, double *panel) {
  const size_t nrow = tile->mirrored ? tile->ncol : tile->nrow;
  const size_t ncol = tile->mirrored ? tile->nrow : tile->ncol;
  const size_t row_step = tile->mirrored ? tile->nrow : 1;
  const size_t col_step = tile->mirrored ? 1 : tile->nrow;
  const size_t end = edist_size_min(c1, ncol);
  for (size_t r = 0; r < rows; r++) {
    double *to = panel + r;
    const double *from = tile->value + r * row_step;
    for (size_t c = c0; c < c1; c++, to += rows) {
      *to = r < nrow && c < end ? from[c * col_step] : NAN;
    }
  }
}

int edist_tile_write(const struct edist_file *file,
                     const struct edist_tile *tile,
                     const struct edist_tile_shape *shape) {
  double *panel =
      malloc(edist_size_product(PANEL * sizeof *panel, shape->nrow));
  if (!panel) return ENOMEM;
  FILE *stream = open_temporary(file);
  int error = stream ? 0 : failure();
  for (size_t c0 = 0; !error && c0 < shape->ncol; c0 += PANEL) {
    const size_t ncol = edist_size_min(shape->ncol - c0, PANEL);
    fill_panel(tile, shape->nrow, c0, c0 + ncol, panel);
    error = write_all(stream, panel, ncol * shape->nrow * sizeof *panel);
  }
  if (stream) error = close_and_rename(file, stream, error);
  free(panel);
  return error;
}

/* The length of the range of the indices, which begins at `min`. */
static size_t range(const size_t *index, size_t n, size_t *min) {
  size_t max = index[0];
  *min = index[0];
  for (size_t k = 1; k < n; k++) {
    *min = edist_size_min(index[k], *min);
    max = edist_size_max(index[k], max);
  }
  return max - *min + 1;
}

static int read_column(FILE *stream, size_t at, size_t n, double *value) {
  errno = 0;
  /* In C offsets are signed. */
  if (fseeko(stream, (long long)(at * sizeof *value), SEEK_SET) != 0) {
    return failure();
  }
  return fread(value, sizeof *value, n, stream) == n ? 0 : failure();
}

int edist_tile_read(const char *file, const struct edist_tile_shape *shape,
                    const struct edist_tile_cells *cells) {
  if (cells->nrow == 0 || cells->ncol == 0) return 0;
  size_t first;
  const size_t n = range(cells->row, cells->nrow, &first);
  double *value = malloc(edist_size_product(n, sizeof *value));
  if (!value) return ENOMEM;
  errno = 0;
  FILE *stream = fopen(file, "rb");
  int error = stream ? 0 : failure();
  if (stream) setvbuf(stream, NULL, _IONBF, 0);
  for (size_t b = 0; !error && b < cells->ncol; b++) {
    error = read_column(stream, cells->col[b] * shape->nrow + first, n, value);
    double *to = cells->out + cells->to_col[b] * cells->ld;
    for (size_t a = 0; !error && a < cells->nrow; a++) {
      to[cells->to_row[a]] = value[cells->row[a] - first];
    }
  }
  if (stream) fclose(stream);
  free(value);
  return error;
}
