#' Read the distances of a store
#'
#' Opens a store for reading: as a matrix of which only what is asked for is read.
#'
#' @details
#' `d[i, j]` reads the cells asked for, tile by tile; a tile that is missing is an error.
#' `d[[i, j]]`, `d[cbind(i, j)]` and `diag(d)` read single cells.
#' `as.matrix()` and [as.dist()] read all, if memory has room for it, as for
#' `rowSums(as.matrix(d))` and `hclust(as.dist(d))`; `edist_reduce(plan, stat = "sum")`
#' needs no room. [edist_apply()]
#' takes the opened store for `x`, and calls a function with a few rows after the other.
#'
#' @param path The path of a store, or a plan.
#' @param x,m A store that is open.
#' @param i,j Rows and columns: numbers, negative numbers, logical values, or names; all
#'   if left away.
#' @param drop Whether a result of one row or column becomes a vector.
#' @param diag,upper As in [stats::as.dist()].
#' @param ... Not used.
#' @return An object of class `"edist_store"`, with methods for `[`, `dim()`,
#'   `dimnames()`, `as.matrix()` and `as.dist()`. Distances are the very numbers that
#'   [edist_matrix()] gives.
#' @seealso [edist_plan()], [edist_run()], [edist_apply()]
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' edist_run(edist_plan(mtcars, path = path, tile = 10), threads = 2)
#' d <- edist_open(path)
#' d["Fiat 128", 1:3]
#' plot(hclust(as.dist(d)))
#'
#' # The median distance of each row, some rows in memory at a time
#' head(edist_apply(d, FUN = function(d) apply(d, 1, median)))
#' unlink(path, recursive = TRUE)
edist_open <- function(path) {
  plan <- as_plan(path, "path")
  structure(list(plan = plan, names = names_of(plan)), class = "edist_store")
}

#' @export
print.edist_store <- function(x, ...) {
  plan <- x$plan
  left <- length(missing_tiles(plan))
  cat("A store of ", format_count(plan$dim[1]), " x ", format_count(plan$dim[2]),
      " distances, ", plan$method, ", ", format_bytes(store_bytes(plan)), "\n",
      plan$path, if (left) {
        pluralize(": {left} of {plan$tiles} tile{?s} missing")
      }, "\n", sep = "")
  invisible(x)
}

#' @export
dim.edist_store <- function(x) as.integer(x$plan$dim)

#' @export
length.edist_store <- function(x) prod(x$plan$dim)

#' @export
dimnames.edist_store <- function(x) dimnames_of(x$names)

#' @rdname edist_open
#' @export
`[.edist_store` <- function(x, i, j, ..., drop = TRUE) {
  check_flag(drop, "drop")
  arguments <- nargs() - !missing(drop)
  all <- arguments == 2 && missing(i) # x[]
  if (arguments == 2 && !all) return(read_single_cells(x, i))
  cells <- cells_of(x, i, j, if (all) 3 else arguments)
  check_fits(as.numeric(length(cells$i)) * length(cells$j), "the cells asked for",
             c("edist_apply(d, FUN)" = 2^23))
  out <- read_cells(x$plan, cells$i, cells$j)
  names <- dimnames(x)
  if (!is.null(names)) {
    dimnames(out) <- list(names[[1]][cells$i], names[[2]][cells$j])
  }
  if (drop && !all) drop(out) else out
}

#' @rdname edist_open
#' @export
`[[.edist_store` <- function(x, i, j) {
  cells <- cells_of(x, i, j, nargs())
  if (all(lengths(cells) == 1)) {
    return(c(read_cells(x$plan, cells$i, cells$j)))
  }
  abort("{.arg i} and {.arg j} must be one row and one column in {.code d[[i, j]]}, not
    {length(cells$i)} and {length(cells$j)}.")
}

# By rows of a matrix of two columns, or by numbers column by column: as diag() does.
read_single_cells <- function(x, at) {
  if (!is.matrix(at) || ncol(at) != 2) {
    at <- positions(at, length(x), "i", NULL)
    at <- cbind((at - 1) %% nrow(x) + 1, (at - 1) %/% nrow(x) + 1)
  }
  names <- dimnames(x)
  i <- positions(at[, 1], nrow(x), "i", names[[1]])
  j <- positions(at[, 2], ncol(x), "i", names[[2]])
  out <- numeric(length(i))
  for (cells in split(seq_along(j), j)) {
    out[cells] <- read_cells(x$plan, i[cells], j[cells[1]])
  }
  out
}

# A few rows of a symmetric matrix are as many columns, which stand side by side.
read_cells <- function(plan, i, j) {
  if (plan$symmetric && length(i) < length(j)) return(t(read_cells_of(plan, j, i)))
  read_cells_of(plan, i, j)
}

read_cells_of <- function(plan, i, j) {
  out <- matrix(NA_real_, length(i), length(j))
  rows <- split(seq_along(i), (i - 1L) %/% plan$tile[1])
  columns <- split(seq_along(j), (j - 1L) %/% plan$tile[2])
  for (b in names(columns)) {
    for (a in names(rows)) {
      at <- list(rows[[a]], columns[[b]])
      read_tile_cells(plan, paste0(a, ".", b), i[at[[1]]], j[at[[2]]], out, at)
    }
  }
  out
}

# Into `out`, in place.
read_tile_cells <- function(plan, name, i, j, out, at) {
  file <- tile_file(plan, name)
  if (!isTRUE(file.size(file) == tile_bytes(plan))) {
    abort("Tile {.file {name}} of {.file {plan$path}} must be computed first: call
      {.fn edist_run}.", "store")
  }
  within <- function(index, size) (index - 1L) %% size + 1L
  problem <- .Call(C_edist_store_read, file, plan$tile,
                   within(i, plan$tile[1]), within(j, plan$tile[2]), out, at[[1]],
                   at[[2]])
  if (is.null(problem)) return(invisible())
  abort("Tile {.file {name}} of {.file {plan$path}} could not be read: {problem}.",
        "store")
}

#' @export
as.matrix.edist_store <- function(x, ...) x[, , drop = FALSE]

#' @rdname edist_open
#' @importFrom stats as.dist
#' @export
as.dist.edist_store <- function(m, diag = FALSE, upper = FALSE) {
  plan <- m$plan
  if (!plan$symmetric) {
    abort("{.arg m} must be a store of one {.arg x}, not of the distances between two.")
  }
  n <- plan$dim[1]
  check_fits(n * (n - 1) / 2, "the distances", c("edist_apply(d, FUN)" = 2^23))
  structure(
    read_packed(plan, n), Size = as.integer(n), Labels = m$names$x, Diag = diag,
    Upper = upper, method = plan$method, p = if (plan$method == "minkowski") plan$how$p,
    call = match.call(), class = "dist"
  )
}

# Some columns at a time, below the diagonal: 64 MB.
read_packed <- function(plan, n) {
  out <- numeric(n * (n - 1) / 2)
  if (n < 2) return(out)
  by <- max(1, floor(2^23 / n))
  for (from in seq(1, n - 1, by = by)) {
    columns <- from:min(from + by - 1, n)
    below <- read_cells_of(plan, from:n, columns)
    to <- (from - 1) * (n - from / 2)
    values <- below[row(below) > col(below)]
    out[to + seq_along(values)] <- values
  }
  out
}

#' @export
`[<-.edist_store` <- function(x, i, j, ..., value) {
  abort("The distances of a store must stay as they are: assign to
    {.code as.matrix(d)} instead.")
}

# A list to R: what is done to all cells would be done to that.
refuse <- function(what) {
  abort("A store must be read for {.code {what}}: call {.code edist_apply(d, FUN)} for
    some rows at a time, or {.code as.matrix(d)} if it fits in memory.")
}
#' @export
Ops.edist_store <- function(e1, e2) refuse(.Generic)
#' @export
Math.edist_store <- function(x, ...) refuse(.Generic)
#' @export
Summary.edist_store <- function(..., na.rm) refuse(.Generic)
#' @export
mean.edist_store <- function(x, ...) refuse("mean")
#' @export
is.na.edist_store <- function(x) refuse("is.na")
#' @export
anyNA.edist_store <- function(x, recursive = FALSE) refuse("anyNA")
#' @export
cbind.edist_store <- function(..., deparse.level = 1) refuse("cbind")
#' @export
rbind.edist_store <- function(..., deparse.level = 1) refuse("rbind")
#' @export
is.matrix.edist_store <- function(x) TRUE
#' @export
t.edist_store <- function(x) refuse("t")

#' @importFrom utils str
#' @export
str.edist_store <- function(object, ...) print(object)

#' @export
summary.edist_store <- function(object, ...) edist_status(object)
