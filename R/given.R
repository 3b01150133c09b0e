# Distances that are not computed by the engine: those of a function of the
# user, and those that are there already. The engine then goes through the
# numbers of the rows, and asks for blocks of distances by a function of the
# numbers of some rows of x and some of y. All answers are made as usual, on one
# thread.

# `refused` tells which arguments are given that say nothing here.
given_spec <- function(get, threads, refused, with) {
  refuse_given(refused, with)
  read_threads(threads)
  list(method = "given", p = 2, strict = FALSE, unit = 1, threads = 1L,
       given = get)
}

refuse_given <- function(refused, with) {
  name <- names(refused)[refused][1]
  if (!is.na(name)) refuse_argument(name, with)
}

row_numbers <- function(n) matrix(as.double(seq_len(n)), n)

# ---- A function ---------------------------------------------------------

function_request <- function(x, y, f, refused, threads) {
  rows <- both_or_one(x, y)
  alone <- is.null(y)
  base <- if (alone) rows$x else rows$y
  get <- function(i, j) {
    block <- f(rows$x[i, , drop = FALSE], base[j, , drop = FALSE])
    check_block(block, length(i), length(j))
    as.double(block)
  }
  spec <- given_spec(get, threads, refused, "with a function as {.arg method}")
  new_request(spec, list(x = rownames(rows$x), y = rownames(base)),
              nrow(rows$x), nrow(base), alone, row_numbers(nrow(rows$x)),
              if (!alone) row_numbers(nrow(base)))
}

check_block <- function(block, rows, columns) {
  wanted <- c(rows, columns)
  if (is.numeric(block) && identical(dim(block), as.integer(wanted))) {
    return(invisible())
  }
  was <- if (is.numeric(block) && is.matrix(block)) {
    paste("one of", nrow(block), "by", ncol(block))
  } else {
    describe(block)
  }
  abort("{.arg method} must return a numeric matrix of {rows} by {columns} for
    so many rows of {.arg x} and {.arg y}, not {was}.")
}

# ---- What is there already ----------------------------------------------

#' Distances that are there already
#'
#' [edist_nearest()], [edist_within()] and [edist_reduce()] also answer from
#' distances that somebody has computed: from a `dist` object and from an opened
#' store as they are, and from a matrix if this function declares that it holds
#' distances, not data. Ties and missing values are treated as ever.
#'
#' @param d A numeric matrix of distances: a symmetric one of the distances
#'   between the same rows, whose diagonal does not matter, or one with a row
#'   for each row of `x` and a column for each row of `y`. Or a sparse matrix of
#'   package Matrix: what it does not hold is missing, not 0. Or a `dist` object
#'   or a store.
#' @param cross Whether rows and columns stand for different things. By default
#'   they do unless `d` is symmetric.
#' @return An object of class `"edist_distances"`, to be given as `x`.
#' @seealso [edist_nearest()], [edist_within()], [edist_reduce()]
#' @export
#' @examples
#' d <- edist(scale(mtcars), threads = 2)
#' edist_nearest(d, 2)
#' edist_reduce(d, "mean")[1:3]
#'
#' # Distances of another program
#' correlation <- cor(mtcars)
#' edist_nearest(edist_distances(1 - abs(correlation)), 1)
edist_distances <- function(d, cross = NULL) {
  if (inherits(d, "edist_distances")) return(d)
  if (!is.null(cross)) check_flag(cross, "cross")
  if (inherits(d, "dist")) {
    d <- as_doubles(d)
    n <- attr(d, "Size")
    labels <- attr(d, "Labels")
    return(new_distances(d, c(n, n), list(labels, labels), FALSE, from_dist))
  }
  if (inherits(d, "edist_store")) {
    return(new_distances(d, dim(d), list(rownames(d), colnames(d)),
                         !d$plan$symmetric, from_store))
  }
  if (inherits(d, "Matrix")) d <- as_known_matrix(d, "d")
  sparse <- inherits(d, "Matrix")
  if (!sparse && !(is.matrix(d) && is.numeric(d))) {
    was <- describe(d)
    abort("{.arg d} must be a numeric matrix, a matrix of package Matrix, a dist
      object or a store, not {was}.")
  }
  symmetric <- nrow(d) == ncol(d) && if (sparse)
    Matrix::isSymmetric(d, checkDN = FALSE) else isSymmetric(unname(d))
  if (is.null(cross)) cross <- !symmetric
  if (!cross && !symmetric) {
    abort("{.arg d} must be symmetric, unless {.arg cross} is TRUE.")
  }
  from <- if (sparse) from_sparse else from_matrix
  new_distances(d, dim(d), list(rownames(d), colnames(d)), cross, from)
}

new_distances <- function(d, dim, names, cross, from) {
  structure(list(d = d, dim = dim, names = names, cross = cross, from = from),
            class = "edist_distances")
}

#' @export
print.edist_distances <- function(x, ...) {
  between <- if (x$cross) paste(x$dim[1], "and", x$dim[2]) else x$dim[1]
  cat(paste0("Distances between ", between, " rows\n"))
  invisible(x)
}

# Blocks of distances, by the numbers of rows and columns.
from_dist <- function(d, i, j) {
  .Call(C_edist_dist_values, d, rep(as.integer(i), length(j)),
        rep(as.integer(j), each = length(i)))
}
from_matrix <- function(d, i, j) as.double(d[i, j])
from_store <- function(d, i, j) as.double(d[i, j, drop = FALSE])
from_sparse <- function(d, i, j) {
  block <- methods::as(d[i, j, drop = FALSE], "TsparseMatrix")
  out <- matrix(NA_real_, length(i), length(j))
  out[cbind(block@i, block@j) + 1L] <- block@x
  as.double(out)
}

is_distances <- function(x) {
  inherits(x, c("dist", "edist_store", "edist_distances"))
}

distances_request <- function(x, y, method, refused, threads) {
  refused <- c(y = !is.null(y), method = !identical(method, "euclidean"),
               refused)
  x <- edist_distances(x)
  get <- function(i, j) x$from(x$d, i, j)
  spec <- given_spec(get, threads, refused, "with distances as {.arg x}")
  new_request(spec, list(x = x$names[[1]], y = x$names[[2]]), x$dim[1],
              x$dim[2], !x$cross, row_numbers(x$dim[1]),
              if (x$cross) row_numbers(x$dim[2]))
}
