#include "edist-r.h"

static void ask(void *progress_call) {
  R_CheckUserInterrupt();
  if (progress_call != R_NilValue) Rf_eval(progress_call, R_BaseEnv);
}

/* At top level neither an interrupt nor an error can jump out of the engine's
 * parallel region: it returns, and the engine stops in order. */
static bool go_on(void *data, double done) {
  SEXP progress = data;
  SEXP call = R_NilValue;
  if (progress != R_NilValue) {
    SEXP share = PROTECT(Rf_ScalarReal(done));
    call = Rf_lang2(progress, share);
    UNPROTECT(1);
  }
  PROTECT(call);
  const bool on = R_ToplevelExec(ask, call);
  UNPROTECT(1);
  return on;
}

struct edist_watch edist_r_watch(SEXP progress) {
  return (struct edist_watch){.go_on = go_on, .data = progress};
}
