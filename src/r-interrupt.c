#include <string.h>

#include "edist-r.h"

static SEXP report(void *data) {
  struct edist_r_listener *listener = data;
  R_CheckUserInterrupt();
  if (listener->progress != R_NilValue) {
    SEXP done = PROTECT(Rf_ScalarReal(listener->done));
    SEXP call = PROTECT(Rf_lang2(listener->progress, done));
    Rf_eval(call, R_BaseEnv);
    UNPROTECT(2);
  }
  return R_NilValue;
}

static SEXP remember(SEXP condition, void *data) {
  struct edist_r_listener *listener = data;
  listener->failed = true;
  SEXP call = PROTECT(Rf_lang2(Rf_install("conditionMessage"), condition));
  SEXP message = PROTECT(Rf_eval(call, R_BaseEnv));
  if (TYPEOF(message) == STRSXP && XLENGTH(message) > 0) {
    strncpy(listener->error, CHAR(STRING_ELT(message, 0)),
            sizeof listener->error - 1);
  }
  UNPROTECT(2);
  return R_NilValue;
}

static void report_safely(void *data) {
  R_tryCatchError(report, data, remember, data);
}

/* At top level neither an interrupt nor an error, from setTimeLimit() say, can
 * jump out of the engine's parallel region. This returns, the engine stops in
 * order, and the caller raises what happened. */
static bool go_on(void *data, double done) {
  struct edist_r_listener *listener = data;
  listener->done = done;
  return R_ToplevelExec(report_safely, listener) && !listener->failed;
}

struct edist_callback edist_r_callback(struct edist_r_listener *listener) {
  return (struct edist_callback){.go_on = go_on, .data = listener};
}
