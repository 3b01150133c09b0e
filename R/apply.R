#' A function of the distances, block by block
#'
#' Calls a function with blocks of the matrix of distances, one after the other:
#' a few rows of `x` against all rows of `y`, or of `x`. The whole matrix is
#' never in memory.
#'
#' @details
#' Each block is what [edist_matrix()] has in these rows, with its dimnames. The
#' time is that of [edist_matrix()] for two matrices, and of `FUN`; the memory
#' is that of a block, of what `FUN` needs besides, and of the results.
#'
#' Blocks come in order, on the calling thread: `FUN` may do anything that an R
#' function may do. If it fails, or is interrupted, the computation ends as a
#' loop would.
#'
#' @inheritParams edist_nearest
#' @inheritSection edist Missing values
#' @param x As in [edist_matrix()]; or a store, opened by [edist_open()]: then
#'   the distances are read from there, and only `FUN`, `block` and `combine`
#'   can be given.
#' @param FUN A function. It is called with a block, a matrix; and with `rows`,
#'   the numbers of the block's rows in `x`, if it has an argument of that name.
#' @param y As in [edist_matrix()].
#' @param block How many rows of `x` make a block, a positive whole number; by
#'   default as many as take 64 MB.
#' @param combine A function that makes the answer of all results, called once,
#'   as `do.call(combine, results)`: [c()], [rbind()] or the like; or `NULL` for
#'   a list.
#' @return The value of `combine`, or a list with the result of each block.
#' @inherit edist references
#' @seealso [edist_reduce()] for common statistics of the distances of a row,
#'   many times as fast; [edist_nearest()], [edist_within()].
#' @export
#' @examples
#' # The median distance of each row to all others
#' head(edist_apply(faithful, function(d) apply(d, 1, median), threads = 2))
#'
#' # The ten pairs of rows that are farthest apart
#' farthest <- function(d, rows) {
#'   d[outer(rows, seq_len(ncol(d)), ">=")] <- NA
#'   at <- order(d, decreasing = TRUE)[1:10]
#'   data.frame(i = rows[row(d)[at]], j = col(d)[at], distance = d[at])
#' }
#' all <- edist_apply(faithful, farthest, block = 100, combine = rbind,
#'                    threads = 2)
#' head(all[order(-all$distance), ], 10)
edist_apply <- function(x, FUN, ...) {
  UseMethod("edist_apply")
}

#' @rdname edist_apply
#' @export
edist_apply.default <- function(x, FUN, y = NULL, method = "euclidean", p = 2,
                                ..., block = NULL, combine = c, strict = FALSE,
                                weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  check_apply(FUN, combine)
  request <- read_request(x, y, method, p, strict, weights, cov, threads)
  apply_blocks(FUN, block, combine, request$nrow, request$nbase,
               function(rows) block_of(request, rows))
}

#' @rdname edist_apply
#' @export
edist_apply.edist_store <- function(x, FUN, ..., block = NULL, combine = c) {
  refuse_arguments(..., with = "with a store")
  check_apply(FUN, combine)
  apply_blocks(FUN, block, combine, nrow(x), ncol(x),
               function(rows) x[rows, , drop = FALSE])
}

check_apply <- function(FUN, combine) {
  if (missing(FUN)) abort("{.arg FUN} must be a function, not missing.")
  if (!is.function(FUN)) {
    was <- describe(FUN)
    instead <- instead_of_y(FUN, "edist_apply(x, FUN, y)")
    abort(paste0("{.arg FUN} must be a function, not {was}", instead, "."))
  }
  if (!is.null(combine)) check_function(combine, "combine",
                                        "a function or NULL")
}

# `read` gives some rows of the matrix of distances.
apply_blocks <- function(FUN, block, combine, nrow, nbase, read) {
  starts <- block_starts(block, nrow, nbase)
  report <- progress()
  results <- lapply(starts$from, function(from) {
    rows <- from:min(from + starts$by - 1, nrow)
    result <- call_with_rows(FUN, read(rows), rows)
    if (!is.null(report)) report(max(rows) / nrow)
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
block_starts <- function(block, nrow, nbase) {
  if (is.null(block)) {
    block <- max(1, min(nrow, floor(2^23 / max(nbase, 1))))
  }
  if (!is_count(block)) {
    was <- describe_count(block)
    abort("{.arg block} must be a positive whole number, or NULL, not {was}.")
  }
  check_fits(as.numeric(min(block, nrow)) * nbase, "a block",
             c("edist_apply(x, FUN, block = 1)" = nbase))
  list(from = if (nrow > 0) seq(1, nrow, by = block), by = block)
}

# The rows of the matrix that edist_matrix() gives. An observation is at
# distance 0 from itself, even if all of it is missing.
block_of <- function(request, rows) {
  names <- dimnames_of(request$names)
  if (!is.null(names)) names[1] <- list(names[[1]][rows])
  attributes <- list(dim = c(length(rows), request$nbase), dimnames = names)
  base <- if (request$alone) request$x else request$y
  out <- compute(function(progress) {
    .Call(C_edist_matrix, request$x[rows, , drop = FALSE], base, request$spec,
          attributes, progress)
  }, NULL)
  if (request$alone) out[cbind(seq_along(rows), rows)] <- 0
  out
}
