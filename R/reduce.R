#' One number per row from its distances, without a matrix
#'
#' For each row of `x`, computes the minimum, maximum, sum or mean of its
#' distances to all rows of `y`, or to all other rows of `x`; or which row is
#' the nearest or farthest; or how many are within a radius. With `group`, it
#' does so for each group of rows of `y`: the mean distance to each cluster, for
#' example.
#'
#' @details
#' The time is proportional to `nrow(x) * nrow(y) * ncol(x)`, and less where the
#' search applies: to `"min"`, `"max"`, `"which.min"`, `"which.max"` and
#' `"count"`, with groups of a thousand rows or more one after the other. Rows
#' that are all within `radius` are counted without looking at each.
#' Besides the answer the computation needs a few megabytes per thread and about
#' 60 bytes for each number of the answer, more where few rows meet many; with
#' `group`, a copy of `y` in the order of the groups.
#'
#' Sums of 240 distances at a time are added up with Kahan's compensation, in an
#' order that depends neither on threads nor on caches: no bit of the answer
#' does. Of several minima or maxima `"which.min"` and `"which.max"` give the
#' first, as [edist_nearest()] does. A sum of large distances may be `Inf`, but
#' not their mean.
#'
#' A row of `x` alone has no distance to itself here: it is left out, from
#' `"mean"` too. Its duplicates count.
#'
#' A plan gives the same bits as one call; see [edist_nearest()] for how it
#' works.
#'
#' @section Missing values:
#' Distances between rows with missing values are those
#' of [edist()]. Distances that are `NA` are left out, as with `na.rm = TRUE`.
#' The answer is `NA` if no distance remains, and 0 for `"sum"` and `"count"`.
#'
#' @inheritParams edist_nearest
#' @inheritSection edist_nearest Search
#' @param x Like `x` of [edist()]. There is a number for each of its rows. Or
#'   distances, see [edist_distances()]; or a
#'   plan, made by [edist_plan()]: then its rows are used, by all workers, as in
#'   [edist_run()], and only `stat`, `radius`, `group` and `threads` can be
#'   given.
#' @param stat What to compute: `"min"`, `"max"`, `"sum"`, `"mean"`, `"count"`
#'   (how many rows are within `radius`), `"which.min"` or `"which.max"` (a row
#'   of `y`).
#' @param y The rows that each row of `x` is compared with, or `NULL` for all
#'   other rows of `x`.
#' @param radius For `"count"`: the largest distance that counts, a number from
#'   0, or one for each row of `x`. `NULL` otherwise.
#' @param group The group of each row of `y` (or of `x` without `y`): a factor,
#'   or something that `factor()` turns into one. Rows whose group is missing
#'   are left out. `NULL` for one number per row. Its names, if there are any,
#'   must be in the order of the rows.
#'
#' @return A vector with a number for each row of `x`, and its names; with
#'   `group` a matrix with `nrow(x)` rows and a column for each level of
#'   `group`. Numbers are in the unit of `x`, but `"count"`, `"which.min"` and
#'   `"which.max"` give integers.
#'
#' @references
#' Rousseeuw, P. J. (1987) Silhouettes: a graphical aid to the interpretation
#' and validation of cluster analysis. *Journal of Computational and Applied
#' Mathematics* **20**, 53-65.
#' @seealso [edist_nearest()], [edist_within()]; [edist_apply()] for any other
#'   function of the distances; `vignette("without-the-matrix")`.
#' @export
#' @examples
#' head(edist_reduce(scale(mtcars), "min", threads = 2))
#' edist_reduce(faithful[1:3, ], "count", faithful, radius = 1, threads = 2)
#'
#' # The mean distance to each species: the silhouette in three lines
#' mean_to <- edist_reduce(iris[1:4], "mean", group = iris$Species, threads = 2)
#' own <- cbind(seq_len(150), as.integer(iris$Species))
#' a <- mean_to[own]
#' mean_to[own] <- Inf
#' b <- apply(mean_to, 1, min)
#' mean((b - a) / pmax(a, b))
edist_reduce <- function(x, stat, ...) {
  UseMethod("edist_reduce")
}

#' @rdname edist_reduce
#' @export
edist_reduce.default <- function(x, stat, y = NULL, method = "euclidean", p = 2,
                                 ..., radius = NULL, group = NULL,
                                 search = c("auto", "all"), strict = FALSE,
                                 weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  stat <- read_stat(stat)
  request <- read_request(x, y, method, p, strict, weights, cov, threads,
                          distances = TRUE)
  request$spec$search <- read_search(search, request)
  reduce(request, stat, radius, group, function(radius, groups) {
    reduce_once(request, stat, radius, groups)
  })
}

reduce_once <- function(request, stat, radius, groups) {
  alone <- request$alone
  base <- if (is.null(groups$order)) request$y else
    (if (alone) request$x else request$y)[groups$order, , drop = FALSE]
  compute(function(progress) {
    reduce_groups(request$x, base, request$spec, stat_computed[[stat]], radius,
                  groups$end, if (alone) groups$base_row, request$nrow,
                  progress)
  })
}

# `run` gives values and counts, once radius and groups are checked.
reduce <- function(request, stat, radius, group, run) {
  radius <- read_stat_radius(radius, stat, request)
  groups <- read_group(group, request)
  simpler <- if (request$alone) "edist_reduce(x, stat)" else
    "edist_reduce(x, stat, y)"
  check_fits(8 * as.numeric(request$nrow) * length(groups$end), "a number for
    each row and group", stats::setNames(8 * request$nrow, simpler))
  out <- stat_of(run(radius, groups), stat, groups$order)
  if (is.null(group)) {
    names(out) <- request$names$x
    return(out)
  }
  matrix(out, request$nrow, length(groups$levels),
         dimnames = list(request$names$x, groups$levels))
}

# A search has one group: large ones are done one after the other. The arguments
# are those of the C function; NULL if the user interrupted.
reduce_groups <- function(x, base, spec, stat, radius, end, base_row, queries,
                          progress) {
  run <- function(base, end, base_row, progress) {
    .Call(C_edist_reduce, x, base, spec, stat, radius, end, base_row, queries,
          progress)
  }
  count <- length(end)
  large <- count > 1 && end[count] >= 1000 * count
  if (!large || !spec$search || stat %in% c("sum", "mean")) {
    return(run(base, end, base_row, progress))
  }
  if (is.null(base)) base <- x
  start <- c(0L, end[-count])
  out <- list(value = NULL, count = NULL, at = NULL)
  for (g in seq_len(count)) {
    size <- end[g] - start[g]
    own <- if (!is.null(base_row))
      ifelse(base_row < start[g] | base_row >= end[g], -1L, base_row - start[g])
    report <- if (!is.null(progress))
      function(done) progress((g - 1 + done) / count)
    rows <- start[g] + seq_len(size)
    part <- run(base[rows, , drop = FALSE], size, own, report)
    if (is.null(part)) return(NULL)
    part$at <- part$at + ifelse(part$at > 0, start[g], 0L)
    out <- Map(c, out, part)
  }
  out
}

stats_known <- c("min", "max", "sum", "mean", "count", "which.min", "which.max")
stat_computed <- c(min = "min", max = "max", sum = "sum", mean = "mean",
                   count = "count", which.min = "min", which.max = "max")

read_stat <- function(stat) {
  if (!missing(stat) && is.character(stat) && length(stat) == 1 &&
      stat %in% stats_known) {
    return(stat)
  }
  was <- if (missing(stat)) "missing" else describe(stat)
  instead <- if (missing(stat)) "" else
    instead_of_y(stat, "edist_reduce(x, stat, y)")
  abort(paste0("{.arg stat} must be one of {.or {.val {stats_known}}}, ",
               "not {was}", instead, "."))
}

stat_of <- function(found, stat, order) {
  extreme <- stat %in% c("min", "max", "which.min", "which.max")
  none <- (if (extreme) found$at else found$count) == 0
  switch(stat,
    min = , max = , mean = replace(found$value, none, NA),
    sum = found$value,
    count = found$count,
    which.min = , which.max = {
      at <- replace(found$at, none, NA)
      if (is.null(order)) at else order[at]
    }
  )
}

read_stat_radius <- function(radius, stat, request) {
  if (stat != "count" && !is.null(radius)) {
    was <- describe(radius)
    abort("{.arg radius} must be NULL for {.arg stat} {.val {stat}}, not {was}:
      only {.val count} needs it.")
  }
  if (stat == "count") read_radius(radius, request)
}

# Where groups end once rows stand group by group; `order` is that order, NULL
# if they do so already; `base_row` is the new position of each row, from 0, and
# -1 for those left out.
read_group <- function(group, request) {
  n <- request$nbase
  here <- seq_len(n) - 1L
  if (is.null(group)) return(list(end = n, base_row = here))
  of <- base_argument(request)
  if (!is.atomic(group) || length(group) != n) {
    was <- if (is.atomic(group)) paste("of length",
                                       length(group)) else describe(group)
    abort("{.arg group} must be a factor or vector of length {n}, one for each
      row of {.arg {of}}, not {was}.")
  }
  check_order(names(group), request$names$y, "group", "row", of,
              sprintf("group[rownames(%s)]", of))
  group <- as.factor(group)
  at <- as.integer(group)
  end <- cumsum(tabulate(at, nlevels(group)))
  out <- list(levels = levels(group), end = end, base_row = here)
  if (anyNA(at) || is.unsorted(at)) {
    out$order <- order(at, na.last = NA)
    out$base_row <- rep(-1L, n)
    out$base_row[out$order] <- seq_along(out$order) - 1L
  }
  out
}
