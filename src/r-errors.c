#include <stdarg.h>
#include <stdio.h>

#include "edist-r.h"

void edist_r_abort(const char *kind, const char *format, ...) {
  char message[2048];
  va_list values;
  va_start(values, format);
  vsnprintf(message, sizeof message, format, values);
  va_end(values);
  SEXP name = PROTECT(Rf_mkString("edist"));
  SEXP space = PROTECT(R_FindNamespace(name));
  SEXP text = PROTECT(Rf_mkString(message));
  SEXP class = PROTECT(Rf_mkString(kind));
  SEXP call = PROTECT(Rf_lang3(Rf_install("raise"), text, class));
  Rf_eval(call, space);
  Rf_error("%s", message); /* not reached: raise() does not return */
}
