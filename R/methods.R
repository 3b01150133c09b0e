#' The methods of edist
#'
#' What each `method` of [edist()] and [edist_matrix()] computes, and what it does
#' with missing values. The first six are those of [stats::dist()], and give what
#' it gives.
#'
#' @details
#' `"cosine"` and `"correlation"` are half the squared Euclidean distance of rows of
#' length 1, which keeps the digits of rows that nearly agree; `1 - r` would lose
#' them.
#'
#' @return A data frame of class `"edist_methods"` with a row for each method:
#'   `method`, `formula`, `range`, `missing` (the rule for missing values) and
#'   `reference`.
#' @references
#' Lance, G. N. and Williams, W. T. (1967) Mixed-data classificatory programs I.
#' Agglomerative systems. *Australian Computer Journal* **1**, 15-20.
#'
#' Jaccard, P. (1901) Étude comparative de la distribution florale dans une portion
#' des Alpes et des Jura. *Bulletin de la Société Vaudoise des Sciences Naturelles*
#' **37**, 547-579.
#'
#' Salton, G. and McGill, M. J. (1983) *Introduction to Modern Information Retrieval*.
#' McGraw-Hill.
#' @seealso [edist()]
#' @export
#' @examples
#' edist_methods()
#' edist_methods()[c("method", "missing")]
edist_methods <- function() {
  row <- function(method, formula, range, missing, reference) {
    data.frame(method, formula, range, missing, reference)
  }
  rescaled <- "left out, sum rescaled"
  left_out <- "left out"
  structure(class = c("edist_methods", "data.frame"), rbind(
    row("euclidean", "sqrt(sum((x - y)^2))", "[0, Inf)", rescaled, "dist()"),
    row("maximum", "max(abs(x - y))", "[0, Inf)", left_out, "dist()"),
    row("manhattan", "sum(abs(x - y))", "[0, Inf)", rescaled, "dist()"),
    row("canberra", "sum(abs(x - y) / (abs(x) + abs(y)))", "[0, p]",
        "left out with 0/0, sum rescaled", "Lance and Williams (1967)"),
    row("binary", "sum(xor(x, y)) / sum(x | y)", "[0, 1]", left_out,
        "Jaccard (1901)"),
    row("minkowski", "sum(abs(x - y)^p)^(1 / p)", "[0, Inf)", rescaled, "dist()"),
    row("sqeuclidean", "sum((x - y)^2)", "[0, Inf)", rescaled, "Higham (2002)"),
    row("cosine", "1 - sum(x * y) / sqrt(sum(x^2) * sum(y^2))", "[0, 2]",
        "gives NA", "Salton and McGill (1983)"),
    row("correlation", "1 - cor(x, y)", "[0, 2]", "gives NA", "cor()")
  ))
}

#' @export
print.edist_methods <- function(x, ...) {
  if (!all(c("method", "formula", "range", "missing") %in% names(x))) {
    return(NextMethod())
  }
  plain <- structure(x, class = "data.frame")
  print(plain[c("method", "formula", "range")], row.names = FALSE, right = FALSE)
  cat("\nMissing values: see column `missing`\n")
  invisible(x)
}

dist_methods <- c("euclidean", "maximum", "manhattan", "canberra", "binary",
                  "minkowski")
other_methods <- c("sqeuclidean", "cosine", "correlation")

# Partial matching as in dist(), which knows a second spelling too; the names that
# dist() does not have come after.
match_method <- function(method) {
  if (identical(method, "euclidean")) return(method) # the usual, at once
  if (is.character(method) && length(method) == 1 && !is.na(method)) {
    if (!is.na(pmatch(method, "euclidian"))) return("euclidean")
    at <- pmatch(method, dist_methods)
    if (!is.na(at)) return(dist_methods[at])
    # "m" and "ma" are several of dist()'s, and none of the others.
    at <- pmatch(method, other_methods)
    if (!is.na(at)) return(other_methods[at])
  }
  was <- describe(method)
  here <- method_here(method)
  abort(paste0("{.arg method} must be one of
    {.or {.val {c(dist_methods, other_methods)}}}, not {was}",
    if (!is.null(here)) paste(": here that is", here), "."))
}

# What other programs call otherwise, and what does it here.
method_here <- function(method) {
  if (!is.character(method) || length(method) != 1 || is.na(method)) return(NULL)
  plain <- gsub("[^a-z0-9]", "", tolower(method))
  at <- match(plain, c(dist_methods, other_methods))
  if (!is.na(at)) return(sprintf("{.val %s}", c(dist_methods, other_methods)[at]))
  Find(function(here) plain %in% peer_names[[here]], names(peer_names))
}

peer_names <- list(
  "{.val euclidean}" = c("l2", "2norm"),
  "{.val sqeuclidean}" = c("squaredeuclidean", "euclideansquared", "l2squared"),
  "{.val maximum}" = c("chebyshev", "chebychev", "chebyshov", "linf", "linfinity",
                       "infinity", "supremum", "sup", "chessboard"),
  "{.val manhattan}" = c("cityblock", "taxicab", "taxi", "l1", "block", "1norm"),
  "{.val minkowski} with {.arg p}" = c("lp", "pnorm"),
  "{.val cosine}" = "cosinedistance",
  "{.val correlation}" = c("pearson", "pearsoncorrelation", "corr"),
  "{.val correlation} of ranks, of {.code t(apply(x, 1, rank))}" =
    c("spearman", "spearmancorrelation"),
  "{.val binary}, for data of 0 and 1" = c("jaccard", "tanimoto", "asymmetricbinary"),
  "{.val manhattan} divided by the number of columns, for data of 0 and 1" =
    c("hamming", "simplematching", "smc"),
  "argument {.arg cov}, as {.code cov(x)}" = "mahalanobis",
  "argument {.arg weights}, as {.code 1 / apply(x, 2, var)}" =
    c("seuclidean", "standardizedeuclidean", "standardisedeuclidean")
)

# All that a call asks for, checked, as src/r-edist.c reads it.
read_spec <- function(method, p, strict, weights, x, threads) {
  method <- match_method(method)
  check_flag(strict, "strict")
  if (strict && !method %in% dist_methods) {
    abort("{.arg strict} must be {.code FALSE} for method {.val {method}}, which
      {.fn dist} does not have, not TRUE.")
  }
  if (method == "binary" && ncol(x) > 2^26) {
    abort("{.arg x} must have at most 67 108 864 columns for method {.val binary}, not
      {ncol(x)}.")
  }
  if (!is.null(weights)) weights <- read_weights(weights, method, strict, x)
  list(method = method, p = if (method == "minkowski") read_power(p) else 2,
       strict = strict, weights = weights, threads = read_threads(threads))
}

# The first element, as dist() takes it.
read_power <- function(p) {
  power <- if (is.numeric(p) && length(p) > 0) as.double(p[1]) else NA
  if (is.finite(power) && power > 0) return(power)
  was <- describe(if (is.numeric(p) && length(p) > 0) p[[1]] else p)
  limit <- if (identical(power, Inf)) ", for which there is method {.val maximum}"
  abort(paste0("{.arg p} must be a positive finite number, not {was}", limit, "."))
}

read_weights <- function(weights, method, strict, x) {
  if (method != "euclidean" || strict) {
    when <- if (strict) "with {.code strict = TRUE}" else "for method {.val {method}}"
    abort(paste("{.arg weights} must be NULL", when, "and can be given for",
                "{.val euclidean} alone."))
  }
  if (!is.numeric(weights) || !is_number_like(weights) || length(weights) != ncol(x)) {
    was <- describe(weights)
    abort("{.arg weights} must be {ncol(x)} number{?s}, one for each column of {.arg x},
      not {was}.")
  }
  check_order(names(weights), colnames(x), "weights", "column", "x",
              "weights[colnames(x)]")
  bad <- which(!is.finite(weights) | weights < 0)[1]
  if (!is.na(bad)) {
    was <- describe(unname(weights[bad]))
    names <- if (is.null(names(weights))) colnames(x) else names(weights)
    of <- name_or_number(names, bad)
    abort("{.arg weights} must be finite numbers from 0, but that of column {of} is
      {was}.")
  }
  if (ncol(x) > 0 && all(weights == 0)) {
    abort("{.arg weights} must be above 0 for some column, not 0 for all.")
  }
  if (!is.finite(sum(weights))) {
    abort("{.arg weights} must have a finite sum, not Inf: divide them by the largest.")
  }
  as.double(weights)
}

# Columns that count for nothing are left away, whatever they hold.
drop_weightless <- function(call) {
  used <- call$spec$weights > 0
  if (all(used)) return(call)
  call$spec$weights <- call$spec$weights[used]
  call$x <- call$x[, used, drop = FALSE]
  if (!is.null(call$y)) call$y <- call$y[, used, drop = FALSE]
  call
}

read_cov <- function(x, y, cov, spec) {
  if (spec$method != "euclidean" || spec$strict || !is.null(spec$weights)) {
    abort("{.arg cov} must be NULL with weights, {.code strict = TRUE} or a method
      other than {.val euclidean}.")
  }
  root <- root_of_cov(as_plain_cov(cov, x))
  whiten(as.matrix(x), if (!is.null(y)) as.matrix(y), root)
}

# A symmetric matrix with a row and a column for each of x, in the order of x.
as_plain_cov <- function(cov, x) {
  columns <- ncol(x)
  matrix <- if (inherits(cov, "Matrix") || is.data.frame(cov)) as.matrix(cov) else cov
  if (!is.numeric(matrix) || !is.matrix(matrix) || any(dim(matrix) != columns)) {
    was <- if (is.matrix(matrix) && is.numeric(matrix)) {
      paste("of", nrow(matrix), "by", ncol(matrix))
    } else {
      describe(cov)
    }
    abort("{.arg cov} must be a numeric matrix of {columns} by {columns}, a row and a
      column for each column of {.arg x}, not {was}.")
  }
  for (names in dimnames(matrix)) {
    check_order(names, colnames(x), "cov", "column", "x", "cov[colnames(x), colnames(x)]")
  }
  matrix <- unname(matrix)
  bad <- which(!is.finite(matrix), arr.ind = TRUE)
  if (nrow(bad) > 0) {
    was <- format(matrix[bad[1, , drop = FALSE]])
    abort("{.arg cov} must hold finite numbers, but its row {bad[1, 1]}, column
      {bad[1, 2]} is {was}.")
  }
  if (!isSymmetric(matrix)) {
    at <- arrayInd(which.max(abs(matrix - t(matrix))), dim(matrix))
    pair <- format(c(matrix[at], matrix[at[, 2:1, drop = FALSE]]))
    abort("{.arg cov} must be symmetric, but its row {at[1]}, column {at[2]} is {pair[1]}
      and its row {at[2]}, column {at[1]} is {pair[2]}.")
  }
  matrix
}

# Its Cholesky factor. As solve() does, refuses what leaves no digit, but whatever the
# units of the columns are.
root_of_cov <- function(cov) {
  if (nrow(cov) == 0) return(cov) # as of no columns
  bad <- which(diag(cov) <= 0)[1]
  if (!is.na(bad)) {
    was <- format(cov[bad, bad])
    abort("{.arg cov} must be positive definite, but column {bad} has variance {was}.")
  }
  root <- tryCatch(chol(cov), error = function(e) NULL)
  scale <- sqrt(diag(cov))
  scaled <- cov / scale / rep(scale, each = nrow(cov))
  if (!is.null(root) && rcond(scaled) >= .Machine$double.eps) return(root)
  least <- min(eigen(scaled, symmetric = TRUE, only.values = TRUE)$values)
  if (least < -1e-8) {
    was <- format(least, digits = 3)
    abort("{.arg cov} must be positive definite, but its matrix of correlations has an
      eigenvalue of {was}.")
  }
  abort("{.arg cov} must be positive definite, not singular: is a column a sum of others,
    or are there more columns than rows?")
}

# As dist() does for binary, but once, and of any infinite value: dist() is silent
# where it meets missing ones alone.
warn_if_infinite <- function(x, y = NULL) {
  infinite <- function(x) {
    values <- if (inherits(x, "Matrix")) x@x else x
    is.double(values) && any(is.infinite(values))
  }
  if (infinite(x) || !is.null(y) && infinite(y)) {
    warning("treating non-finite values as NA", call. = FALSE)
  }
}

# Rows so transformed, by the Cholesky factor, that their Euclidean distance is
# Mahalanobis's: two columns for each, which hold it in twice the precision, so that
# nothing is lost between rows that are close to each other and far from the others.
whiten <- function(x, y, root) {
  white <- function(x) {
    storage.mode(x) <- "double"
    .Call(C_edist_white, x, root)
  }
  list(x = white(x), y = if (!is.null(y)) white(y))
}
