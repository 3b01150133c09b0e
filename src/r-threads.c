#include <stdlib.h>

#include "edist-r.h"
#include "engine/threads.h"

/* What a request for so many threads gets. NULL asks for the default: NA if that is
 * in an environment variable, for R to read. */
SEXP edist_threads(SEXP wanted) {
  if (wanted != R_NilValue) {
    return Rf_ScalarInteger(edist_threads_allowed(Rf_asInteger(wanted)));
  }
  const char *set = getenv("EDIST_NUM_THREADS");
  if (set && *set) return Rf_ScalarInteger(NA_INTEGER);
  return Rf_ScalarInteger(edist_threads_allowed(edist_threads_default()));
}
