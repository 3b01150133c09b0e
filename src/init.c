#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

#include "edist-r.h"
#include "engine/threads.h"

#define ENTRY(NAME, ARGUMENTS) {#NAME, (DL_FUNC)&NAME, ARGUMENTS},

static const R_CallMethodDef routines[] = {
    EDIST_R_ROUTINES(ENTRY){NULL, NULL, 0}};

attribute_visible void R_init_edist(DllInfo *dll) {
  R_registerRoutines(dll, NULL, routines, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
  R_RegisterCCallable("edist", "edist_api", (DL_FUNC)edist_r_api);
  edist_threads_watch_forks();
}
