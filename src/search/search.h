/* Selection without computing every pair.
 *
 *   order    rows of both sides into leaves of neighbours     search/order.h
 *   bounds   a group of queries, one leaf, walks the tree of  search/walk.c
 *            the base: nodes, then leaves, nearest first; then each query
 * against the box of the leaf tiles    the sums of the queries that a leaf may
 * matter   kernel/search.inc.h to, and its rows
 *
 * Nothing is lost: bounds are computed by the operations of the sums they
 * bound, and rounding is monotone. So the answer has the bits of edist_run(),
 * ties go to the lowest index, and only time depends on the order of rows. */
#ifndef EDIST_SEARCH_H
#define EDIST_SEARCH_H

#include "engine/engine.h"

/* Runs the job if its sink and its data allow it, and a trial shows that it
 * pays. False if edist_run() has to do it. `job->surrogates` is as for that. */
bool edist_search_run(const struct edist_job *job, enum edist_status *status);

#endif
