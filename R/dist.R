#' Read a dist object without making a matrix of it
#'
#' A dist object holds each pair once, and base R can do little with it except
#' make a matrix of all pairs, which takes several times the memory of the
#' matrix. These functions read what they need in place, in C, for any number of
#' observations, from the result of [edist()], [stats::dist()] or anything in
#' the same form.
#'
#' @param d An object of class `"dist"`.
#' @param i,j Observations: numbers from 1, or labels. In `edist_dist_value()`
#'   both have the same length, or one of them is a single observation, which
#'   then makes a pair with each of the others. In `edist_dist_subset()`
#'   negative numbers and logical values work too, as in `x[i]`.
#' @return
#' * `edist_dist_value()`: the distances of `i[1]` and `j[1]`, `i[2]` and
#'   `j[2]`, ..., 0 where they are the same.
#' * `edist_dist_row()`: the distances of one observation to all, with their
#'   labels as names.
#' * `edist_dist_subset()`: the dist of some observations, in the order of `i`.
#' * `edist_dist_full()`: the full matrix, as `as.matrix()` gives it, in the
#'   memory of the result and no more.
#'
#' An error if `d` is no dist object, or if its `Size` and `Labels` do not fit
#' its length. The time is proportional to the length of the answer.
#' @seealso [edist()] to make a dist; [edist_pairs()] for pairs of rows without
#'   one.
#' @export
#' @examples
#' d <- edist(scale(mtcars), threads = 2)
#' edist_dist_value(d, "Fiat 128", c("Toyota Corolla", "Maserati Bora"))
#' sort(edist_dist_row(d, "Fiat 128"))[1:4]
#' edist_dist_subset(d, mtcars$cyl == 6)
#' all.equal(edist_dist_full(d), as.matrix(d))
edist_dist_value <- function(d, i, j) {
  d <- as_doubles(d)
  pairs <- pair_up(observations_of(d, i, "i"), observations_of(d, j, "j"))
  .Call(C_edist_dist_values, d, pairs$i, pairs$j)
}

#' @rdname edist_dist_value
#' @export
edist_dist_row <- function(d, i) {
  d <- as_doubles(d)
  i <- observations_of(d, i, "i")
  if (length(i) != 1) {
    abort("{.arg i} must be one observation, not {length(i)}.")
  }
  n <- attr(d, "Size")
  out <- .Call(C_edist_dist_values, d, rep(i, n), seq_len(n))
  names(out) <- attr(d, "Labels")
  out
}

#' @rdname edist_dist_value
#' @export
edist_dist_subset <- function(d, i) {
  d <- as_doubles(d)
  if (is.logical(i) || is.numeric(i) && any(i < 0, na.rm = TRUE)) {
    i <- seq_len(attr(d, "Size"))[i]
  }
  i <- observations_of(d, i, "i")
  attributes <- attributes(d)
  attributes$Size <- length(i)
  attributes$Labels <- attributes$Labels[i]
  attributes$call <- match.call()
  out <- .Call(C_edist_dist_subset, d, i)
  attributes(out) <- attributes
  out
}

#' @rdname edist_dist_value
#' @export
edist_dist_full <- function(d) {
  d <- as_doubles(d)
  n <- attr(d, "Size")
  check_fits(as.double(n)^2, "the full matrix", c("edist_dist_row(d, i)" = n))
  out <- .Call(C_edist_dist_full, d)
  dim(out) <- c(n, n)
  labels <- attr(d, "Labels")
  if (is.null(labels)) labels <- seq_len(n)
  dimnames(out) <- list(labels, labels)
  out
}

as_doubles <- function(d) {
  n <- attr(d, "Size")
  labels <- attr(d, "Labels")
  good <- inherits(d, "dist") && is.numeric(d) &&
    (is_count(n) || is_number(n) && n == 0) &&
    length(d) == n * (as.double(n) - 1) / 2 && length(labels) %in% c(0, n)
  if (!good) {
    was <- if (inherits(d, "dist")) {
      paste("a dist of length", length(d), "with Size", describe(n), "and",
            length(labels), "labels")
    } else {
      describe(d)
    }
    abort("{.arg d} must be a dist object whose {.field Size} and
      {.field Labels} fit its length, not {was}.")
  }
  if (!is.double(d)) storage.mode(d) <- "double"
  d
}

observations_of <- function(d, i, argument) {
  rows_of(i, attr(d, "Size"), attr(d, "Labels"), argument, "d", "observation",
          "label")
}
