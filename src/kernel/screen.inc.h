/* A screen kernel, written once. The file that includes this defines
 *
 *   MV, NR             vectors of rows of a panel, by queries
 *   VL                 lanes of a vector
 *   words              a vector of 32-bit words
 *   w_load, w_all      a vector from memory; a word in all lanes
 *   w_dot(sum, a, b)   sum + the products of the codes in each word
 *   w_at_least(a, b)   a >= b as signed numbers, a bit a lane
 *   SCREEN_TILE        the name of the function
 */
static bool SCREEN_TILE(size_t nwords, const int32_t *panel,
                        const int32_t *start, const int32_t *const *row,
                        const int32_t *limit, unsigned *hits) {
  words sum[NR][MV];
  unsigned any = 0;
  EDIST_UNROLL
  for (int j = 0; j < NR; j++) {
    EDIST_UNROLL
    for (int v = 0; v < MV; v++) sum[j][v] = w_load(start + v * VL);
  }
  for (size_t w = 0; w < nwords; w++) {
    words a[MV];
    EDIST_UNROLL
    for (int v = 0; v < MV; v++) a[v] = w_load(panel + (w * MV + v) * VL);
    EDIST_UNROLL
    for (int j = 0; j < NR; j++) {
      const words b = w_all(row[j][w]);
      EDIST_UNROLL
      for (int v = 0; v < MV; v++) sum[j][v] = w_dot(sum[j][v], a[v], b);
    }
  }
  EDIST_UNROLL
  for (int j = 0; j < NR; j++) {
    const words least = w_all(limit[j]);
    unsigned bits = 0;
    EDIST_UNROLL
    for (int v = 0; v < MV; v++) {
      bits |= w_at_least(sum[j][v], least) << (v * VL);
    }
    hits[j] = bits;
    any |= bits;
  }
  return any != 0;
}
