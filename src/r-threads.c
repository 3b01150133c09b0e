#include <stdlib.h>

#include "edist-r.h"
#include "engine/parallel.h"
#include "engine/threads.h"

/* How many threads a call that wants this many gets. NULL asks for the default:
 * NA if an environment variable holds it, for R to read. */
SEXP edist_threads(SEXP wanted) {
  if (wanted != R_NilValue) {
    return Rf_ScalarInteger(edist_threads_allowed(Rf_asInteger(wanted)));
  }
  const char *set = getenv("EDIST_NUM_THREADS");
  if (set && *set) return Rf_ScalarInteger(NA_INTEGER);
  return Rf_ScalarInteger(edist_threads_allowed(edist_threads_default()));
}

/* How many threads were started and how many wanted, since the last call of
 * this; NULL if none was missing. */
SEXP edist_threads_short(void) {
  const struct edist_parallel_short fell_short = edist_parallel_short();
  if (!fell_short.wanted) return R_NilValue;
  SEXP out = Rf_allocVector(INTSXP, 2);
  INTEGER(out)[0] = fell_short.had;
  INTEGER(out)[1] = fell_short.wanted;
  return out;
}
