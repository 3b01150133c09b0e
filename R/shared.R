#' A matrix in memory that forked processes share
#'
#' Creates a matrix of doubles, all 0, in shared memory. All processes that are
#' forked later see it, and see what any of them writes. PyMP's shared array
#' works like this, and so did many programs before there were threads.
#' Processes may write to different cells at the same time; nothing protects a
#' cell that two processes write.
#'
#' Assignment writes *in place*: unlike everything else in R, `b <- a` does not
#' make a copy, and after `b[1, 1] <- 2` you see the 2 in `a`, too. Reading and
#' `as.matrix()` give ordinary matrices. The memory is freed when no variable
#' refers to it any more. A shared matrix cannot be saved to a file or sent to a
#' process that was not forked.
#'
#' @param nrow,ncol The numbers of rows and columns, whole numbers, 0 or more.
#' @param x A shared matrix.
#' @param i,j Rows and columns: numbers, negative numbers, or logical; all if
#'   missing. As in an ordinary matrix, but you must index both, as in `x[i, ]`.
#' @param value Numbers, one for all cells or one for each.
#' @param drop Whether a result of one row or column becomes a vector.
#' @param ... Not used.
#' @return `edist_shared()` returns an object of class `"edist_shared"`, an
#'   `nrow` by `ncol` matrix that takes `8 * nrow * ncol` bytes. It is an error
#'   if processes cannot be forked, as on Windows. `x[i, j]` is an ordinary
#'   matrix or vector.
#' @seealso [edist_bench_approaches()], whose `shared` fills a shared matrix.
#' @export
#' @examplesIf .Platform$OS.type == "unix"
#' squares <- edist_shared(1, 10)
#' fill <- function(i) squares[, i] <- i^2
#' invisible(parallel::mclapply(1:10, fill, mc.cores = 2))
#' squares[1, ]
edist_shared <- function(nrow, ncol) {
  check_extent(nrow, "nrow")
  check_extent(ncol, "ncol")
  if (!has_fork()) {
    abort("A shared matrix needs processes that are forked, but
      {.Platform$OS.type} has none: call {.code matrix(0, nrow, ncol)}
      instead.",
      "system")
  }
  bytes <- 8 * as.double(nrow) * ncol
  memory <- if (bytes < 2^30 || bytes <= min(memory_usable(), 2^50)) {
    .Call(C_edist_shared_new, as.integer(c(nrow, ncol)))
  }
  if (is.null(memory)) {
    size <- format_bytes(bytes)
    abort("The shared matrix must fit in memory, but would take
      {size}.", "memory")
  }
  shared_count$made <- shared_count$made + 1
  structure(memory, class = "edist_shared")
}

# How many shared matrices were made, for edist_check().
shared_count <- new.env(parent = emptyenv())
shared_count$made <- 0

has_fork <- function() .Platform$OS.type == "unix"

check_extent <- function(x, argument) {
  if (is_count(x) || is_number(x) && x == 0) return(invisible())
  was <- describe_count(x)
  abort("{.arg {argument}} must be a whole number, 0 or more, not {was}.")
}

#' @rdname edist_shared
#' @export
`[.edist_shared` <- function(x, i, j, ..., drop = TRUE) {
  check_flag(drop, "drop")
  cells <- cells_of(x, i, j, nargs() - !missing(drop))
  out <- .Call(C_edist_shared_read, x, cells$i, cells$j)
  if (drop) drop(out) else out
}

#' @rdname edist_shared
#' @export
`[<-.edist_shared` <- function(x, i, j, ..., value) {
  cells <- cells_of(x, i, j, nargs() - 1)
  length <- as.double(length(cells$i)) * length(cells$j)
  if (!is_number_like(value) || !length(value) %in% c(1, length)) {
    was <- describe(value)
    abort("{.arg value} must be one number, or one number for each of {length}
      cell{?s}, not {was}.")
  }
  .Call(C_edist_shared_write, x, cells$i, cells$j, as.double(value))
  x
}

# The row numbers and column numbers that i and j select.
cells_of <- function(x, i, j, arguments) {
  if (arguments != 3) {
    abort("This matrix must be indexed by row and column, as in
      {.code x[i, j]}.")
  }
  names <- dimnames(x)
  rows <- if (missing(i)) seq_len(nrow(x)) else
    positions(i, nrow(x), "i", names[[1]])
  columns <- if (missing(j)) seq_len(ncol(x)) else
    positions(j, ncol(x), "j", names[[2]])
  list(i = rows, j = columns)
}

positions <- function(index, extent, argument, names) {
  at <- if (is_number_like(index)) seq_len(extent)[index] else
    if (is.character(index)) match(index, names) else NA
  if (!anyNA(at)) return(at)
  bad <- if (length(index) == length(at)) index[is.na(at)][1] else index
  refuse_position(bad, extent, argument, names)
}

refuse_position <- function(index, extent, argument, names) {
  was <- describe(index)
  or_name <- if (!is.null(names)) " or one of the names"
  abort("{.arg {argument}} must be among the numbers 1 to {extent}{or_name}, not
    {was}.")
}

#' @export
dim.edist_shared <- function(x) .Call(C_edist_shared_dim, x)

#' @export
length.edist_shared <- function(x) prod(dim(x))

#' @export
as.matrix.edist_shared <- function(x, ...) x[, , drop = FALSE]

#' @export
print.edist_shared <- function(x, ...) {
  size <- format_bytes(8 * length(x))
  cat("A shared matrix of ", dim(x)[1], " rows and ", dim(x)[2], " columns, ",
      size, "\n", sep = "")
  invisible(x)
}
