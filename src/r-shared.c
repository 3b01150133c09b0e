#include "approach/shared.h"
#include "edist-r.h"

/* The external pointer of a shared matrix: its tag is the integer dim. */

static size_t cells(SEXP pointer) {
  const int *dim = INTEGER(R_ExternalPtrTag(pointer));
  return (size_t)dim[0] * (size_t)dim[1];
}

static size_t bytes(SEXP pointer) {
  const size_t size = cells(pointer) * sizeof(double);
  return size > 0 ? size : 1; /* nothing cannot be mapped */
}

static void finalize(SEXP pointer) {
  void *memory = R_ExternalPtrAddr(pointer);
  if (memory) edist_shared_unmap(memory, bytes(pointer));
  R_ClearExternalPtr(pointer);
}

static double *memory_of(SEXP pointer) {
  double *memory =
      TYPEOF(pointer) == EXTPTRSXP ? R_ExternalPtrAddr(pointer) : 0;
  if (!memory) {
    Rf_error(
        "The shared matrix must live in this process or one it was forked "
        "from, but it came from another, or from a file.");
  }
  return memory;
}

/* A matrix of zeros, as an external pointer; NULL if there is no memory. `dim`
 * is an integer vector of two. */
SEXP edist_shared_new(SEXP dim) {
  SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, dim, R_NilValue));
  R_RegisterCFinalizerEx(pointer, finalize, TRUE);
  void *memory = edist_shared_map(bytes(pointer));
  if (memory) R_SetExternalPtrAddr(pointer, memory);
  UNPROTECT(1);
  return memory ? pointer : R_NilValue;
}

/* Rows i and columns j, integers from 1 that R/shared.R has checked. */
SEXP edist_shared_read(SEXP pointer, SEXP i, SEXP j) {
  const double *memory = memory_of(pointer);
  const size_t nrow = (size_t)INTEGER(R_ExternalPtrTag(pointer))[0];
  const R_xlen_t rows = Rf_xlength(i), columns = Rf_xlength(j);
  SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)rows, (int)columns));
  for (R_xlen_t b = 0; b < columns; b++) {
    const double *column = memory + (size_t)(INTEGER(j)[b] - 1) * nrow;
    for (R_xlen_t a = 0; a < rows; a++) {
      REAL(out)[a + b * rows] = column[INTEGER(i)[a] - 1];
    }
  }
  UNPROTECT(1);
  return out;
}

/* `values` are doubles, one or as many as there are cells. */
SEXP edist_shared_write(SEXP pointer, SEXP i, SEXP j, SEXP values) {
  double *memory = memory_of(pointer);
  const size_t nrow = (size_t)INTEGER(R_ExternalPtrTag(pointer))[0];
  const R_xlen_t rows = Rf_xlength(i), columns = Rf_xlength(j);
  const R_xlen_t step = Rf_xlength(values) > 1;
  const double *value = REAL(values);
  for (R_xlen_t b = 0; b < columns; b++) {
    double *column = memory + (size_t)(INTEGER(j)[b] - 1) * nrow;
    for (R_xlen_t a = 0; a < rows; a++, value += step) {
      column[INTEGER(i)[a] - 1] = *value;
    }
  }
  return R_NilValue;
}
