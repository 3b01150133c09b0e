#include "source/source.h"

#include <math.h>

#include "kernel/kahan.h"
#include "kernel/size.h"

static void change_rows(const struct edist_source *source, size_t i0,
                        size_t nrow, size_t ncol, size_t lanes,
                        double *panels) {
  for (size_t i = 0; i < nrow; i += lanes) {
    const struct edist_unit_row *unit = source->unit + i0 + i;
    const size_t rows = edist_size_min(nrow - i, lanes);
    for (size_t k = 0; k < ncol; k++) {
      double *value = panels + i * ncol + k * lanes;
      for (size_t l = 0; l < rows; l++) {
        const double of_row = edist_unit_centred(unit + l, value[l]);
        value[l] = of_row * unit[l].factor;
        if (source->roots) value[l] = sqrt(value[l]);
      }
    }
  }
}

unsigned edist_source_pack(const struct edist_source *source,
                           const struct edist_kernel *kernel, size_t i0,
                           size_t nrow, size_t k0, size_t ncol, size_t lanes,
                           double *panels) {
  const unsigned flags =
      source->pack(source, kernel, i0, nrow, k0, ncol, lanes, panels);
  if (source->unit) change_rows(source, i0, nrow, ncol, lanes, panels);
  if (source->on) {
    const size_t count = edist_size_ceil(nrow, lanes) * lanes * ncol;
    for (size_t v = 0; v < count; v++) panels[v] = panels[v] != 0;
  }
  return flags;
}

/* Rows and columns looked at together. */
enum { ROWS = 16, COLUMNS = 128 };

/* Gathered about a few rows in a pass over their columns. */
struct gather {
  struct edist_kahan sum[ROWS];
  double max[ROWS]; /* of absolute values */
  bool negative[ROWS];
};

enum measure {
  MEASURE_max,
  MEASURE_sum,
  MEASURE_squares,
  MEASURE_whole, /* the sum of whole numbers from 0; NaN if one is none */
  MEASURE_on     /* how many are not 0; NaN if one is not finite */
};

static double total_of(enum measure measure, double value) {
  if (measure == MEASURE_on) return isfinite(value) ? value != 0 : NAN;
  return value >= 0 && value == rint(value) ? value : NAN;
}

static struct gather gather(const struct edist_source *source,
                            const struct edist_kernel *kernel, size_t i0,
                            size_t rows, const struct edist_unit_row *unit,
                            enum measure measure) {
  struct gather g = {.max = {0}};
  double panel[ROWS * COLUMNS];
  for (size_t k0 = 0; k0 < source->ncol; k0 += COLUMNS) {
    const size_t ncol = edist_size_min(source->ncol - k0, COLUMNS);
    source->pack(source, kernel, i0, rows, k0, ncol, ROWS, panel);
    for (size_t k = 0; k < ncol; k++) {
      for (size_t l = 0; l < rows; l++) {
        const double value = panel[k * ROWS + l];
        if (measure == MEASURE_max) {
          const double size = fabs(value);
          if (!(size <= g.max[l])) g.max[l] = size; /* NaN stays */
          if (value < 0) g.negative[l] = true;
          if (size != size) g.sum[l].sum = size;
        } else if (measure == MEASURE_whole || measure == MEASURE_on) {
          edist_kahan_add(&g.sum[l], total_of(measure, value));
        } else {
          const double centred = edist_unit_centred(unit + l, value);
          edist_kahan_add(&g.sum[l],
                          measure == MEASURE_sum ? centred : centred * centred);
        }
      }
    }
  }
  return g;
}

void edist_source_change(struct edist_source *source,
                         const struct edist_kernel *kernel,
                         enum edist_rows rows_as,
                         struct edist_unit_row *units) {
  const bool centred = rows_as == EDIST_ROWS_centred;
  const bool shares =
      rows_as == EDIST_ROWS_shares || rows_as == EDIST_ROWS_root_shares;
  for (size_t i = 0; i < source->nrow; i += ROWS) {
    const size_t rows = edist_size_min(source->nrow - i, ROWS);
    struct edist_unit_row *unit = units + i;
    struct gather g = gather(source, kernel, i, rows, NULL, MEASURE_max);
    bool direction[ROWS];
    for (size_t l = 0; l < rows; l++) {
      direction[l] = g.sum[l].sum == 0 && g.max[l] > 0 && isfinite(g.max[l]) &&
                     !(shares && g.negative[l]);
      unit[l] = (struct edist_unit_row){
          .scale = direction[l] ? edist_unit_scale(g.max[l]) : 0};
    }
    for (int time = 0; centred && time < 2; time++) {
      g = gather(source, kernel, i, rows, unit, MEASURE_sum);
      for (size_t l = 0; l < rows; l++) {
        *(time ? &unit[l].rest : &unit[l].centre) =
            g.sum[l].sum / (double)source->ncol;
      }
    }
    g = gather(source, kernel, i, rows, unit,
               shares ? MEASURE_sum : MEASURE_squares);
    for (size_t l = 0; l < rows; l++) {
      direction[l] = direction[l] && g.sum[l].sum > 0;
      const double sum = g.sum[l].sum;
      unit[l].factor = direction[l] ? 1 / (shares ? sum : sqrt(sum)) : NAN;
    }
  }
  source->unit = units;
  source->roots = rows_as == EDIST_ROWS_root_shares;
}

/* Whether all rows have one. */
static bool total_all(const struct edist_source *source,
                      const struct edist_kernel *kernel, bool on,
                      double *total) {
  for (size_t i = 0; i < source->nrow; i += ROWS) {
    const size_t rows = edist_size_min(source->nrow - i, ROWS);
    const struct gather g =
        gather(source, kernel, i, rows, NULL, on ? MEASURE_on : MEASURE_whole);
    for (size_t l = 0; l < rows; l++) {
      total[i + l] = g.sum[l].sum;
      if (!(total[i + l] < 0x1p51)) return false;
    }
  }
  return true;
}

void edist_source_totals(struct edist_source *x, struct edist_source *y,
                         const struct edist_kernel *kernel, bool on,
                         double *of_x, double *of_y) {
  enum { FEW = 64 };
  if (x->nrow < FEW || (y && y->nrow < FEW)) return;
  if (!total_all(x, kernel, on, of_x)) return;
  if (y && !total_all(y, kernel, on, of_y)) return;
  x->total = of_x;
  x->on = on;
  if (!y) return;
  y->total = of_y;
  y->on = on;
}
