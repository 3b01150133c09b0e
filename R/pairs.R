#' Distances of listed pairs only
#'
#' The distances of rows `i[1]` and `j[1]`, `i[2]` and `j[2]`, ...; without `i`
#' and `j`, those of the first rows of `x` and `y`, the second, and so on.
#'
#' @details
#' Each is exactly the number that [edist_matrix()] gives for the pair. The time
#' is proportional to the number of pairs and to `ncol(x)`, and for `"cosine"`,
#' `"correlation"` and `cov` also to the number of rows. A pair takes about
#' twenty times as long as one of a full matrix: for more than a twentieth of
#' all pairs the matrix is faster.
#'
#' @inheritParams edist_nearest
#' @inheritSection edist Missing values
#' @param x,y As in [edist_matrix()]: rows `i` are of `x`, rows `j` of `y`, or
#'   of `x` without `y`.
#' @param i,j Rows: numbers from 1, or names. Both of the same length, or one of
#'   them a single row, which then makes a pair with each of the others. All
#'   rows if both are missing; then `x` and `y` must have equally many.
#' @return A double vector with a distance for each pair; 0 for a row of `x`
#'   alone and itself.
#' @inherit edist references
#' @seealso [edist_dist_value()] for pairs of a `dist` that exists already.
#' @export
#' @examples
#' edist_pairs(mtcars, i = "Fiat 128", j = c("Toyota Corolla", "Maserati Bora"))
#'
#' # How far each observation is from its prediction
#' fit <- lm(cbind(eruptions, waiting) ~ 1, faithful)
#' head(edist_pairs(faithful, fitted(fit), threads = 2))
edist_pairs <- function(x, y = NULL, i = NULL, j = NULL, method = "euclidean",
                        p = 2, ..., strict = FALSE, weights = NULL, cov = NULL,
                        threads = NULL) {
  check_dots_empty(...)
  request <- read_request(x, y, method, p, strict, weights, cov, threads)
  pairs <- read_pairs(i, j, request)
  out <- compute(function(progress) {
    .Call(C_edist_pairs, request$x, request$y, pairs$i, pairs$j, request$spec,
          progress)
  })
  if (request$alone) out[pairs$i == pairs$j] <- 0
  out
}

read_pairs <- function(i, j, request) {
  if (is.null(i) != is.null(j)) {
    abort("{.arg i} and {.arg j} must both be given, or neither, not one of
      them.")
  }
  if (is.null(i)) {
    if (request$nrow != request$nbase) {
      abort("{.arg y} must have as many rows as {.arg x} if {.arg i} and
        {.arg j} are not given, {request$nrow}, not {request$nbase}.")
    }
    i <- j <- seq_len(request$nrow)
    return(list(i = i, j = j))
  }
  i <- rows_of(i, request$nrow, request$names$x, "i", "x")
  j <- rows_of(j, request$nbase, request$names$y, "j", base_argument(request))
  pair_up(i, j)
}

pair_up <- function(i, j) {
  lengths <- c(length(i), length(j))
  if (lengths[1] != lengths[2] && !any(lengths == 1)) {
    abort("{.arg i} and {.arg j} must be of one length, or one of them of
      length 1, not of lengths {lengths[1]} and {lengths[2]}.")
  }
  length <- if (any(lengths == 0)) 0 else max(lengths)
  list(i = rep_len(i, length), j = rep_len(j, length))
}

rows_of <- function(rows, n, names, argument, of, noun = "row", name = "name") {
  at <- if (is.character(rows)) match(rows, names) else rows
  good <- is.numeric(at) && !anyNA(at) &&
    all(at >= 1 & at <= n & at == trunc(at))
  if (good) return(as.integer(at))
  bad <- if (is.character(rows)) {
    rows[is.na(at)][1]
  } else if (is.numeric(rows)) {
    c(rows[is.na(rows) | !(rows %in% seq_len(n))], NA)[1]
  } else {
    rows
  }
  was <- describe(bad)
  abort(paste0("{.arg {argument}} must be among the {n} ", noun,
               "{?s} of {.arg {of}}, by
    number or ", name, ", not {was}."))
}
