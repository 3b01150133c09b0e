#' Nearest neighbours, without a matrix
#'
#' For each row of `x`, finds the `k` nearest rows of `y`, or the `k` nearest
#' other rows of `x`. Neighbours are exact, for any method of [edist()].
#'
#' @details
#' The rows of `x` are the queries: one answer for each. FNN and RANN call `y`
#' `data` and `x` `query`; dbscan calls `y` `x` and `x` `query`.
#'
#' Neighbours are sorted by the distances that are returned. Of several at the
#' same distance, the one that comes first in `y` comes first; so the answer
#' does not depend on the number of threads. A row of `x` alone is not its own
#' neighbour, but a duplicate of it is, at distance 0.
#'
#' With a plan, rows are processed in bands, by all workers. Each worker needs
#' memory for all rows of `y`, two to three times while it reads them. Finished
#' bands are kept in the store until the answer is complete, so the same call
#' resumes after an interruption. You can delete the directories of abandoned
#' runs, `edist/nearest-...` in the store.
#'
#' @section Search:
#' With `search = "auto"`, pairs that cannot be neighbours are not computed.
#' Rows are put into a tree that keeps close ones together, and boxes around a
#' few of them rule most of the others out. From 8 columns on, boxes are drawn
#' along the leading principal axes where those tell rows apart better than
#' columns do; and where boxes rule out little, rows are first compared by
#' codes: small whole numbers that stand for their values, which processors with
#' AVX2 or AVX-512 compare many times as fast. Nothing is lost: bounds of boxes
#' are computed with the operations of the distances, whose rounding is
#' monotone, and bounds of axes and of codes allow for all that these leave of
#' the values. Indices, distances and ties are those of `search = "all"`, which
#' computes every pair. A trial with a few rows decides what pays, if anything.
#'
#' Axes and codes serve `"euclidean"`, `"sqeuclidean"`, `"cosine"`,
#' `"correlation"`, `"spearman"`, `"chord"` and `"hellinger"`, without `weights`
#' or `cov`.
#'
#' Without the search the time is proportional to `nrow(x) * nrow(y) * ncol(x)`.
#' It is always so for all other methods but `"manhattan"`, `"maximum"` and
#' `"minkowski"`, for these with `weights`, for `strict = TRUE`, more than 2048
#' columns, powers that are no multiple of a half, sparse matrices, and for rows
#' with missing values. The search copies the rows if they fit in memory: 8
#' bytes for each value, up to 18 where it uses codes, 72 more for each row
#' where it uses axes, and twice as much for a moment. Everything else takes a
#' few megabytes per thread, for `k` up to some hundreds.
#'
#' @section Missing values:
#' Distances between rows with missing values are those
#' of [edist()]. A distance that is `NA` makes no neighbour: a row with fewer
#' than `k` neighbours ends with `NA`, in `index` and `distance`.
#'
#' @inheritParams edist_matrix
#' @param x Like `x` of [edist()]. Neighbours of each of its rows are found. Or
#'   observations in blocks, see [edist_blocks()]; distances, see
#'   [edist_distances()]; or
#'   a plan, made by [edist_plan()]: then its rows are used, by all workers, as
#'   in [edist_run()], and only `k`, `radius`, `ties` and `threads` can be
#'   given.
#' @param k How many neighbours, a positive whole number: at most the number of
#'   rows of `y`, or of other rows of `x`.
#' @param y The rows among which neighbours are found, with as many columns as
#'   `x`, which are matched by position: the same names in another order are an
#'   error. Or `NULL` for all other rows of `x`.
#' @param radius The largest distance of a neighbour, in the unit of `x`: a
#'   number from 0, or one for each row of `x`. Rows with fewer than `k`
#'   neighbours so near end with `NA`.
#' @param ties Which of several rows at the distance of the `k`-th neighbour to
#'   keep: `"first"`, those that come first in `y`, so that there are `k`; or
#'   `"all"`. Then there are as many columns as the longest answer has
#'   neighbours, and shorter ones end with `NA`. This takes a second search.
#' @param search `"auto"` to leave out pairs that cannot matter, or `"all"` to
#'   compute every pair; see the section Search.
#'
#' @return A list of class `"edist_nearest"`: `index`, an integer matrix of
#'   `nrow(x)` rows and `k` columns (more with `ties = "all"`), the rows of `y`
#'   (or `x`); `distance`, a
#'   double matrix of the same shape, in the unit of `x`, each exactly the
#'   number that [edist_matrix()] gives; `labels`, the names of the rows that
#'   indices stand for, or `NULL`; `method`; `base`, the number of rows of `y`
#'   (or `x`); `alone`, whether it has all rows of `x`, and their neighbours
#'   among themselves; `computed`, the share of all pairs that was computed; and
#'   `screened`, the share that was compared by codes first. The matrices have
#'   the row names of `x`.
#'
#'   [as.data.frame()] has a row for each neighbour, `i`, `j` and `distance`,
#'   sorted by `i` and rank, and `from` and `to`, the names, if there are any.
#'   [as.matrix()] is a sparse matrix of package Matrix with `nrow(x)` rows and
#'   `base` columns. `x[i, j]` keeps some rows, and some ranks of neighbours;
#'   [head()] and [tail()] keep the first and last rows. [summary()] is a data
#'   frame with a row for each rank. [plot()] draws the sorted distances to the
#'   `k`-th neighbour. [edist_graph()] makes a graph of it, and
#'   [as_neighbours()] the form that other packages expect.
#'
#' @references
#' Yu, C. D., Huang, J., Austin, W., Xiao, B. and Biros, G. (2015) Performance
#' optimization for the k-nearest neighbors kernel on x86 architectures.
#' *Proceedings of SC15*. \doi{10.1145/2807591.2807601}
#'
#' Friedman, J. H., Bentley, J. L. and Finkel, R. A. (1977) An algorithm for
#' finding best matches in logarithmic expected time. *ACM Transactions on
#' Mathematical Software* **3**(3), 209-226. \doi{10.1145/355744.355745}
#' @seealso [edist_graph()] for clusters, [as_neighbours()] for other packages,
#'   [edist_within()] for all rows within a radius, [edist_reduce()] for one
#'   number per row; `vignette("without-the-matrix")`.
#' @export
#' @examples
#' near <- edist_nearest(scale(mtcars), 2, threads = 2)
#' near
#' head(as.data.frame(near), 3)
#'
#' # Assign each row its neighbours' majority class
#' near <- edist_nearest(iris[1:4], 5, threads = 2)
#' votes <- table(row(near$index), iris$Species[near$index])
#' mean(colnames(votes)[max.col(votes, "first")] == iris$Species)
edist_nearest <- function(x, k, ...) {
  UseMethod("edist_nearest")
}

#' @rdname edist_nearest
#' @export
edist_nearest.default <- function(x, k, y = NULL, method = "euclidean", p = 2,
                                  ..., radius = Inf,
                                  ties = c("first", "all"),
                                  search = c("auto", "all"), strict = FALSE,
                                  weights = NULL, cov = NULL, threads = NULL) {
  check_dots_empty(...)
  check_k(k)
  request <- read_request(x, y, method, p, strict, weights, cov, threads,
                          distances = TRUE)
  request$spec$search <- read_search(search, request)
  nearest(request, k, radius, ties, function(k, radius) {
    base_row <- if (request$alone) seq_len(request$nrow) - 1L
    compute(function(progress) {
      .Call(C_edist_nearest, request$x, request$y, request$spec, k, radius,
            base_row, progress)
    })
  }, function(radius) within_pairs(request, radius))
}

# `find` gives the k nearest of each row, `find_pairs` all within a radius of
# its own, once the arguments are checked.
nearest <- function(request, k, radius, ties, find, find_pairs) {
  k <- read_k(k, request)
  radius <- read_radius(radius, request)
  ties <- match_name(ties, c("first", "all"), "ties")
  check_fits(1.5 * request$nrow * k, "the neighbours",
             smaller_k(request, request$nrow))
  found <- find(k, if (any(radius < Inf)) radius)
  if (ties == "all") {
    last <- found$distance[, k]
    last <- ifelse(is.na(last), radius, last)
    found <- replace_neighbours(found, find_pairs(last), request)
  }
  new_nearest(found, request)
}

# With all that are as near as the last, rows have different numbers of
# neighbours: shorter ones end with NA.
replace_neighbours <- function(found, pairs, request) {
  count <- tabulate(pairs$query, request$nrow)
  width <- max(count, ncol(found$index))
  check_fits(1.5 * request$nrow * width, "the neighbours and their ties",
             smaller_k(request, request$nrow))
  order <- order(pairs$query, pairs$distance, pairs$index)
  at <- cbind(pairs$query[order], sequence(count))
  found$index <- matrix(NA_integer_, request$nrow, width)
  found$distance <- matrix(NA_real_, request$nrow, width)
  found$index[at] <- pairs$index[order]
  found$distance[at] <- pairs$distance[order]
  found
}

# Code that needs less memory, by the doubles it needs.
smaller_k <- function(request, nrow) {
  k <- c(100, 10, 1)
  more <- if (request$alone) ")" else ", y)"
  stats::setNames(1.5 * nrow * k, paste0("edist_nearest(x, ", k, more))
}

new_nearest <- function(found, request) {
  names <- request$names
  if (!is.null(names$x)) {
    rownames(found$index) <- rownames(found$distance) <- names$x
  }
  structure(class = "edist_nearest", list(
    index = found$index, distance = found$distance, labels = names$y,
    method = request$spec$method, base = request$nbase, alone = request$alone,
    computed = found$computed, screened = found$screened
  ))
}

check_nearest <- function(nearest) {
  if (inherits(nearest, "edist_nearest")) return(invisible())
  was <- describe(nearest)
  abort("{.arg nearest} must be what {.fn edist_nearest} returns, not {was}.")
}

# For what needs the neighbours of neighbours. `when` is code.
check_alone <- function(nearest, when) {
  if (isTRUE(nearest$alone)) return(invisible())
  abort("{.arg nearest} must be all that {.code edist_nearest(x, k)} returns for
    {.code {when}}, not neighbours in a {.arg y}, or of some rows of {.arg x}.")
}

check_k <- function(k) {
  if (missing(k)) {
    abort("{.arg k} must be a positive whole number, not missing.")
  }
  number <- if (is_number(k)) min(k, .Machine$integer.max) else k # 1e10: below
  if (!is_count(number)) {
    was <- describe(k)
    instead <- instead_of_y(k, "edist_nearest(x, k, y)")
    abort(paste0("{.arg k} must be a positive whole number, not {was}", instead,
                 "."))
  }
}

read_k <- function(k, request) {
  max <- if (request$alone) max(request$nrow - 1, 0) else request$nbase
  if (k > max) {
    rows <- if (request$alone) "other rows of {.arg x}" else "rows of {.arg y}"
    abort(paste0("{.arg k} must be at most {max}, the number of ", rows,
                 ", not {k}."))
  }
  as.integer(k)
}

#' @export
"[.edist_nearest" <- function(x, i, j, ..., drop = FALSE) {
  given <- nargs() - if (missing(drop)) 0 else 1
  if (given == 2) return(unclass(x)[i]) # x["index"]
  check_dots_empty(...)
  rows <- seq_len(nrow(x))
  x$alone <- isTRUE(x$alone) && (missing(i) || identical(rows[i], rows))
  for (part in c("index", "distance")) {
    x[[part]] <- x[[part]][i, j, drop = FALSE]
  }
  x
}

#' @export
dim.edist_nearest <- function(x) dim(x$index)

#' @importFrom utils head
#' @export
head.edist_nearest <- function(x, n = 6L, ...) {
  x[utils::head(seq_len(nrow(x)), n), ]
}

#' @importFrom utils tail
#' @export
tail.edist_nearest <- function(x, n = 6L, ...) {
  x[utils::tail(seq_len(nrow(x)), n), ]
}

#' @export
summary.edist_nearest <- function(object, ...) {
  rank <- seq_len(ncol(object$distance))
  of <- function(stat) {
    vapply(rank, function(r) {
      there <- object$distance[!is.na(object$distance[, r]), r]
      if (length(there) == 0) NA_real_ else as.double(stat(there))
    }, 0)
  }
  data.frame(
    rank = rank, min = of(min), median = of(stats::median), mean = of(mean),
    max = of(max), missing = as.integer(colSums(is.na(object$distance)))
  )
}

#' @export
as.matrix.edist_nearest <- function(x, ...) edist_graph(x, "directed")

#' @export
plot.edist_nearest <- function(x, ..., type = "l", xlab = NULL, ylab = NULL) {
  k <- ncol(x$distance)
  if (k == 0) {
    abort("{.arg x} must have at least one neighbour to be drawn, not 0.")
  }
  last <- sort(x$distance[, k])
  if (is.null(xlab)) xlab <- "Rows, sorted by this distance"
  if (is.null(ylab)) ylab <- paste("Distance to neighbour", k)
  graphics::plot(seq_along(last), last, ..., type = type, xlab = xlab,
                 ylab = ylab)
  invisible(x)
}

#' @export
print.edist_nearest <- function(x, ..., n = 6L) {
  k <- ncol(x$index)
  rows <- nrow(x$index)
  of <- pluralize("{k} nearest neighbour{?s} of {rows} observation{?s}")
  share <- if (!is.null(x$computed) && x$computed < 1) {
    percent <- function(share) paste(format(100 * share, digits = 2), "%")
    screened <- if (x$screened > 0) c(", ", percent(x$screened), " screened")
    c(", ", percent(x$computed), " of pairs computed", screened)
  }
  cat(cli::format_inline("{.strong {of}}, {x$method}"), share, "\n", sep = "")
  shown <- seq_len(min(n, rows))
  columns <- seq_len(min(k, 5L))
  name <- function(index) if (is.null(x$labels)) index else x$labels[index]
  cells <- vapply(columns, function(c) {
    if (rows == 0) return(character())
    index <- x$index[shown, c]
    distance <- format(x$distance[shown, c], digits = 3)
    ifelse(is.na(index), "-", paste0(name(index), " (", trimws(distance), ")"))
  }, character(length(shown)))
  dim(cells) <- c(length(shown), length(columns))
  labels <- rownames(x$index)
  rownames(cells) <- if (is.null(labels)) shown else labels[shown]
  colnames(cells) <- columns
  if (length(cells)) print(noquote(cells), right = FALSE)
  more <- c(
    if (rows > length(shown)) pluralize("{rows - length(shown)} more row{?s}"),
    if (k > length(columns)) {
      pluralize("{k - length(columns)} more neighbour{?s}")
    }
  )
  if (length(more)) cat(paste0("... and ", toString(more), "\n"))
  invisible(x)
}

#' @export
as.data.frame.edist_nearest <- function(x, row.names = NULL, optional = FALSE,
                                        ...) {
  rows <- nrow(x$index)
  index <- c(t(x$index))
  there <- !is.na(index)
  i <- rep(seq_len(rows), each = ncol(x$index))[there]
  long_form(i, index[there], c(t(x$distance))[there], rownames(x$index),
            x$labels)
}

# Pairs and their distances, with their names, if there are any.
long_form <- function(i, j, distance, from, to) {
  out <- list(i = i, j = j, distance = distance)
  if (!is.null(from)) out$from <- from[i]
  if (!is.null(to)) out$to <- to[j]
  # data.frame() would copy.
  structure(out, class = "data.frame", row.names = .set_row_names(length(i)))
}

# One of several names; the first if all are given, as in match.arg().
match_name <- function(x, names, argument) {
  if (identical(x, names)) return(names[1])
  if (is.character(x) && length(x) == 1 && x %in% names) return(x)
  was <- describe(x)
  abort("{.arg {argument}} must be one of {.or {.val {names}}}, not {was}.")
}
