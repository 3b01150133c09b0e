#include "request.h"
#include "sink/select.h"

/* Everything about a call; its hits are given back whatever happens. */
struct within {
  struct edist_r_request request;
  SEXP radius, queries, progress;
  size_t most; /* pairs that there is room for */
  struct edist_sink_within sink;
};

/* FALSE if the user interrupted. */
static bool find(struct within *w, bool triangle, bool keep) {
  const struct edist_r_request *r = &w->request;
  const size_t n = r->x.source.nrow, m = edist_r_base(r)->nrow;
  const struct edist_r_limits limits = edist_r_limits(r, w->radius);
  w->sink = edist_sink_within(m, n, limits.limit, limits.radius, NULL,
                              !r->cross, triangle, keep, w->most);
  const size_t counts = n * w->sink.stretches + 1;
  w->sink.count = (size_t *)R_alloc(counts, sizeof *w->sink.count);
  for (size_t c = 0; c < counts; c++) w->sink.count[c] = 0;
  if (n == 0 || m == 0 || r->x.source.ncol == 0) return true;
  const bool done =
      edist_r_run_compare(r, &w->sink.sink, &w->sink.compare, w->sink.stretch,
                          triangle, !limits.squares, w->progress);
  if (atomic_load(&w->sink.compare.full)) {
    edist_r_abort(
        "memory",
        "`radius` must leave pairs that fit in memory, at most %.0f here, "
        "not more: ask for a smaller one, or for counts.",
        (double)w->most);
  }
  return done;
}

static SEXP pairs(void *data) {
  struct within *w = data;
  const bool triangle = !w->request.cross && XLENGTH(w->radius) == 1;
  if (!find(w, triangle, true)) return R_NilValue;
  const size_t n = w->request.x.source.nrow;
  const char *names[] = {"start", "query", "index", "distance", ""};
  SEXP answer = PROTECT(Rf_mkNamed(VECSXP, names));
  SEXP start = Rf_allocVector(REALSXP, (R_xlen_t)n + 1);
  SET_VECTOR_ELT(answer, 0, start);
  edist_within_starts(&w->sink, REAL(start));
  const double count = REAL(start)[n];
  const bool queries = Rf_asLogical(w->queries);
  const R_xlen_t length = (R_xlen_t)count;
  if (queries) SET_VECTOR_ELT(answer, 1, Rf_allocVector(INTSXP, length));
  SET_VECTOR_ELT(answer, 2, Rf_allocVector(INTSXP, length));
  SET_VECTOR_ELT(answer, 3, Rf_allocVector(REALSXP, length));
  edist_within_fill(&w->sink, queries ? 1 : 0,
                    queries ? INTEGER(VECTOR_ELT(answer, 1)) : NULL,
                    INTEGER(VECTOR_ELT(answer, 2)),
                    REAL(VECTOR_ELT(answer, 3)));
  UNPROTECT(1);
  return answer;
}

static void give_back(void *data) {
  struct within *w = data;
  edist_within_free(&w->sink);
}

/* Both return NULL if the user interrupted. Indices are from 1 with `queries`,
 * from 0 without, as package Matrix has them. */
SEXP edist_within(SEXP x, SEXP y, SEXP how, SEXP radius, SEXP queries,
                  SEXP most, SEXP progress) {
  struct within w = {.radius = radius,
                     .queries = queries,
                     .progress = progress,
                     .most = (size_t)Rf_asReal(most)};
  edist_r_read(&w.request, x, y, how);
  return R_ExecWithCleanup(pairs, &w, give_back, &w);
}

static SEXP counts(void *data) {
  struct within *w = data;
  if (!find(w, false, false)) return R_NilValue;
  const size_t n = w->request.x.source.nrow, stretches = w->sink.stretches;
  SEXP answer = PROTECT(Rf_allocVector(INTSXP, (R_xlen_t)n));
  for (size_t i = 0; i < n; i++) {
    size_t sum = 0;
    for (size_t s = 0; s < stretches; s++)
      sum += w->sink.count[i * stretches + s];
    INTEGER(answer)[i] = (int)sum;
  }
  UNPROTECT(1);
  return answer;
}

SEXP edist_within_counts(SEXP x, SEXP y, SEXP how, SEXP radius, SEXP progress) {
  struct within w = {.radius = radius, .progress = progress};
  edist_r_read(&w.request, x, y, how);
  return R_ExecWithCleanup(counts, &w, give_back, &w);
}
