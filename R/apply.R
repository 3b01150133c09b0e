#' A function of the distances, block by block
#'
#' Calls a function with blocks of the matrix of distances, one after the other: a few
#' rows of `x` against all rows of `y`, or of `x`. The matrix as a whole is never in
#' memory.
#'
#' @details
#' Each block is what [edist_matrix()] has in these rows, with its dimnames. The time is
#' that of [edist_matrix()] of two matrices, and of `FUN`; the memory that of a block, of
#' what `FUN` needs beside it, and of the results.
#'
#' Blocks come in order, on the calling thread: `FUN` may do what an R function may. If
#' it fails, or is interrupted, the computation ends as it would in a loop.
#'
#' @inheritParams edist_nearest
#' @inheritSection edist Missing values
#' @param x,y As in [edist_matrix()]. Or `x` is what [edist_open()] returns: then the
#'   distances are read from there, and only `FUN`, `block` and `combine` may be given.
#' @param FUN A function. It is called with a block, a matrix; and, if it has an argument
#'   of that name, with `rows`, the numbers of the block's rows in `x`.
#' @param block How many rows of `x` make a block, a positive whole number; by default as
#'   many as take 64 MB.
#' @param combine A function that makes the answer of all results, called once, as
#'   `do.call(combine, results)`: [c()], [rbind()] or the like; or `NULL` for a list.
#' @return What `combine` makes, or a list with the result of each block.
#' @inherit edist references
#' @seealso [edist_reduce()] for what is commonly wanted of the distances of a row, many
#'   times as fast; [edist_nearest()], [edist_within()].
#' @export
#' @examples
#' # The median distance of each row from all others
#' head(edist_apply(faithful, FUN = function(d) apply(d, 1, median), threads = 2))
#'
#' # The ten pairs of rows that are farthest from each other, of all pairs
#' farthest <- function(d, rows) {
#'   d[outer(rows, seq_len(ncol(d)), ">=")] <- NA
#'   at <- order(d, decreasing = TRUE)[1:10]
#'   data.frame(i = rows[row(d)[at]], j = col(d)[at], distance = d[at])
#' }
#' all <- edist_apply(faithful, FUN = farthest, block = 100, combine = rbind, threads = 2)
#' head(all[order(-all$distance), ], 10)
edist_apply <- function(x, y = NULL, FUN, block = NULL, combine = c, method = "euclidean",
                        p = 2, ..., strict = FALSE, weights = NULL, cov = NULL,
                        threads = NULL) {
  check_dots_empty(...)
  if (missing(FUN)) abort("{.arg FUN} must be a function, not missing.")
  check_function(FUN, "FUN")
  if (!is.null(combine)) check_function(combine, "combine", "a function or NULL")
  if (inherits(x, "edist_store")) {
    check_arguments(match.call(), c("x", "FUN", "block", "combine"), "with a store")
    request <- list(store = x, nrow = nrow(x), nbase = ncol(x))
  } else {
    request <- read_request(x, y, method, p, strict, weights, cov, threads)
  }
  starts <- block_starts(block, request)
  report <- progress()
  results <- lapply(starts$from, function(from) {
    rows <- from:min(from + starts$by - 1, request$nrow)
    result <- call_with_rows(FUN, block_of(request, rows), rows)
    if (!is.null(report)) report(max(rows) / request$nrow)
    result
  })
  if (is.null(combine)) results else do.call(combine, results, quote = TRUE)
}

check_function <- function(f, argument, what = "a function") {
  if (is.function(f)) return(invisible())
  was <- describe(f)
  abort("{.arg {argument}} must be {what}, not {was}.")
}

call_with_rows <- function(f, d, rows) {
  if ("rows" %in% names(formals(args(f)))) f(d, rows = rows) else f(d)
}

# 2^23 doubles are 64 MB.
block_starts <- function(block, request) {
  if (is.null(block)) {
    block <- max(1, min(request$nrow, floor(2^23 / max(request$nbase, 1))))
  }
  if (!is_count(block)) {
    was <- describe_count(block)
    abort("{.arg block} must be a positive whole number, or NULL, not {was}.")
  }
  check_fits(as.numeric(min(block, request$nrow)) * request$nbase, "a block",
             c("edist_apply(x, FUN = FUN, block = 1)" = request$nbase))
  list(from = if (request$nrow > 0) seq(1, request$nrow, by = block), by = block)
}

# What edist_matrix() has in these rows. An observation is at distance 0 from itself,
# even if all of it is missing.
block_of <- function(request, rows) {
  if (!is.null(request$store)) return(request$store[rows, , drop = FALSE])
  alone <- is.null(request$y)
  names <- dimnames_of(request$names)
  if (!is.null(names)) names[1] <- list(names[[1]][rows])
  attributes <- list(dim = c(length(rows), request$nbase), dimnames = names)
  out <- compute(function(progress) {
    .Call(C_edist_matrix, request$x[rows, , drop = FALSE],
          if (alone) request$x else request$y, request$how, attributes, progress)
  }, NULL)
  if (alone) out[cbind(seq_along(rows), rows)] <- 0
  out
}
