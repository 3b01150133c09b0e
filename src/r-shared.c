#include "approach/shared.h"
#include "edist-r.h"

/* The external pointer of a shared matrix: its tag is the integer dim. */

static const int *dim_of(SEXP pointer) {
  return INTEGER(R_ExternalPtrTag(pointer));
}

/* R/shared.R has checked that this fits. */
static size_t bytes(SEXP pointer) {
  const size_t size =
      (size_t)dim_of(pointer)[0] * (size_t)dim_of(pointer)[1] * sizeof(double);
  return size > 0 ? size : 1; /* zero bytes cannot be mapped */
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
    edist_r_abort(
        "system",
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

SEXP edist_shared_dim(SEXP pointer) {
  memory_of(pointer);
  return Rf_duplicate(R_ExternalPtrTag(pointer));
}

static void check_index(SEXP index, int extent) {
  for (R_xlen_t k = 0; k < XLENGTH(index); k++) {
    const int at = INTEGER(index)[k];
    if (at < 1 || at > extent)
      edist_r_abort("argument", "Index %d is not in 1 to %d.", at, extent);
  }
}

/* Rows i and columns j, integers from 1. */
SEXP edist_shared_read(SEXP pointer, SEXP i, SEXP j) {
  const double *memory = memory_of(pointer);
  const size_t nrow = (size_t)dim_of(pointer)[0];
  const R_xlen_t rows = XLENGTH(i), columns = XLENGTH(j);
  check_index(i, dim_of(pointer)[0]);
  check_index(j, dim_of(pointer)[1]);
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
  const size_t nrow = (size_t)dim_of(pointer)[0];
  const R_xlen_t rows = XLENGTH(i), columns = XLENGTH(j);
  check_index(i, dim_of(pointer)[0]);
  check_index(j, dim_of(pointer)[1]);
  if (XLENGTH(values) != 1 && XLENGTH(values) != rows * columns) {
    edist_r_abort("argument", "There must be one value for each cell.");
  }
  const R_xlen_t step = XLENGTH(values) > 1;
  const double *value = REAL(values);
  for (R_xlen_t b = 0; b < columns; b++) {
    double *column = memory + (size_t)(INTEGER(j)[b] - 1) * nrow;
    for (R_xlen_t a = 0; a < rows; a++, value += step) {
      column[INTEGER(i)[a] - 1] = *value;
    }
  }
  return R_NilValue;
}
