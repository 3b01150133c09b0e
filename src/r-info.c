#include "edist-r.h"
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

SEXP edist_info(void) {
  const char *names[] = {"isa",    "isa_available", "openmp",   "forked",
                         "limits", "caches",        "compiler", ""};
  const struct edist_isa *isa = edist_isa_choose();
  SEXP info = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(info, 0,
                 Rf_ScalarString(isa ? Rf_mkChar(isa->name) : NA_STRING));
  SET_VECTOR_ELT(info, 1, isa_names());
  SET_VECTOR_ELT(info, 2, Rf_ScalarLogical(edist_threads_openmp()));
  SET_VECTOR_ELT(info, 3, Rf_ScalarLogical(edist_threads_forked()));
  SET_VECTOR_ELT(info, 4, limits());
  SET_VECTOR_ELT(info, 5, caches());
  SET_VECTOR_ELT(info, 6, Rf_mkString(COMPILER));
  UNPROTECT(1);
  return info;
}
