#include "kernel/size.h"
#include "kernel/target.h"
#include "search/walk.h"

/* The largest edist_screen_kernel.rows. */
enum { MAX_ROWS = 8 };

static bool run_waiting(struct edist_searcher *w, size_t q) {
  const size_t n = w->nwaiting[q];
  w->nwaiting[q] = 0;
  w->work.waited += (double)n;
  return edist_compare_rows(w, q, w->waiting + q * w->search->base.mr, n);
}

bool edist_screen_waiting(struct edist_searcher *w) {
  for (size_t q = 0; q < w->batch.count; q++) {
    if (w->nwaiting[q] > 0 && !run_waiting(w, q)) return false;
  }
  return true;
}

/* The rows of a micro-panel that remain for query q wait, but for many: then
 * the micro-panel is computed as it is. */
static bool remain(struct edist_searcher *w, size_t q, size_t r,
                   unsigned hits) {
  const size_t mr = w->search->base.mr;
  unsigned count = 0;
  for (unsigned rest = hits; rest; rest &= rest - 1) count++;
  if (2 * count > mr) return edist_compare_panel(w, q, r);
  for (; hits; r++, hits >>= 1) {
    if (!(hits & 1)) continue;
    EDIST_PREFETCH(w->search->base.rows + r * w->search->base.ncol);
    w->waiting[q * mr + w->nwaiting[q]++] = r;
    if (w->nwaiting[q] == mr && !run_waiting(w, q)) return false;
  }
  return true;
}

/* Screens the rows of a leaf for up to `rows` picked queries. */
static bool screen_few(struct edist_searcher *w, const struct edist_node *leaf,
                       size_t first, size_t count) {
  const struct edist_search *search = w->search;
  const struct edist_screen *screen = &search->screen;
  const size_t lanes = screen->kernel->lanes, mr = search->base.mr;
  const int32_t *row[MAX_ROWS];
  int32_t limit[MAX_ROWS];
  unsigned hits[MAX_ROWS];
  for (size_t t = 0; t < screen->kernel->rows; t++) {
    const size_t q = w->pick[first + (t < count ? t : 0)];
    row[t] = w->code[q].word;
    limit[t] = t < count ? edist_screen_limit(screen, w->code + q,
                                              leaf->row0 / search->base.leaf,
                                              w->root[q])
                         : INT32_MAX;
  }
  for (size_t r = leaf->row0; r < leaf->row1; r += lanes) {
    const size_t n = edist_size_min(lanes, leaf->row1 - r);
    if (!screen->kernel->tile(screen->words, screen->panels + r * screen->words,
                              screen->start + r, row, limit, hits)) {
      continue;
    }
    for (size_t t = 0; t < count; t++) {
      const size_t q = w->pick[first + t];
      const unsigned there = hits[t] & (unsigned)((1ull << n) - 1);
      for (size_t l = 0; l < n && there >> l; l += mr) {
        const unsigned some = there >> l & ((1u << mr) - 1);
        if (some && !remain(w, q, r + l, some)) return false;
      }
    }
  }
  return true;
}

bool edist_screen_leaf(struct edist_searcher *w, size_t at, size_t count) {
  const struct edist_node *leaf = w->search->base.node + at;
  const size_t rows = w->search->screen.kernel->rows;
  for (size_t c = 0; c < count; c += rows) {
    if (!screen_few(w, leaf, c, edist_size_min(rows, count - c))) return false;
  }
  w->work.screened += (double)(leaf->row1 - leaf->row0) * (double)count;
  edist_searcher_limits(w);
  return true;
}
