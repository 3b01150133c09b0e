#include "engine/packed.h"

#include <string.h>

#include "engine/clock.h"
#include "engine/scratch.h"
#include "kernel/size.h"

/* Rows of a piece, at least: few, so that many threads can pack at once. */
enum { PIECE_ROWS = 96 };

/* States of a piece; READY comes with the flags of its values. */
enum { EMPTY = 0, BUSY = 1, READY = 2, FLAGS = 4 };

static size_t piece_rows(size_t lanes) {
  return edist_size_ceil(PIECE_ROWS, lanes) * lanes;
}

static size_t pieces(size_t lanes, size_t rows) {
  return edist_size_ceil(rows, piece_rows(lanes));
}

static size_t states(const struct edist_packed *p) {
  return pieces(p->lanes, p->max_rows) * edist_size_ceil(p->max_cols, p->kc);
}

static size_t values(const struct edist_packed *p) {
  return edist_size_product(p->max_rows, p->max_cols);
}

struct edist_packed edist_packed_make(const struct edist_source *source,
                                      const struct edist_kernel *kernel,
                                      size_t lanes, size_t kc, size_t max_rows,
                                      size_t max_cols) {
  return (struct edist_packed){
      .source = source,
      .kernel = kernel,
      .lanes = lanes,
      .kc = kc,
      .max_rows = edist_size_ceil(max_rows, lanes) * lanes,
      .max_cols = max_cols};
}

/* In doubles, whole cache lines. */
static size_t room_of_values(const struct edist_packed *p) {
  const size_t line = EDIST_CACHE_LINE / sizeof(double);
  return edist_size_ceil(values(p), line) * line;
}

static size_t room_of_states(const struct edist_packed *p) {
  const size_t line = EDIST_CACHE_LINE / sizeof(double);
  return edist_size_ceil(states(p), EDIST_CACHE_LINE) * line;
}

size_t edist_packed_room(const struct edist_packed *p) {
  return room_of_values(p) + room_of_states(p);
}

double *edist_packed_place(struct edist_packed *p, double *room) {
  p->data = room;
  p->state = (atomic_uchar *)(room + room_of_values(p));
  return room + edist_packed_room(p);
}

void edist_packed_move(struct edist_packed *p, size_t i0, size_t nrow,
                       size_t k0, size_t ncol) {
  if (p->nrow == nrow && p->i0 == i0 && p->k0 == k0 && p->ncol == ncol) return;
  p->i0 = i0;
  p->nrow = nrow;
  p->k0 = k0;
  p->ncol = ncol;
  for (size_t s = 0; s < states(p); s++) atomic_init(&p->state[s], EMPTY);
}

/* Rows of the window that a range touches, in pieces. */
struct range {
  size_t from, to;
  atomic_uchar *state;
};

static struct range range_of(const struct edist_packed *p, size_t i,
                             size_t nrow, size_t k) {
  const size_t rows = piece_rows(p->lanes);
  const size_t panel = (k - p->k0) / p->kc;
  return (struct range){
      .from = (i - p->i0) / rows,
      .to = edist_size_ceil(i + nrow - p->i0, rows),
      .state = p->state + panel * pieces(p->lanes, p->max_rows)};
}

static void pack(struct edist_packed *p, size_t piece, size_t k, size_t ncol,
                 atomic_uchar *state) {
  const size_t rows = piece_rows(p->lanes), from = piece * rows;
  double *to = p->data + (k - p->k0) * p->max_rows + from * ncol;
  const unsigned flags = edist_source_pack(p->source, p->kernel, p->i0 + from,
                                           edist_size_min(rows, p->nrow - from),
                                           k, ncol, p->lanes, to);
  atomic_store_explicit(state, (unsigned char)(READY | flags * FLAGS),
                        memory_order_release);
}

bool edist_packed_need(struct edist_packed *p, size_t i, size_t nrow, size_t k,
                       size_t ncol, const atomic_bool *stop, unsigned *flags) {
  const struct range r = range_of(p, i, nrow, k);
  /* First what nobody has begun: others pack the rest meanwhile. */
  for (size_t s = r.from; s < r.to; s++) {
    unsigned char state = EMPTY;
    if (atomic_load_explicit(&r.state[s], memory_order_relaxed) == EMPTY &&
        atomic_compare_exchange_strong(&r.state[s], &state, BUSY)) {
      pack(p, s, k, ncol, &r.state[s]);
    }
  }
  for (size_t s = r.from; s < r.to; s++) {
    unsigned state;
    for (int waits = 0;
         !((state = atomic_load_explicit(&r.state[s], memory_order_acquire)) &
           READY);
         waits++) {
      if (atomic_load_explicit(stop, memory_order_relaxed)) return false;
      edist_wait(waits);
    }
    *flags |= state / FLAGS;
  }
  return true;
}
