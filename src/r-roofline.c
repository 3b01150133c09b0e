#include <string.h>

#include "edist-r.h"
#include "engine/roofline.h"

static const struct edist_kernel *kernel_of(const char *name) {
  for (const struct edist_isa *isa = edist_isa_table; isa->name; isa++) {
    if (strcmp(isa->name, name) == 0 && isa->runs()) return isa->kernel;
  }
  edist_r_abort("argument", "`isa` must be an instruction set that runs here.");
}

/* A second's worth of terms of a method's sum, or of "root". */
SEXP edist_roofline_rate(SEXP isa, SEXP what, SEXP threads, SEXP seconds) {
  const struct edist_kernel *kernel = kernel_of(CHAR(STRING_ELT(isa, 0)));
  const char *name = CHAR(STRING_ELT(what, 0));
  const int n = Rf_asInteger(threads);
  const double s = Rf_asReal(seconds);
  if (strcmp(name, "root") == 0) {
    return Rf_ScalarReal(edist_roofline_root(kernel, n, s));
  }
  const struct edist_metric *metric = edist_metric_find(name);
  if (!metric || !kernel->peak[metric->accumulate]) {
    edist_r_abort("argument",
                  "`what` must be a sum that has a peak, not \"%s\".", name);
  }
  return Rf_ScalarReal(edist_roofline_sum(kernel, metric->accumulate, n, s));
}

/* Bytes a second: into fresh memory, into warm memory. */
SEXP edist_roofline_bytes(SEXP threads, SEXP seconds) {
  const struct edist_roofline_write rate =
      edist_roofline_write(Rf_asInteger(threads), Rf_asReal(seconds));
  SEXP out = Rf_allocVector(REALSXP, 2);
  REAL(out)[0] = rate.fresh;
  REAL(out)[1] = rate.warm;
  return out;
}
