#' Observations that are read block by block
#'
#' Describes observations that need not fit in memory: a file, a table of a
#' database, a `DelayedMatrix` or an Arrow table. [edist_nearest()],
#' [edist_within()], [edist_reduce()], [edist_apply()] and [edist_plan()] take
#' the result for `x`, `y`, or both, and read some rows when they need them.
#'
#' @details
#' Rows are read in blocks, in order. For each block of `x`, all blocks of `y`
#' are read once, one after the other; without `y`, all blocks of `x`. So what
#' `x` has is read once, and what `y` has once for each block of `x`: larger
#' blocks are read less often. [edist_plan()] reads everything twice, to copy it
#' into the store and to be sure of what it copied.
#'
#' Answers are those for the same rows in memory, except that `sum` and `mean`
#' of [edist_reduce()] may differ in their last digits. In memory are, at a
#' time, one block of `x`, one of `y`, and the answer.
#'
#' Method `"gower"` needs the range of all values, and labels need codes for all
#' of them: blocks hold numbers, and `"gower"` is refused.
#'
#' @section Sources:
#' A database, here SQLite, whose table has a key `id` from 1:
#' ```
#' read <- function(from, to) {
#'   query <- "SELECT a, b, c FROM points WHERE id BETWEEN ? AND ? ORDER BY id"
#'   as.matrix(DBI::dbGetQuery(connection, query, params = list(from, to)))
#' }
#' edist_nearest(edist_blocks(read, nrow = 1e6, ncol = 3), 5)
#' ```
#' A matrix of genes by cells in a `SummarizedExperiment` or a
#' `SingleCellExperiment`, in memory or in an HDF5 file; the transposed matrix,
#' of cells by genes, stays in its file:
#' ```
#' cells <- edist_blocks(t(SummarizedExperiment::assay(experiment)))
#' edist_nearest(cells, 15, method = "correlation")
#' ```
#' A Parquet file, by package arrow:
#' ```
#' table <- arrow::read_parquet("points.parquet", as_data_frame = FALSE)
#' edist_nearest(edist_blocks(table), 5)
#' ```
#'
#' @param x A function of two numbers, `from` and `to`, that returns these rows
#'   as a numeric matrix, or as a data frame of numeric columns; a
#'   `DelayedMatrix`, a table of package arrow, or a matrix or data frame.
#' @param nrow,ncol The numbers of rows and columns, for a function.
#' @param names The names of the rows; by default those of `x`, if it has any.
#' @param block How many rows to read at a time, a positive whole number. By
#'   default as many as take an eighth of the memory that is free.
#' @param ... For methods; must be empty.
#' @return An object of class `"edist_blocks"`. `x[i, ]` reads rows.
#' @seealso [edist_nearest()], [edist_plan()]; [edist_distances()] for distances
#'   that are there already.
#' @export
#' @examples
#' # Rows that are computed when they are needed
#' waves <- edist_blocks(function(from, to) {
#'   t(sapply(from:to, function(i) sin(i * (1:4))))
#' }, nrow = 1000, ncol = 4, block = 300)
#' waves
#' edist_nearest(waves, 2, threads = 2)
edist_blocks <- function(x, ...) {
  UseMethod("edist_blocks")
}

# The usage is given, since pkgdown cannot read the quotes of roxygen2.
#' @rdname edist_blocks
#' @usage \method{edist_blocks}{function}(x, nrow, ncol, ..., names = NULL,
#'   block = NULL)
#' @export
edist_blocks.function <- function(x, nrow, ncol, ..., names = NULL,
                                  block = NULL) {
  check_dots_empty(...)
  new_blocks(x, read_size(nrow, "nrow"), read_size(ncol, "ncol"), names, block)
}

#' @rdname edist_blocks
#' @export
edist_blocks.default <- function(x, ..., names = NULL, block = NULL) {
  check_dots_empty(...)
  rows <- as_observations(x, "x")
  if (is.null(names)) names <- rownames(rows)
  new_blocks(function(from, to) rows[from:to, , drop = FALSE], nrow(rows),
             ncol(rows), names, block)
}

#' @rdname edist_blocks
#' @export
edist_blocks.DelayedMatrix <- function(x, ..., names = rownames(x),
                                       block = NULL) {
  check_dots_empty(...)
  new_blocks(function(from, to) as.matrix(x[from:to, , drop = FALSE]), nrow(x),
             ncol(x), names, block)
}

#' @rdname edist_blocks
#' @export
edist_blocks.ArrowTabular <- function(x, ..., names = NULL, block = NULL) {
  check_dots_empty(...)
  read <- function(from, to) as.data.frame(x$Slice(from - 1, to - from + 1))
  new_blocks(read, nrow(x), ncol(x), names, block)
}

#' @export
edist_blocks.edist_blocks <- function(x, ...) x

read_size <- function(n, argument) {
  good <- !missing(n) && is_number(n) && n >= 0 && n == trunc(n) &&
    n <= .Machine$integer.max
  if (good) return(as.integer(n))
  was <- if (missing(n)) "missing" else describe_count(n)
  abort("{.arg {argument}} must be a whole number from 0, not {was}.")
}

new_blocks <- function(read, nrow, ncol, names, block) {
  if (!is.null(names) && length(names) != nrow) {
    abort("{.arg names} must be the {nrow} name{?s} of the rows, or NULL, not of
      length {length(names)}.")
  }
  if (is.null(block)) {
    block <- max(1, floor(min(memory_usable() / 64, 2^34) / max(ncol, 1)))
  }
  if (!is_count(block)) {
    was <- describe_count(block)
    abort("{.arg block} must be a positive whole number, or NULL, not {was}.")
  }
  structure(list(read = read, dim = c(nrow, ncol), names = names,
                 block = min(block, max(nrow, 1))), class = "edist_blocks")
}

is_blocks <- function(x) inherits(x, "edist_blocks")

#' @export
dim.edist_blocks <- function(x) unclass(x)$dim

#' @export
dimnames.edist_blocks <- function(x) {
  names <- unclass(x)$names
  if (!is.null(names)) list(names, NULL)
}

#' @export
print.edist_blocks <- function(x, ...) {
  each <- unclass(x)$block
  of <- pluralize("{nrow(x)} observation{?s} of {ncol(x)} column{?s}")
  cat(paste0(of, ", read ", format_count(each), " at a time\n"))
  invisible(x)
}

# Reads the rows from the first to the last of `i`.
#' @export
"[.edist_blocks" <- function(x, i, ...) {
  if (length(i) == 0) return(matrix(0, 0, ncol(x)))
  rows <- read_range(x, min(i), max(i))
  rows[i - min(i) + 1, , drop = FALSE]
}

read_range <- function(x, from, to) {
  parts <- unclass(x)
  rows <- as_observations(parts$read(from, to), "x")
  wanted <- c(to - from + 1, ncol(x))
  if (!identical(as.numeric(dim(rows)), as.numeric(wanted))) {
    abort("{.arg x} must give {wanted[1]} row{?s} of {wanted[2]} column{?s} for
      rows {from} to {to}, not {nrow(rows)} of {ncol(rows)}.")
  }
  rownames(rows) <- parts$names[from:to]
  rows
}

# The first and last rows of all blocks.
block_ranges <- function(x, by = unclass(x)$block) {
  from <- if (nrow(x) > 0) seq(1, nrow(x), by = by)
  lapply(from, function(from) c(from, min(from + by - 1, nrow(x))))
}
