#' One number for each row from its distances, without a matrix
#'
#' The least, the greatest, the sum or the mean of the distances between each row of `x`
#' and all rows of `y`, or all other rows of `x`; where the least or the greatest
#' is; or how many are within a radius. With `group`, the same for each group of rows
#' of `y`: the mean distance to each cluster, for example.
#'
#' @details
#' The time is proportional to `nrow(x) * nrow(y) * ncol(x)`. Beside the answer the
#' computation needs a few megabytes per thread and some 60 bytes per number of the
#' answer, more where few rows meet many; with `group`, a copy of `y` in the order of
#' the groups.
#'
#' Sums of 240 rows at a time are added up with compensation (Kahan), in an order that
#' depends neither on the number of threads nor on caches: nor does any bit of the
#' answer. Where several distances are the least or
#' the greatest, `"which.min"` and `"which.max"` give the first, as [edist_nearest()] has
#' it. A sum of large distances may be `Inf`; their mean is not.
#'
#' A row of one `x` has no distance to itself here: it is left out, from `"mean"` too,
#' and its duplicates count.
#'
#' Of a plan it works as in [edist_nearest()], with the same bits as in one call.
#'
#' @section Missing values:
#' Distances between rows with missing values are what [edist()] says. Distances that are
#' `NA` are left out, as by `na.rm = TRUE`: what none is left for is `NA`, and 0 for
#' `"sum"` and `"count"`.
#'
#' @inheritParams edist_nearest
#' @param x Like `x` of [edist()]: a number is wanted for each of its rows. Or what
#'   [edist_plan()] returns: then its rows are taken, by all workers that there are, as
#'   by [edist_run()], and only `stat`, `radius`, `group` and `threads` may be given
#'   beside.
#' @param y The rows that each row of `x` is compared with, or `NULL` for all other rows
#'   of `x`.
#' @param stat What to compute: `"min"`, `"max"`, `"sum"`, `"mean"`, `"count"` (the
#'   number within `radius`), `"which.min"` or `"which.max"` (a row of `y`).
#' @param radius For `"count"`: the greatest distance that counts, a number from 0, or
#'   one for each row of `x`. `NULL` for all others.
#' @param group The group of each row of `y` (or of `x` if there is no `y`): a factor, or
#'   what `factor()` makes one of. Rows whose group is missing are left out. `NULL` for
#'   one number per row. It must not be in another order than the rows by its names.
#'
#' @return A vector of a number for each row of `x`, with its names; with `group` a matrix
#'   of `nrow(x)` rows and a column for each level of `group`. In the unit of `x`, but
#'   `"count"`, `"which.min"` and `"which.max"` are integers.
#'
#' @references
#' Rousseeuw, P. J. (1987) Silhouettes: a graphical aid to the interpretation and
#' validation of cluster analysis. *Journal of Computational and Applied Mathematics*
#' **20**, 53-65.
#' @seealso [edist_nearest()], [edist_within()]; [edist_apply()] for any other function of
#'   the distances; `vignette("without-the-matrix")`.
#' @export
#' @examples
#' head(edist_reduce(scale(mtcars), stat = "min", threads = 2))
#' edist_reduce(faithful[1:3, ], faithful, "count", radius = 1, threads = 2)
#'
#' # The mean distance to each species: the silhouette in three lines
#' mean_to <- edist_reduce(iris[1:4], stat = "mean", group = iris$Species, threads = 2)
#' own <- cbind(seq_len(150), as.integer(iris$Species))
#' a <- mean_to[own]
#' mean_to[own] <- Inf
#' b <- apply(mean_to, 1, min)
#' mean((b - a) / pmax(a, b))
edist_reduce <- function(x, y = NULL,
                         stat = c("min", "max", "sum", "mean", "count", "which.min",
                                  "which.max"),
                         radius = NULL, group = NULL, method = "euclidean", p = 2, ...,
                         strict = FALSE, weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  stat <- match_name(stat, stats_known, "stat")
  planned <- inherits(x, "edist_plan")
  if (planned) {
    check_arguments(match.call(), c("x", "stat", "radius", "group", "threads"),
                    "with a plan")
  }
  request <- if (planned) plan_request(x) else
    read_request(x, y, method, p, strict, weights, cov, threads)
  radius <- read_stat_radius(radius, stat, request)
  groups <- read_group(group, request)
  simpler <- if (planned || is.null(y)) "edist_reduce(x)" else "edist_reduce(x, y)"
  check_fits(8 * as.numeric(request$nrow) * length(groups$end), "a number for each row
    and group", stats::setNames(8 * request$nrow, simpler))
  found <- if (planned) {
    reduce_of_plan(x, stat_computed[[stat]], radius, groups, threads)
  } else {
    reduce_of_rows(request, stat_computed[[stat]], radius, groups)
  }
  out <- stat_of(found, stat, groups$order)
  if (is.null(group)) {
    names(out) <- request$names$x
  } else {
    out <- matrix(out, request$nrow, length(groups$levels),
                  dimnames = list(request$names$x, groups$levels))
  }
  out
}

reduce_of_rows <- function(request, stat, radius, groups) {
  alone <- is.null(request$y)
  base <- if (is.null(groups$order)) request$y else {
    (if (alone) request$x else request$y)[groups$order, , drop = FALSE]
  }
  compute(function(progress) {
    .Call(C_edist_reduce, request$x, base, request$how, stat, radius, groups$end,
          if (alone) groups$self, request$nrow, progress)
  })
}

reduce_of_plan <- function(plan, stat, radius, groups, threads) {
  found <- ask(plan, reduce_question(stat, radius, groups), threads)
  bind <- function(name) {
    bands <- lapply(c(list(none), found), function(band) {
      matrix(band[[name]], ncol = length(groups$end))
    })
    c(do.call(rbind, bands))
  }
  none <- list(value = numeric(), there = integer())
  list(value = bind("value"), there = bind("there"))
}

stats_known <- c("min", "max", "sum", "mean", "count", "which.min", "which.max")
stat_computed <- c(min = "min", max = "max", sum = "sum", mean = "mean", count = "count",
                   which.min = "min", which.max = "max")

stat_of <- function(found, stat, order) {
  none <- found$there == 0
  switch(stat,
    min = , max = , mean = replace(found$value, none, NA),
    sum = found$value,
    count = found$there,
    which.min = , which.max = {
      at <- replace(found$there, none, NA)
      if (is.null(order)) at else order[at]
    }
  )
}

read_stat_radius <- function(radius, stat, request) {
  if (stat != "count" && !is.null(radius)) {
    was <- describe(radius)
    abort("{.arg radius} must be NULL for {.arg stat} {.val {stat}}, and can be given for
      {.val count} alone, not {was}.")
  }
  if (stat == "count") read_radius(radius, request$nrow, request$names$x)
}

# Where groups end once rows stand group by group; `order` is that order, NULL if they
# stand so already; and where each row has gone, -1 for those that are left out.
read_group <- function(group, request) {
  n <- request$nbase
  here <- seq_len(n) - 1L
  if (is.null(group)) return(list(end = n, self = here))
  of <- if (is.null(request$y)) "x" else "y"
  if (!is.atomic(group) || length(group) != n) {
    was <- if (is.atomic(group)) paste("of length", length(group)) else describe(group)
    abort("{.arg group} must be a factor or vector of length {n}, one for each row of
      {.arg {of}}, not {was}.")
  }
  check_order(names(group), request$names$y, "group", "row", of,
              sprintf("group[rownames(%s)]", of))
  group <- as.factor(group)
  at <- as.integer(group)
  end <- cumsum(tabulate(at, nlevels(group)))
  out <- list(levels = levels(group), end = end, self = here)
  if (anyNA(at) || is.unsorted(at)) {
    out$order <- order(at, na.last = NA)
    out$self <- rep(-1L, n)
    out$self[out$order] <- seq_along(out$order) - 1L
  }
  out
}
