/* One side's rows in micro-panels. Each piece of them is packed once, by the
 * first thread that needs it, and read by all.
 *
 * What is packed at a time is a window: some rows, and all columns or some, in
 * panels of kc columns, one behind the other:
 *
 *   panel 0: rows x kc | panel 1: rows x kc | ... | the last: rows x the rest
 */
#ifndef EDIST_PACKED_H
#define EDIST_PACKED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

struct edist_packed {
  const struct edist_source *source;
  const struct edist_kernel *kernel;
  size_t lanes; /* rows of a micro-panel */
  size_t kc;
  size_t max_rows, max_cols;
  size_t i0, nrow, k0, ncol; /* the window */
  double *data;
  atomic_uchar *state; /* of each piece, a few rows of a panel */
};

/* For windows of at most so many rows and columns; without memory, which
 * edist_packed_place() gives it: so many doubles at `room`. Returns what comes
 * behind them. */
struct edist_packed edist_packed_make(const struct edist_source *source,
                                      const struct edist_kernel *kernel,
                                      size_t lanes, size_t kc, size_t max_rows,
                                      size_t max_cols);
size_t edist_packed_room(const struct edist_packed *packed);
double *edist_packed_place(struct edist_packed *packed, double *room);

/* Moves to the window of nrow rows from i0 on and ncol columns from k0 on, a
 * multiple of kc. Nothing happens if it is there. Not while others read. */
void edist_packed_move(struct edist_packed *packed, size_t i0, size_t nrow,
                       size_t k0, size_t ncol);

/* Sees to it that nrow rows from row i on are packed, in the panel of ncol
 * columns that begins with column k, and adds what was found among the values
 * of their pieces to flags. False if `stop` was set meanwhile. */
bool edist_packed_need(struct edist_packed *packed, size_t i, size_t nrow,
                       size_t k, size_t ncol, const atomic_bool *stop,
                       unsigned *flags);

/* Row i of that panel, where a micro-panel begins. */
static inline const double *edist_packed_at(const struct edist_packed *packed,
                                            size_t i, size_t k, size_t ncol) {
  return packed->data + (k - packed->k0) * packed->max_rows +
         (i - packed->i0) * ncol;
}

#endif
