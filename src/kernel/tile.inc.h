/* A tile function, included once for each. The including file defines
 *   TILE        its name,
 *   MS, NS      vectors and columns of the tile that are done at a time: as
 * many as registers hold, STEP        what column k adds to the accumulators
 * acc and count[j][v], where x[v] and y are the values, JOIN(a, b)  how the
 * sums of two summation blocks come together, CHAIN       1 if there are no
 * such blocks but one chain over all columns, COUNT       1 if it counts what
 * it uses, PAIRED      1 if a value is column k and, in rest[v] and y_rest, what
 * column k + 1 adds to it.
 *
 * All loops over the tile are unrolled, those that set it to zero and store it
 * as well: otherwise gcc keeps the accumulators in memory and the kernel runs
 * at half its speed. */
static void TILE(const struct edist_panels *panels, double *d, double *used,
                 size_t ld, bool fresh) {
  const size_t ncol = panels->ncol;
  const size_t length = CHAIN ? ncol : EDIST_SUM_BLOCK;
  (void)used;
  for (size_t part = 0; part < (MV / MS) * (NR / NS); part++) {
    const size_t v0 = part % (MV / MS) * MS, j0 = part / (MV / MS) * NS;
    double *to = d + j0 * ld + v0 * VL;
    for (size_t k0 = 0; k0 < ncol; k0 += length) {
      const size_t k1 = ncol - k0 < length ? ncol : k0 + length;
      vec acc[NS][MS];
      EDIST_UNROLL
      for (int j = 0; j < NS; j++) {
        EDIST_UNROLL
        for (int v = 0; v < MS; v++) acc[j][v] = v_zero();
      }
#if CHAIN
      if (!fresh) {
        EDIST_UNROLL
        for (int j = 0; j < NS; j++) {
          EDIST_UNROLL
          for (int v = 0; v < MS; v++) {
            acc[j][v] = v_load(to + (size_t)j * ld + v * VL);
          }
        }
      }
#endif
#if COUNT
      double *counts = used + j0 * ld + v0 * VL;
      vec count[NS][MS];
      EDIST_UNROLL
      for (int j = 0; j < NS; j++) {
        EDIST_UNROLL
        for (int v = 0; v < MS; v++) {
          count[j][v] = v_load(counts + (size_t)j * ld + v * VL);
        }
      }
#endif
      for (size_t k = k0; k < k1; k += 1 + PAIRED) {
        const double *a = panels->a + k * MR + v0 * VL;
        const double *b = panels->b + k * NR + j0;
        const vec weight = v_bcast(panels->weights + k);
        (void)weight;
        vec x[MS];
        EDIST_UNROLL
        for (int v = 0; v < MS; v++) x[v] = v_load(a + v * VL);
#if PAIRED
        vec rest[MS];
        EDIST_UNROLL
        for (int v = 0; v < MS; v++) rest[v] = v_load(a + MR + v * VL);
#endif
        EDIST_UNROLL
        for (int j = 0; j < NS; j++) {
          const vec y = v_bcast(b + j);
#if PAIRED
          const vec y_rest = v_bcast(b + NR + j);
#endif
          EDIST_UNROLL
          for (int v = 0; v < MS; v++) {
            STEP;
          }
        }
      }
      if (CHAIN || (fresh && k0 == 0)) {
        EDIST_UNROLL
        for (int j = 0; j < NS; j++) {
          EDIST_UNROLL
          for (int v = 0; v < MS; v++) {
            v_store(to + (size_t)j * ld + v * VL, acc[j][v]);
          }
        }
      } else {
        EDIST_UNROLL
        for (int j = 0; j < NS; j++) {
          EDIST_UNROLL
          for (int v = 0; v < MS; v++) {
            double *old = to + (size_t)j * ld + v * VL;
            v_store(old, JOIN(v_load(old), acc[j][v]));
          }
        }
      }
#if COUNT
      EDIST_UNROLL
      for (int j = 0; j < NS; j++) {
        EDIST_UNROLL
        for (int v = 0; v < MS; v++) {
          v_store(counts + (size_t)j * ld + v * VL, count[j][v]);
        }
      }
#endif
    }
  }
}
#undef TILE
#undef MS
#undef NS
#undef STEP
#undef JOIN
#undef CHAIN
#undef COUNT
#undef PAIRED
