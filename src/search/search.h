/* Selection without computing every pair.
 *
 *   axes.c     leading principal axes, in which few coordinates tell most
 *   tree.c     puts the rows of both sides into trees of boxes
 *   walk.c     a batch of queries, those of one leaf, walks the tree of the
 *              base: bounds of nodes, then leaves, nearest first
 *   compare.c  bounds of each query for a leaf; then the sums of the queries
 *              that it may matter to, and its rows (kernel/search.inc.h)
 *   screen.c   codes of rows, and what they say of distances (screen.h)
 *   screen-leaf.c  leaves out rows of a leaf by their codes
 *   search.c   whether and how to search, by what a trial costs (cost.c); all
 *              threads
 *
 * Nothing is lost: the bound of a box of columns is computed by the operations
 * of the sums it bounds, and rounding is monotone; bounds of codes, and of
 * coordinates on axes, have a margin. So the answer has the bits of
 * edist_run(), ties go to the lowest index, and only time depends on the order
 * of rows. */
#ifndef EDIST_SEARCH_H
#define EDIST_SEARCH_H

#include "engine/engine.h"

/* Runs the job if its sink and its data allow it, and a trial shows that it
 * pays. False if edist_run() has to do it. `job->surrogates` is as for that. */
bool edist_search_run(const struct edist_job *job, enum edist_status *status);

#endif
