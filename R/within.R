#' All pairs within a radius, without a matrix
#'
#' Finds the pairs of rows whose distance is at most `radius`, as a sparse
#' matrix or as a data frame.
#'
#' @details
#' A pair is found if the distance that [edist_matrix()] gives is at most
#' `radius`, and that is the distance in the answer. The order is always the
#' same: by `i`, then by `j`. A row of `x` alone is not within any radius of
#' itself, but its duplicates are. `radius = Inf` gives every pair whose
#' distance is not missing: the long form of a whole [dist()], in its order.
#'
#' During the computation each pair takes 16 bytes, besides the 12 or 16 bytes
#' in the answer; a matrix that is not symmetric is copied once. It is an error
#' if the pairs do not fit in memory.
#'
#' With a plan, rows are processed in bands, as by [edist_nearest()].
#'
#' In the sparse matrix a distance of 0, between duplicates, is stored like any
#' other, so what is stored has been found. Package Matrix keeps such zeros in
#' sums and products; `drop0()` drops them.
#'
#' @section Missing values:
#' Distances between rows with missing values are those of [edist()]. A distance
#' that is `NA` is within no radius.
#'
#' @inheritParams edist_nearest
#' @inheritSection edist_nearest Search
#' @param x Like `x` of [edist()]. Or observations in blocks, see
#'   [edist_blocks()]; distances, see [edist_distances()]; or a plan, made by
#'   [edist_plan()]: then its rows are used, by all workers, as in
#'   [edist_run()], and only `radius`, `as` and `threads` can be given.
#' @param radius The largest distance that counts, in the unit of `x`: a number
#'   from 0, or one for each row of `x`, not in another order by their names.
#' @param y The rows that are compared with each row of `x`; or `NULL` for all
#'   pairs of rows of `x`.
#' @param as What to return, `"Matrix"` or `"data.frame"`; see Value.
#'
#' @return
#' * `"Matrix"`: a sparse matrix of package Matrix with `nrow(x)` rows and a
#'   column for each row of `y` (or `x`), and their names. It is symmetric, of
#'   class `"dsCMatrix"`, for `x` alone and one radius, otherwise of class
#'   `"dgCMatrix"`.
#' * `"data.frame"`: a row for each pair, with `i`, `j`, `distance`, and `from`
#'   and `to`, the names, if there are any. For `x` alone and one radius each
#'   pair appears once, with `i < j`.
#'
#' @references
#' Ester, M., Kriegel, H.-P., Sander, J. and Xu, X. (1996) A density-based
#' algorithm for discovering clusters in large spatial databases with noise.
#' *Proceedings of KDD-96*, 226-231.
#' @seealso [edist_reduce()] with `"count"` for the number of rows within a
#'   radius; [edist_nearest()]; `vignette("without-the-matrix")`.
#' @export
#' @examples
#' edist_within(faithful, 0.1, as = "data.frame", threads = 2)
#'
#' # The long form of a dist
#' head(edist_within(mtcars, Inf, as = "data.frame"), 3)
#'
#' # A graph of neighbours
#' if (requireNamespace("Matrix", quietly = TRUE)) {
#'   near <- edist_within(scale(mtcars), 1.5, threads = 2)
#'   near[1:4, 1:4]
#' }
edist_within <- function(x, radius, ...) {
  UseMethod("edist_within")
}

#' @rdname edist_within
#' @export
edist_within.default <- function(x, radius, y = NULL, method = "euclidean",
                                 p = 2, ..., as = c("Matrix", "data.frame"),
                                 search = c("auto", "all"), strict = FALSE,
                                 weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  if (!missing(radius)) refuse_rows(radius, "edist_within(x, radius, y)")
  as <- read_form(as)
  request <- read_request(x, y, method, p, strict, weights, cov, threads,
                          distances = TRUE)
  request$spec$search <- read_search(search, request)
  radius <- read_radius(radius, request)
  pairs_as(as, within_pairs(request, radius, as == "data.frame"), request,
           length(radius) == 1)
}

read_form <- function(as) {
  as <- match_name(as, c("Matrix", "data.frame"), "as")
  if (as == "Matrix") check_installed("Matrix", "A sparse matrix")
  as
}

# In the long form, indices are from 1, and there is the query of each pair.
within_pairs <- function(request, radius, long = TRUE) {
  compute(function(progress) {
    .Call(C_edist_within, request$x, request$y, request$spec, radius, long,
          max_pairs(), progress)
  })
}

pairs_as <- function(as, pairs, request, one_radius) {
  if (as == "data.frame") {
    return(long_form(pairs$query, pairs$index, pairs$distance,
                     request$names$x, request$names$y))
  }
  sparse_form(pairs, request, symmetric = request$alone && one_radius)
}

# Each takes 16 bytes when it is found, and 16 more in the answer or its copy.
max_pairs <- function() min(memory_usable() / 32, .Machine$integer.max)

# What was meant for y. `call` has the arguments in the right order.
refuse_rows <- function(radius, call) {
  instead <- instead_of_y(radius, call)
  if (instead == "") return(invisible())
  was <- describe(radius)
  abort(paste0("{.arg radius} must be a number from 0, not {was}", instead,
               "."))
}

read_radius <- function(radius, request) {
  rows <- request$nrow
  good <- !missing(radius) && is.numeric(radius) && is.null(dim(radius)) &&
    !anyNA(radius) && all(radius >= 0) && length(radius) %in% c(1, rows)
  if (good) {
    check_order(names(radius), request$names$x, "radius", "row", "x",
                "radius[rownames(x)]")
    return(as.double(radius))
  }
  was <- if (missing(radius)) {
    "missing"
  } else if (is.numeric(radius) && length(radius) %in% c(1, rows)) {
    describe(radius[is.na(radius) | radius < 0][1])
  } else {
    describe(radius)
  }
  abort("{.arg radius} must be a number from 0, or one for each of the {rows}
    row{?s} of {.arg x}, not {was}.")
}

# The engine finds row after row, but package Matrix wants column after column:
# these are the columns of the transposed matrix, and the lower triangle of a
# symmetric one.
sparse_form <- function(pairs, request, symmetric) {
  names <- request$names
  if (symmetric) {
    return(methods::new(
      "dsCMatrix", i = pairs$index, p = as.integer(pairs$start),
      x = pairs$distance,
      Dim = c(request$nrow, request$nrow), Dimnames = list(names$x, names$x),
      uplo = "L"
    ))
  }
  transposed <- methods::new(
    "dgCMatrix", i = pairs$index, p = as.integer(pairs$start),
    x = pairs$distance,
    Dim = c(request$nbase, request$nrow), Dimnames = list(names$y, names$x)
  )
  Matrix::t(transposed)
}
