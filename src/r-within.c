#include "r-request.h"
#include "sink/selection.h"

/* Everything about a call; its hits are freed whatever happens. */
struct within {
  struct edist_r_request request;
  SEXP radius, long_form, progress;
  double max_pairs; /* that fit in memory */
  struct edist_sink_within sink;
};

/* FALSE if the user interrupted. */
static bool find(struct within *w) {
  const struct edist_r_request *r = &w->request;
  const size_t nquery = r->x.source.nrow, nbase = edist_r_base(r)->nrow;
  const bool triangle = !r->cross && XLENGTH(w->radius) == 1;
  const struct edist_r_limits limits = edist_r_limits(r, w->radius);
  w->sink = edist_sink_within(nbase, nquery, limits.limit, limits.radius,
                              !r->cross, triangle, (size_t)w->max_pairs);
  if (nquery == 0 || nbase == 0 || r->x.source.ncol == 0) return true;
  const bool done =
      edist_r_run_selection(r, &w->sink.sink, &w->sink.ranking, w->sink.chunk,
                            triangle, !limits.surrogates, w->progress, NULL);
  if (atomic_load(&w->sink.full)) {
    edist_r_abort("memory",
                  "`radius` must leave at most %.0f pairs, which fit in memory "
                  "here, not more: give a smaller one, or count them with "
                  "`edist_reduce(x, \"count\", radius = radius)`.",
                  w->max_pairs);
  }
  return done;
}

static SEXP answer_of(void *data) {
  struct within *w = data;
  if (!find(w)) return R_NilValue;
  const size_t nquery = w->request.x.source.nrow;
  const char *names[] = {"start", "query", "index", "distance", ""};
  SEXP answer = PROTECT(Rf_mkNamed(VECSXP, names));
  SEXP start = Rf_allocVector(REALSXP, (R_xlen_t)nquery + 1);
  SET_VECTOR_ELT(answer, 0, start);
  edist_within_starts(&w->sink, REAL(start));
  const bool long_form = Rf_asLogical(w->long_form);
  const R_xlen_t length = (R_xlen_t)REAL(start)[nquery];
  if (long_form) SET_VECTOR_ELT(answer, 1, Rf_allocVector(INTSXP, length));
  SET_VECTOR_ELT(answer, 2, Rf_allocVector(INTSXP, length));
  SET_VECTOR_ELT(answer, 3, Rf_allocVector(REALSXP, length));
  edist_within_fill(&w->sink, long_form ? 1 : 0,
                    long_form ? INTEGER(VECTOR_ELT(answer, 1)) : NULL,
                    INTEGER(VECTOR_ELT(answer, 2)),
                    REAL(VECTOR_ELT(answer, 3)));
  UNPROTECT(1);
  return answer;
}

static void free_hits(void *data) {
  struct within *w = data;
  edist_within_free(&w->sink);
}

/* NULL if the user interrupted. With `long_form` indices are from 1 and the
 * query of each pair is there; otherwise they are from 0, as package Matrix has
 * them. */
SEXP edist_within(SEXP x, SEXP y, SEXP spec, SEXP radius, SEXP long_form,
                  SEXP max_pairs, SEXP progress) {
  struct within w = {.radius = radius,
                     .long_form = long_form,
                     .progress = progress,
                     .max_pairs = Rf_asReal(max_pairs)};
  edist_r_read(&w.request, x, y, spec);
  return R_ExecWithCleanup(answer_of, &w, free_hits, &w);
}
