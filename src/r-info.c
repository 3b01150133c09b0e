#include "edist-r.h"
#include "engine/blocks.h"
#include "engine/threads.h"
#include "isa/caches.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

static SEXP isa_names(void) {
  R_xlen_t n = 0;
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    n += isa->runs();
  }
  SEXP names = PROTECT(Rf_allocVector(STRSXP, n));
  n = 0;
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    if (isa->runs()) SET_STRING_ELT(names, n++, Rf_mkChar(isa->name));
  }
  UNPROTECT(1);
  return names;
}

/* Named integers, NA where there is no limit. */
static SEXP limits(void) {
  R_xlen_t n = 0;
  while (edist_limit_table[n].name) n++;
  SEXP values = PROTECT(Rf_allocVector(INTSXP, n));
  SEXP names = PROTECT(Rf_allocVector(STRSXP, n));
  for (R_xlen_t i = 0; i < n; i++) {
    const int value = edist_limit_table[i].value();
    INTEGER(values)[i] = value > 0 ? value : NA_INTEGER;
    SET_STRING_ELT(names, i, Rf_mkChar(edist_limit_table[i].name));
  }
  Rf_setAttrib(values, R_NamesSymbol, names);
  UNPROTECT(2);
  return values;
}

static SEXP caches(void) {
  SEXP bytes = PROTECT(Rf_allocVector(REALSXP, 3));
  for (int level = 1; level <= 3; level++) {
    const size_t size = edist_cache_size(level);
    REAL(bytes)[level - 1] = size ? (double)size : NA_REAL;
  }
  UNPROTECT(1);
  return bytes;
}

/* Pairs in a register tile; NA without a kernel. */
static SEXP tile(const struct edist_kernel *kernel) {
  SEXP rows = PROTECT(Rf_allocVector(INTSXP, 2));
  INTEGER(rows)[0] = kernel ? (int)kernel->mr : NA_INTEGER;
  INTEGER(rows)[1] = kernel ? (int)kernel->nr : NA_INTEGER;
  UNPROTECT(1);
  return rows;
}

/* More rows and columns than any block has. */
enum { MANY_ROWS = 1 << 16, MANY_COLUMNS = 1 << 10 };

/* The largest block of a call with many rows and columns: rows of x and of y,
 * and the columns that are packed at a time; NA without a kernel. */
static SEXP block(const struct edist_kernel *kernel) {
  SEXP sizes = PROTECT(Rf_allocVector(INTSXP, 3));
  for (int i = 0; i < 3; i++) INTEGER(sizes)[i] = NA_INTEGER;
  if (kernel) {
    const struct edist_blocks b =
        edist_blocks_make(MANY_ROWS, MANY_ROWS, MANY_COLUMNS,
                          EDIST_REGION_rectangle, 0, kernel, 1);
    INTEGER(sizes)[0] = (int)b.mc;
    INTEGER(sizes)[1] = (int)b.nc;
    INTEGER(sizes)[2] = (int)b.kc;
  }
  UNPROTECT(1);
  return sizes;
}

SEXP edist_info(void) {
  const char *names[] = {
      "isa",    "isa_available", "openmp", "forked",   "limits",
      "caches", "tile",          "block",  "compiler", ""};
  const struct edist_isa *isa = edist_isa_choose();
  SEXP info = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(info, 0,
                 Rf_ScalarString(isa ? Rf_mkChar(isa->name) : NA_STRING));
  SET_VECTOR_ELT(info, 1, isa_names());
  SET_VECTOR_ELT(info, 2, Rf_ScalarLogical(edist_threads_openmp()));
  SET_VECTOR_ELT(info, 3, Rf_ScalarLogical(edist_threads_forked()));
  SET_VECTOR_ELT(info, 4, limits());
  SET_VECTOR_ELT(info, 5, caches());
  SET_VECTOR_ELT(info, 6, tile(isa ? isa->kernel : NULL));
  SET_VECTOR_ELT(info, 7, block(isa ? isa->kernel : NULL));
  SET_VECTOR_ELT(info, 8, Rf_mkString(COMPILER));
  UNPROTECT(1);
  return info;
}
