#include "engine/rowwise.h"

#include <math.h>

static bool get(void *data, size_t n, const double *a, size_t m,
                const double *b, double *to, size_t ld) {
  const struct edist_rowwise *r = data;
  for (size_t j = 0; j < m; j++) {
    const double *right = r->b + ((size_t)b[j] - 1) * r->length;
    for (size_t i = 0; i < n; i++) {
      const double *left = r->a + ((size_t)a[i] - 1) * r->length;
      const double d = r->swapped ? r->distance(right, left, r->ncol, r->data)
                                  : r->distance(left, right, r->ncol, r->data);
      to[j * ld + i] = isnan(d) ? r->missing : d;
    }
  }
  return true;
}

struct edist_given edist_rowwise_given(struct edist_rowwise *rowwise) {
  return (struct edist_given){.get = get, .data = rowwise};
}

/* A micro-panel of one row holds its values side by side. */
void edist_rowwise_take(struct edist_source *source,
                        const struct edist_kernel *kernel, size_t length,
                        double *rows, double *number) {
  for (size_t i = 0; i < source->nrow; i++) {
    source->pack(source, kernel, i, 1, 0, source->ncol, 1, rows + i * length);
    number[i] = (double)(i + 1);
  }
  *source = edist_source_double(number, source->nrow, 1);
}
