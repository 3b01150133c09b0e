/* Rows in an order that puts neighbours together: a binary tree of boxes.
 *
 * The tree splits rows at the median of the coordinate in which they spread
 * most, down to leaves of a few micro-panels. Coordinates are the columns, or
 * few that tell as much (axes.h). Nodes are in preorder: the left child
 * follows its parent. All leaves but the last are full, so leaf l holds the
 * sorted rows from l * leaf on. The tree decides how many pairs a search
 * computes, never what it finds. */
#ifndef EDIST_TREE_H
#define EDIST_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/progress.h"
#include "search/axes.h"

struct edist_node {
  size_t row0, row1; /* sorted rows */
  size_t right;      /* its right child; 0: a leaf */
  int first;         /* the lowest original row below it */
};

struct edist_tree {
  size_t nrow, ncol; /* complete rows, which are in the tree */
  size_t nextra;     /* rows with a missing value, behind the last leaf */
  size_t leaf;       /* rows of a leaf, a multiple of the kernel's mr */
  size_t mr;         /* lanes of a micro-panel */
  double *panels;    /* the sorted rows, then the others */
  size_t ncoord;     /* coordinates of a row */
  double *coord;     /* those of the sorted rows, in micro-panels */
  double radius;     /* with axes: the largest distance from their centre */
  double *rows;      /* the sorted rows, row by row, or NULL */
  int *row;          /* the original row of each, from 0 */
  size_t nnode, nleaf;
  struct edist_node *node;
  size_t *leaf_node; /* the node of each leaf */
  double *box;       /* of each node: ncoord lower ends, then upper ones */
  double smallest, largest; /* nonzero absolute values */
};

/* Where the rows behind the last leaf begin. */
static inline size_t edist_tree_extra(const struct edist_tree *tree) {
  return tree->nleaf * tree->leaf;
}

/* False if there is no memory, no complete row, or if `progress` says stop:
 * then nothing needs to be freed. With `rows` the tree has its rows row by row,
 * too. */
bool edist_tree_make(struct edist_tree *tree, const struct edist_source *source,
                     const struct edist_kernel *kernel, int threads,
                     const struct edist_axes *axes, bool rows,
                     struct edist_progress *progress);
void edist_tree_free(struct edist_tree *tree);

/* Copies sorted row r, or one behind the last leaf, out of its micro-panel. */
void edist_tree_copy_row(const struct edist_tree *tree, size_t r, double *to);

static inline const double *edist_tree_low(const struct edist_tree *tree,
                                           size_t node) {
  return tree->box + node * 2 * tree->ncoord;
}
static inline const double *edist_tree_high(const struct edist_tree *tree,
                                            size_t node) {
  return edist_tree_low(tree, node) + tree->ncoord;
}

#endif
