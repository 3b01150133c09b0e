#include "edist-r.h"
#include "engine/threads.h"

/* What a request for so many threads gets; NULL asks for the default. */
SEXP edist_threads(SEXP wanted) {
  const int number =
      wanted == R_NilValue ? edist_threads_default() : Rf_asInteger(wanted);
  return Rf_ScalarInteger(edist_threads_allowed(number));
}
