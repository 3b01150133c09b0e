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
  abort("{.arg method} must be one of {.or {.val {c(dist_methods, other_methods)}}},
    not {was}.")
}

# All that a call asks for, checked, as src/r-edist.c reads it.
read_how <- function(method, p, strict, weights, columns, threads) {
  method <- match_method(method)
  check_flag(strict, "strict")
  if (strict && !method %in% dist_methods) {
    abort("{.arg strict} must be {.code FALSE} for method {.val {method}}, which
      {.fn dist} does not have, not TRUE.")
  }
  if (method == "binary" && columns > 2^26) {
    abort("{.arg x} must have at most 67 108 864 columns for method {.val binary}, not
      {columns}.")
  }
  if (!is.null(weights)) weights <- read_weights(weights, method, strict, columns)
  list(method = method, p = if (method == "minkowski") read_power(p) else 2,
       strict = strict, weights = weights, threads = read_threads(threads))
}

# The first element, as dist() takes it.
read_power <- function(p) {
  power <- if (is.numeric(p) && length(p) > 0) as.double(p[1]) else NA
  if (is.finite(power) && power > 0) return(power)
  was <- describe(p)
  abort("{.arg p} must be a positive finite number, not {was}.")
}

read_weights <- function(weights, method, strict, columns) {
  if (method != "euclidean" || strict) {
    how <- if (strict) "with {.code strict = TRUE}" else "for method {.val {method}}"
    abort(paste("{.arg weights} must be NULL", how, "and can be given for",
                "{.val euclidean} alone."))
  }
  good <- is.numeric(weights) && length(weights) == columns &&
    all(weights >= 0) && is.finite(sum(weights)) && any(weights > 0)
  if (good) return(as.double(weights))
  was <- describe(weights)
  abort("{.arg weights} must be {columns} number{?s} from 0, one for each column of
    {.arg x}, not all 0 and of a finite sum, not {was}.")
}

# Columns that count for nothing are left away, whatever they hold.
drop_weightless <- function(call) {
  used <- call$how$weights > 0
  if (all(used)) return(call)
  call$how$weights <- call$how$weights[used]
  call$x <- call$x[, used, drop = FALSE]
  if (!is.null(call$y)) call$y <- call$y[, used, drop = FALSE]
  call
}

read_cov <- function(x, y, cov, how) {
  if (how$method != "euclidean" || how$strict || !is.null(how$weights)) {
    abort("{.arg cov} must be NULL with weights, {.code strict = TRUE} or a method
      other than {.val euclidean}.")
  }
  whiten(as.matrix(x), if (!is.null(y)) as.matrix(y), cov)
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
whiten <- function(x, y, cov) {
  columns <- ncol(x)
  good <- is.numeric(cov) && is.matrix(cov) && all(dim(cov) == columns) &&
    all(is.finite(cov)) && isSymmetric(unname(cov))
  root <- if (good) tryCatch(chol(cov), error = function(e) NULL)
  if (is.null(root)) {
    was <- describe(cov)
    abort("{.arg cov} must be a symmetric, positive definite matrix of {columns} by
      {columns} finite numbers, not {was}.")
  }
  white <- function(x) {
    storage.mode(x) <- "double"
    .Call(C_edist_white, x, root)
  }
  list(x = white(x), y = if (!is.null(y)) white(y))
}
