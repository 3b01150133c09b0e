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

struct safe_call {
  struct edist_r_listener *listener;
  SEXP (*call)(void *);
  void *data;
};

static void call_safely(void *data) {
  struct safe_call *safe = data;
  R_tryCatchError(safe->call, safe->data, remember, safe->listener);
}

/* At top level neither an interrupt nor an error, from setTimeLimit() say, can
 * jump out of the engine's parallel region. This returns, the engine stops in
 * order, and the caller raises what happened. */
bool edist_r_safely(struct edist_r_listener *listener, SEXP (*call)(void *),
                    void *data) {
  struct safe_call safe = {listener, call, data};
  return R_ToplevelExec(call_safely, &safe) && !listener->failed;
}

static bool go_on(void *data, double done) {
  struct edist_r_listener *listener = data;
  listener->done = done;
  return edist_r_safely(listener, report, listener);
}

struct edist_callback edist_r_callback(struct edist_r_listener *listener) {
  return (struct edist_callback){.go_on = go_on, .data = listener};
}
