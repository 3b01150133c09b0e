#' All pairs within a radius, without a matrix
#'
#' The pairs of rows whose distance is at most `radius`: as a sparse matrix, as a data
#' frame, or only how many there are for each row.
#'
#' @details
#' The time is proportional to `nrow(x) * nrow(y) * ncol(x)`, half of it for the pairs
#' of one `x` within one radius.
#' While it runs, the computation keeps 16 bytes for each pair that is found, beside
#' the 12 or 16 bytes that it takes in the answer, which for a matrix that is not
#' symmetric is copied once. More pairs than memory has room for are an error.
#'
#' `radius = Inf` gives every pair whose distance is not missing: the long form of a
#' whole [dist()], in its order.
#'
#' A pair is found if the distance that [edist_matrix()] gives is at most `radius`, and
#' that is the distance in the answer. The order is always the same: by `i`, then by
#' `j`. A row of one `x` is not within any radius of itself, its duplicates are.
#'
#' In the sparse matrix a distance of 0, between duplicates, is stored like any other,
#' so what is stored has been found. Package Matrix keeps such zeros in sums and
#' products, and drops them where it is told to (`drop0()`).
#'
#' @section Missing values:
#' Distances between rows with missing values are what [edist()] says. A distance that
#' is `NA` is within no radius.
#'
#' @inheritParams edist_nearest
#' @param x Like `x` of [edist()].
#' @param y The rows that are looked for around each row of `x`; or `NULL` for all
#'   pairs of rows of `x`.
#' @param radius The greatest distance that counts, in the unit of `x`: a number from 0,
#'   or one for each row of `x`, not in another order by their names.
#' @param as `"Matrix"`, `"data.frame"` or `"count"`, see below.
#'
#' @return
#' * `"Matrix"`: a sparse matrix of package Matrix with `nrow(x)` rows and a column for
#'   each row of `y` (or `x`), and their names: a symmetric one, of class `"dsCMatrix"`,
#'   for one `x` and one radius; else of class `"dgCMatrix"`.
#' * `"data.frame"`: a row for each pair: `i`, `j`, `distance`, and `from` and `to`,
#'   the names, where there are any. For one `x` and one radius each pair is there once,
#'   `i < j`.
#' * `"count"`: an integer for each row of `x`, with its names: how many rows of `y`, or
#'   other rows of `x`, are within its radius. Nothing else is kept.
#'
#' @references
#' Ester, M., Kriegel, H.-P., Sander, J. and Xu, X. (1996) A density-based algorithm
#' for discovering clusters in large spatial databases with noise. *Proceedings of
#' KDD-96*, 226-231.
#' @seealso [edist_nearest()], [edist_reduce()]; `vignette("without-the-matrix")`.
#' @export
#' @examples
#' edist_within(faithful, radius = 0.1, as = "data.frame", threads = 2)
#' table(edist_within(faithful, radius = 1, as = "count", threads = 2))
#'
#' # The long form of a dist
#' head(edist_within(mtcars, radius = Inf, as = "data.frame"), 3)
#'
#' # A graph of neighbours
#' if (requireNamespace("Matrix", quietly = TRUE)) {
#'   near <- edist_within(scale(mtcars), radius = 1.5, threads = 2)
#'   near[1:4, 1:4]
#' }
edist_within <- function(x, y = NULL, radius, method = "euclidean", p = 2, ...,
                         as = c("Matrix", "data.frame", "count"), strict = FALSE,
                         weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  as <- match_name(as, c("Matrix", "data.frame", "count"), "as")
  if (as == "Matrix") check_installed("Matrix", "A sparse matrix")
  request <- read_request(x, y, method, p, strict, weights, cov, threads)
  radius <- read_radius(radius, request$nrow, request$names$x)
  names <- request$names
  if (as == "count") {
    counts <- compute(function(progress) {
      .Call(C_edist_within_counts, request$x, request$y, request$how, radius, progress)
    })
    names(counts) <- names$x
    return(counts)
  }
  pairs <- compute(function(progress) {
    .Call(C_edist_within, request$x, request$y, request$how, radius,
          as == "data.frame", most_pairs(), progress)
  })
  if (as == "data.frame") {
    return(long_form(pairs$query, pairs$index, pairs$distance, names$x, names$y))
  }
  sparse_form(pairs, request, symmetric = is.null(y) && length(radius) == 1)
}

# Each takes 16 bytes when it is found, and 16 more in the answer or its copy.
most_pairs <- function() min(memory_usable() / 32, .Machine$integer.max)

read_radius <- function(radius, rows, names) {
  good <- !missing(radius) && is.numeric(radius) && !anyNA(radius) &&
    all(radius >= 0) && (length(radius) == 1 || length(radius) == rows)
  if (good) {
    check_order(names(radius), names, "radius", "row", "x", "radius[rownames(x)]")
    return(as.double(radius))
  }
  was <- if (missing(radius)) {
    "missing"
  } else if (is.numeric(radius) && length(radius) %in% c(1, rows)) {
    bad <- radius[is.na(radius) | radius < 0][1]
    describe(bad)
  } else {
    describe(radius)
  }
  abort("{.arg radius} must be a number from 0, or one for each of the {rows} row{?s} of
    {.arg x}, not {was}.")
}

# The engine finds row after row, package Matrix wants column after column: they are
# the columns of the transposed matrix, and the lower triangle of a symmetric one.
sparse_form <- function(pairs, request, symmetric) {
  names <- request$names
  if (symmetric) {
    return(methods::new(
      "dsCMatrix", i = pairs$index, p = as.integer(pairs$start), x = pairs$distance,
      Dim = c(request$nrow, request$nrow), Dimnames = list(names$x, names$x),
      uplo = "L"
    ))
  }
  transposed <- methods::new(
    "dgCMatrix", i = pairs$index, p = as.integer(pairs$start), x = pairs$distance,
    Dim = c(request$nbase, request$nrow), Dimnames = list(names$y, names$x)
  )
  Matrix::t(transposed)
}

