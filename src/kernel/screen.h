/* Screening: bounds of whole tiles of pairs by small whole numbers.
 *
 * A code u stands for the value offset + step u. The codes of a row, `columns`
 * to a word of 32 bits, give its products with those of other rows exactly, in
 * integers, several times as fast as differences in double precision. What they
 * say of distances is in search/screen.h. */
#ifndef EDIST_SCREEN_KERNEL_H
#define EDIST_SCREEN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edist_screen_kernel {
  size_t lanes;   /* rows of a panel: word by word, side by side */
  size_t rows;    /* queries of a tile */
  size_t columns; /* codes in a word */
  int zero;       /* queries store u - zero, panels u */
  int max_code;   /* the largest u; for many columns see edist_screen_codes() */
  double cost;    /* of two codes, if a term in a plain tile costs 1 */
  /* Adds to start[lane] the products of the lane's codes with those of each
   * row; sets the bits of hits[j] whose sum is at least limit[j]. Whether any
   * is. */
  bool (*tile)(size_t words, const int32_t *panel, const int32_t *start,
               const int32_t *const *row, const int32_t *limit, unsigned *hits);
  bool (*runs)(void);
  const struct edist_screen_kernel *finer;     /* with longer codes, or NULL */
  const struct edist_screen_kernel *otherwise; /* if it does not run here */
};

extern const struct edist_screen_kernel edist_screen_avx512;
extern const struct edist_screen_kernel edist_screen_avx2;

#endif
