#' Read the distances in a store
#'
#' Returns an object that can be indexed like a matrix and reads only the cells
#' that are asked for.
#'
#' @details
#' `d[i, j]` reads these cells, tile by tile; a missing tile is an error. To
#' read single cells, index by a matrix with one row per cell and two columns,
#' as in `d[cbind(i, j)]`, or by numbers that count down the columns, as in
#' `d[k]`. `d[[i, j]]` and `diag(d)` read single cells, too.
#'
#' `as.matrix()`, [as.dist()], `as.vector()`, `as.data.frame()` and `apply()`
#' read all distances, if they fit in memory. Other functions that would have to
#' read all of them are an error. Instead, [edist_apply()] takes the opened
#' store for `x` and calls a function with a few rows at a time;
#' `edist_reduce(plan, "sum")` does what `rowSums()` would, without the matrix;
#' and `hclust(as.dist(d))` clusters.
#'
#' @param path The path of a store; for a plan, it is `plan$path`.
#' @param x,m A store opened by `edist_open()`.
#' @param i,j Rows and columns: numbers, negative numbers, logical values or
#'   names; all if missing. Or `i` alone, see Details.
#' @param drop Whether a result with one row or one column becomes a vector.
#' @param diag,upper As in [stats::as.dist()].
#' @param ... Not used.
#' @return An object of class `"edist_store"`, with methods for `[`, `[[`,
#'   `dim()`, `dimnames()`, `as.matrix()` and `as.dist()`, among others. The
#'   distances are identical to those of [edist_matrix()].
#' @seealso [edist_plan()], [edist_run()], [edist_apply()]
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' edist_run(edist_plan(mtcars, path, tile = 10), threads = 2)
#' d <- edist_open(path)
#' d["Fiat 128", 1:3]
#' plot(hclust(as.dist(d)))
#'
#' # The median distance of each row, with some rows in memory at a time
#' head(edist_apply(d, FUN = function(d) apply(d, 1, median)))
#' unlink(path, recursive = TRUE)
edist_open <- function(path) {
  check_path(path)
  plan <- read_plan(path)
  structure(list(plan = plan, names = names_of(plan)), class = "edist_store",
            Size = structure(list(), class = "edist_no_size"))
}

#' @export
print.edist_store <- function(x, ...) {
  plan <- x$plan
  left <- length(missing_tiles(plan))
  shape <- paste(format_count(plan$dim), collapse = " x ")
  cat("A store of ", shape, " distances, ", plan$method, ", ",
      format_bytes(store_bytes(plan)), "\n", plan$path, if (left) {
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

#' @export
names.edist_store <- function(x) NULL # like a matrix

#' @rdname edist_open
#' @export
`[.edist_store` <- function(x, i, j, ..., drop = TRUE) {
  check_flag(drop, "drop")
  arguments <- nargs() - !missing(drop)
  all <- arguments == 2 && missing(i) # x[]
  if (arguments == 2 && !all) return(read_each(x$plan, each_of(x, i)))
  cells <- cells_of(x, i, j, if (all) 3 else arguments)
  check_fits(as.numeric(length(cells$i)) * length(cells$j), "these cells",
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
`[[.edist_store` <- function(x, i, j, ...) {
  alone <- nargs() == 2
  one <- !missing(i) && length(i) == 1 &&
    (alone || !missing(j) && length(j) == 1)
  cell <- if (one && alone) x[i] else if (one) x[i, j]
  if (length(cell) == 1) return(cell[[1]])
  abort("{.arg i} and {.arg j} must each be one number or name, as in
    {.code d[[1, 2]]}.")
}

# The row and the column of each cell that `index` alone stands for: a matrix of
# two columns, or numbers that count down the columns.
each_of <- function(x, index) {
  names <- dimnames(x)
  if (is.matrix(index) && ncol(index) == 2 && !is.logical(index)) {
    return(list(i = as.integer(each_position(index[, 1], nrow(x), names[[1]])),
                j = as.integer(each_position(index[, 2], ncol(x), names[[2]]))))
  }
  if (is.logical(index) && length(index) == length(x)) index <- which(index)
  k <- each_position(index, length(x), NULL) - 1
  list(i = as.integer(k %% nrow(x)) + 1L, j = as.integer(k %/% nrow(x)) + 1L)
}

each_position <- function(index, extent, names) {
  at <- if (is.numeric(index)) trunc(as.double(index)) else
    if (is.character(index)) match(index, names) else NA
  bad <- is.na(at) | at < 1 | at > extent
  if (!any(bad)) return(at)
  was <- if (length(index) == length(at)) index[bad][1] else index
  refuse_position(was, extent, "i", names)
}

read_each <- function(plan, cells) {
  check_fits(as.numeric(length(cells$i)), "these cells",
             c("edist_apply(d, FUN)" = 2^23))
  out <- numeric(length(cells$i))
  for (at in split(seq_along(out), cells$j)) {
    out[at] <- read_cells(plan, cells$i[at], cells$j[at[1]])
  }
  out
}

# A few rows of a symmetric matrix are as many columns, whose values are
# contiguous.
read_cells <- function(plan, i, j) {
  if (plan$symmetric && length(i) < length(j)) {
    return(t(read_cells_of(plan, j, i)))
  }
  read_cells_of(plan, i, j)
}

read_cells_of <- function(plan, i, j) {
  out <- matrix(NA_real_, length(i), length(j))
  rows <- split(seq_along(i), (i - 1L) %/% plan$tile[1])
  columns <- split(seq_along(j), (j - 1L) %/% plan$tile[2])
  for (b in names(columns)) {
    for (a in names(rows)) {
      at <- list(rows[[a]], columns[[b]])
      name <- tile_name(as.integer(a), as.integer(b)) # of 1e+05, too
      read_tile_cells(plan, name, i[at[[1]]], j[at[[2]]], out, at)
    }
  }
  out
}

# Writes into `out`, in place.
read_tile_cells <- function(plan, name, i, j, out, at) {
  file <- tile_file(plan, name)
  if (!isTRUE(file.size(file) == tile_bytes(plan))) {
    abort("Tile {.file {name}} of {.file {plan$path}} must be computed first:
      call {.fn edist_run}.", "store")
  }
  within <- function(index, size) (index - 1L) %% size + 1L
  problem <- .Call(C_edist_store_read, file, plan$tile, within(i, plan$tile[1]),
                   within(j, plan$tile[2]), out, at[[1]], at[[2]])
  if (is.null(problem)) return(invisible())
  abort("Tile {.file {name}} of {.file {plan$path}} could not be read:
    {problem}.", "store")
}

#' @export
as.matrix.edist_store <- function(x, ...) x[, , drop = FALSE]
#' @export
as.array.edist_store <- function(x, ...) as.matrix(x)
#' @export
as.vector.edist_store <- function(x, mode = "any") as.vector(as.matrix(x), mode)
#' @export
as.double.edist_store <- function(x, ...) as.double(as.matrix(x))
#' @export
as.data.frame.edist_store <- function(x, row.names = NULL, optional = FALSE,
                                      ...) {
  as.data.frame(as.matrix(x), row.names = row.names, optional = optional, ...)
}

#' @rdname edist_open
#' @importFrom stats as.dist
#' @export
as.dist.edist_store <- function(m, diag = FALSE, upper = FALSE) {
  plan <- m$plan
  if (!plan$symmetric) {
    abort("{.arg m} must hold the distances within one {.arg x}, not those
      between {.arg x} and {.arg y}.")
  }
  n <- plan$dim[1]
  check_fits(n * (n - 1) / 2, "the distances", c("edist_apply(d, FUN)" = 2^23))
  p <- if (plan$method == "minkowski") plan$spec$p
  structure(
    read_packed(plan, n), Size = as.integer(n), Labels = m$names$x,
    Diag = diag, Upper = upper, method = plan$method, p = p,
    call = match.call(), class = "dist"
  )
}

# Reads below the diagonal, 64 MB of columns at a time.
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

keep <- function() {
  abort("The distances of a store must not be changed: assign to
    {.code as.matrix(d)} instead.")
}
#' @export
`[<-.edist_store` <- function(x, i, j, ..., value) keep()
#' @export
`[[<-.edist_store` <- function(x, i, j, ..., value) keep()
#' @export
`dim<-.edist_store` <- function(x, value) keep()
#' @export
`dimnames<-.edist_store` <- function(x, value) keep()
#' @export
`names<-.edist_store` <- function(x, value) keep()
#' @export
`length<-.edist_store` <- function(x, value) keep()

# A store is a list to R, which would compute with its elements.
refuse <- function(what) {
  abort("{.code {what}} needs a matrix in memory, not a store: call
    {.code edist_apply(d, FUN)} for some rows at a time, or
    {.code as.matrix(d)} if all distances fit in memory.")
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
is.nan.edist_store <- function(x) refuse("is.nan")
#' @export
is.finite.edist_store <- function(x) refuse("is.finite")
#' @export
is.infinite.edist_store <- function(x) refuse("is.infinite")
#' @export
t.edist_store <- function(x) refuse("t")
#' @export
aperm.edist_store <- function(a, perm, ...) refuse("aperm")
#' @export
cbind.edist_store <- function(..., deparse.level = 1) refuse("cbind")
#' @export
rbind.edist_store <- function(..., deparse.level = 1) refuse("rbind")
#' @export
c.edist_store <- function(...) refuse("c")
#' @export
rep.edist_store <- function(x, ...) refuse("rep")
#' @export
rev.edist_store <- function(x) refuse("rev")
#' @export
sort.edist_store <- function(x, decreasing = FALSE, ...) refuse("sort")
#' @export
unique.edist_store <- function(x, incomparables = FALSE, ...) refuse("unique")
#' @export
duplicated.edist_store <- function(x, incomparables = FALSE, ...) {
  refuse("duplicated")
}
#' @method unlist edist_store
#' @export
unlist.edist_store <- function(x, recursive = TRUE, use.names = TRUE) {
  refuse("unlist")
}
#' @export
as.list.edist_store <- function(x, ...) refuse("as.list") # and so lapply()
#' @rawNamespace if (getRversion() >= "4.3.0") S3method(matrixOps, edist_store)
matrixOps.edist_store <- function(x, y) refuse(.Generic)
#' @importFrom stats median
#' @export
median.edist_store <- function(x, na.rm = FALSE, ...) refuse("median")
#' @importFrom stats quantile
#' @export
quantile.edist_store <- function(x, ...) refuse("quantile")

# Some functions have no methods, but first ask one of these whether the store
# is a matrix. diag() then reads single cells, so the answer is yes. For all
# others it must be no: their C code would take the list for a matrix.
#' @export
is.matrix.edist_store <- function(x) {
  identical(name_of_caller(sys.function(sys.parent())), "diag")
}
#' @export
is.array.edist_store <- function(x) {
  name <- name_of_caller(sys.function(sys.parent()))
  if (!is.null(name)) refuse(name)
  FALSE
}

# Compares the code, because a generic of package Matrix calls that of base R.
name_of_caller <- function(caller) {
  known <- c("diag", "rowSums", "rowMeans", "colSums", "colMeans")
  same <- function(name) identical(body(caller), body(get(name, baseenv())))
  Find(same, known)
}

# hclust() asks for the size of a dist.
#' @export
as.integer.edist_no_size <- function(x, ...) {
  abort("Clustering needs distances in memory, not a store: give
    {.code as.dist(d)} instead.")
}

#' @importFrom utils str
#' @export
str.edist_store <- function(object, ...) print(object)

#' @export
summary.edist_store <- function(object, ...) edist_status(object$plan)
