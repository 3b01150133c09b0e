#' Nearest neighbours, without a matrix
#'
#' The `k` rows of `y` that are nearest to each row of `x`, or the `k` other rows of
#' `x`: exact, for any method of [edist()], in the memory that the answer takes.
#'
#' @details
#' Distances are compared while they stand in the processor's first cache, and
#' dropped. The time is proportional to `nrow(x) * nrow(y) * ncol(x)`, and hardly more
#' for neighbours than for the distances alone if `k` is small. Beside the answer
#' the computation needs a few megabytes per thread, for `k` of some hundreds or less,
#' whatever the number of rows. Every row is looked at: with fewer than some ten columns
#' a search tree, as other packages have it, can be faster; with more it is not.
#'
#' Neighbours are sorted by the distances that are returned. Where several are equal,
#' the one that stands first in `y` comes first; so the answer does not depend on the
#' number of threads. A row of `x` alone is not its own neighbour, but a duplicate of it
#' is, at distance 0.
#'
#' Of a plan, bands of rows are done one after the other, by all workers that there are.
#' Each needs memory for all rows of `y`, two to three times while it reads them. What is
#' done is kept in the store until the answer is complete: the same call goes on
#' after an interruption, and what nobody goes on with may be removed, a directory
#' `edist/nearest-...` in the store.
#'
#' @section Missing values:
#' Distances between rows with missing values are what [edist()] says. A distance that is
#' `NA` makes no neighbour: a row that has fewer than `k` neighbours ends with `NA`,
#' in `index` and `distance`.
#'
#' @inheritParams edist_matrix
#' @param x Like `x` of [edist()]: neighbours are wanted of each of its rows. Or what
#'   [edist_plan()] returns: then its rows are taken, by all workers that there are, as
#'   by [edist_run()], and only `k` and `threads` may be given beside.
#' @param y The rows among which they are looked for, with as many columns as `x`, not
#'   in another order by their names; or `NULL` for all other rows of `x`.
#' @param k How many neighbours, a positive whole number, at most as many as there
#'   are rows in `y`, or other rows in `x`.
#'
#' @return A list of class `"edist_nearest"`: `index`, an integer matrix of `nrow(x)`
#'   rows and `k` columns, the rows of `y` (or `x`); `distance`, a double matrix of
#'   this shape, in the unit of `x`, each the very number that [edist_matrix()] gives;
#'   `labels`, the names of the rows that indices stand for, or `NULL`; and
#'   `method`. The matrices have the row names of `x`.
#'
#'   [as.data.frame()] makes a data frame of it, with a row for each neighbour:
#'   `i`, `j` and `distance`, sorted by `i` and then by rank, and `from` and `to`,
#'   the names, where there are any. [as_neighbours()] makes of it what other packages
#'   expect.
#'
#' @references
#' Yu, C. D., Huang, J., Austin, W., Xiao, B. and Biros, G. (2015) Performance
#' optimization for the k-nearest neighbors kernel on x86 architectures. *Proceedings of
#' SC15*. \doi{10.1145/2807591.2807601}
#' @seealso [edist_within()] for all within a radius, [edist_reduce()] for one number a
#'   row; `vignette("without-the-matrix")`.
#' @export
#' @examples
#' near <- edist_nearest(scale(mtcars), k = 2, threads = 2)
#' near
#' head(as.data.frame(near), 3)
#'
#' # Which neighbours have, an observation has: leave-one-out classification
#' near <- edist_nearest(iris[1:4], k = 5, threads = 2)
#' votes <- table(row(near$index), iris$Species[near$index])
#' mean(colnames(votes)[max.col(votes, "first")] == iris$Species)
edist_nearest <- function(x, y = NULL, k = 1, method = "euclidean", p = 2, ...,
                          strict = FALSE, weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  if (inherits(x, "edist_plan")) {
    check_arguments(match.call(), c("x", "k", "threads"), "with a plan")
    return(nearest_of_plan(x, k, threads))
  }
  request <- read_request(x, y, method, p, strict, weights, cov, threads)
  k <- read_k(k, request)
  check_fits(1.5 * request$nrow * k, "the neighbours",
             smaller_k(if (is.null(y)) "x" else "x, y", request$nrow))
  self <- if (is.null(y)) seq_len(request$nrow) - 1L
  found <- compute(function(progress) {
    .Call(C_edist_nearest, request$x, request$y, request$how, k, self, progress)
  })
  as_nearest(found$index, found$distance, request$names, request$how$method)
}

smaller_k <- function(arguments, nrow) {
  k <- c(100, 10, 1)
  stats::setNames(1.5 * nrow * k, paste0("edist_nearest(", arguments, ", k = ", k, ")"))
}

as_nearest <- function(index, distance, names, method) {
  if (!is.null(names$x)) rownames(index) <- rownames(distance) <- names$x
  structure(class = "edist_nearest", list(
    index = index, distance = distance, labels = names$y, method = method
  ))
}

nearest_of_plan <- function(plan, k, threads) {
  k <- read_k(k, plan_request(plan))
  check_fits(1.5 * plan$dim[1] * k, "the neighbours", smaller_k("x", plan$dim[1]))
  found <- ask(plan, nearest_question(k), threads)
  none <- list(index = matrix(0L, 0, k), distance = matrix(0, 0, k))
  bind <- function(name) {
    do.call(rbind, lapply(c(list(none), found), function(band) band[[name]]))
  }
  as_nearest(bind("index"), bind("distance"), names_of(plan), plan$method)
}

read_k <- function(k, request) {
  if (!is_count(if (is_number(k)) min(k, .Machine$integer.max) else k)) { # 1e10: below
    was <- describe(k)
    abort("{.arg k} must be a positive whole number, not {was}.")
  }
  alone <- is.null(request$y)
  most <- if (alone) max(request$nrow - 1, 0) else request$nbase
  if (k > most) {
    rows <- if (alone) "other rows of {.arg x}" else "rows of {.arg y}"
    abort(paste("{.arg k} must be at most the number of", rows, "that there are,
      {most}, not {k}."))
  }
  as.integer(k)
}

#' @export
print.edist_nearest <- function(x, ..., n = 6L) {
  k <- ncol(x$index)
  rows <- nrow(x$index)
  of <- pluralize("{k} nearest neighbour{?s} of {rows} observation{?s}")
  cat(cli::format_inline("{.strong {of}}, {x$method}"), "\n", sep = "")
  shown <- seq_len(min(n, rows))
  columns <- seq_len(min(k, 5L))
  name <- function(index) if (is.null(x$labels)) index else x$labels[index]
  cells <- vapply(columns, function(c) {
    if (rows == 0) return(character())
    index <- x$index[shown, c]
    distance <- format(x$distance[shown, c], digits = 3)
    ifelse(is.na(index), "-", paste0(name(index), " (", trimws(distance), ")"))
  }, character(length(shown)))
  dim(cells) <- c(length(shown), length(columns))
  labels <- rownames(x$index)
  rownames(cells) <- if (is.null(labels)) shown else labels[shown]
  colnames(cells) <- columns
  if (length(cells)) print(noquote(cells), right = FALSE)
  more <- c(
    if (rows > length(shown)) pluralize("{rows - length(shown)} more row{?s}"),
    if (k > length(columns)) pluralize("{k - length(columns)} more neighbour{?s}")
  )
  if (length(more)) cat("... and ", paste(more, collapse = ", "), "\n", sep = "")
  invisible(x)
}

#' @export
as.data.frame.edist_nearest <- function(x, row.names = NULL, optional = FALSE, ...) {
  rows <- nrow(x$index)
  index <- c(t(x$index))
  there <- !is.na(index)
  i <- rep(seq_len(rows), each = ncol(x$index))[there]
  long_form(i, index[there], c(t(x$distance))[there], rownames(x$index), x$labels)
}

# Pairs and their distances, with their names if there are any.
long_form <- function(i, j, distance, from, to) {
  out <- list(i = i, j = j, distance = distance)
  if (!is.null(from)) out$from <- from[i]
  if (!is.null(to)) out$to <- to[j]
  # Not data.frame(), which copies.
  structure(out, class = "data.frame", row.names = .set_row_names(length(i)))
}

#' Neighbours in the form that other packages have
#'
#' @param nearest What [edist_nearest()] returns.
#' @param like The package whose form is wanted: `"FNN"` gives what `FNN::get.knn()`
#'   gives, a list of `nn.index` and `nn.dist`; `"RANN"` what `RANN::nn2()` gives,
#'   `nn.idx` and `nn.dists`, where 0 stands for a neighbour that is missing; and
#'   `"dbscan"` an object of class `"kNN"` that functions of package dbscan take.
#' @return A list, see `like`.
#' @seealso [edist_nearest()]
#' @export
#' @examples
#' near <- edist_nearest(scale(mtcars), k = 3, threads = 2)
#' str(as_neighbours(near, "FNN"))
as_neighbours <- function(nearest, like = c("FNN", "RANN", "dbscan")) {
  if (!inherits(nearest, "edist_nearest")) {
    was <- describe(nearest)
    abort("{.arg nearest} must be what {.fn edist_nearest} returns, not {was}.")
  }
  like <- match_name(like, c("FNN", "RANN", "dbscan"), "like")
  index <- nearest$index
  distance <- nearest$distance
  switch(like,
    FNN = list(nn.index = unname(index), nn.dist = unname(distance)),
    RANN = {
      index[is.na(index)] <- 0L
      list(nn.idx = unname(index), nn.dists = unname(distance))
    },
    dbscan = {
      colnames(index) <- colnames(distance) <- seq_len(ncol(index))
      structure(
        list(dist = distance, id = index, k = ncol(index), sort = TRUE,
             metric = nearest$method),
        class = c("kNN", "NN")
      )
    }
  )
}

# One of several names, the first if all are given, as match.arg() has it.
match_name <- function(x, names, argument) {
  if (identical(x, names)) return(names[1])
  if (is.character(x) && length(x) == 1 && x %in% names) return(x)
  was <- describe(x)
  abort("{.arg {argument}} must be one of {.or {.val {names}}}, not {was}.")
}
