#' List the methods of edist
#'
#' Shows what each `method` computes, and what it does with missing values. The
#' methods are `"euclidean"`, `"maximum"`, `"manhattan"`, `"canberra"`,
#' `"binary"` and `"minkowski"`, which give the results of [stats::dist()]; and
#' * for any numbers `"sqeuclidean"`, `"cosine"`, `"correlation"` and
#'   `"spearman"`,
#' * for quantities such as counts of species `"braycurtis"`, `"ruzicka"` (the
#'   Jaccard distance of quantities), `"chord"`, `"hellinger"` and
#'   `"jensenshannon"`,
#' * for values of 0 and 1 `"dice"` and `"simplematching"`,
#' * for labels `"hamming"`, and for columns of all kinds `"gower"`,
#' * for places on a sphere `"haversine"`.
#'
#' @details In the formulas, `x` and `y` are two rows, and `p` is the power of
#' `"minkowski"`; in `range`, `p` is the number of columns. For
#' `"jensenshannon"` rows are first divided by their sum, `m = (x + y) / 2`, and
#' `KL(x, m) = sum(x * log(x / m))`.
#'
#' Missing values: "left out" means that a column is ignored for a pair of rows
#' if either value is missing; "sum rescaled" means that the sum is divided by
#' the share of columns that are left. The distance is `NA` if no column is
#' left. Where rows are changed as a whole, as with `"cosine"`, any missing
#' value gives `NA` (but see `use` of [edist_method()]), and so does a row that
#' cannot be changed: one of zeros, or
#' for `"hellinger"` and `"jensenshannon"` one with a negative value. So does a
#' pair of empty rows with `"braycurtis"` and `"ruzicka"`.
#'
#' `"hamming"` and `"gower"` take data frames with factors and characters, which
#' are compared by label. For `"gower"`, the columns of a data frame are treated
#' as `cluster::daisy()` treats them: numbers and the codes of ordered factors
#' are divided by the range of all their values, in `x` and `y`; factors and
#' characters differ by 0 or 1; so do logical values, but a column is left out
#' of a pair where both are `FALSE` (make a factor of the column to count it).
#' With weights, it is the weighted mean.
#'
#' `"haversine"` takes two columns, longitude and latitude in degrees; in this
#' order, unless the name of the first begins with "lat". It returns metres on a
#' sphere with the mean radius of the Earth; see [edist_method()] for others.
#' It is accurate for close places and for opposite ones.
#'
#' `"cosine"` and `"correlation"` are computed as half the squared Euclidean
#' distance of rows scaled to length 1. This keeps the digits of rows that
#' nearly agree; `1 - r` would lose them.
#'
#' @return A data frame of class `"edist_methods"` with a row for each method:
#'   `method`, `formula`, `range`, `missing` (the rule for missing values) and
#'   `reference`.
#' @references
#' Lance, G. N. and Williams, W. T. (1967) Mixed-data classificatory programs I.
#' Agglomerative systems. *Australian Computer Journal* **1**, 15-20.
#'
#' Jaccard, P. (1901) Étude comparative de la distribution florale dans une
#' portion des Alpes et des Jura. *Bulletin de la Société Vaudoise des
#' Sciences Naturelles* **37**, 547-579.
#'
#' Salton, G. and McGill, M. J. (1983) *Introduction to Modern Information
#' Retrieval*. McGraw-Hill.
#'
#' Gower, J. C. (1971) A general coefficient of similarity and some of its
#' properties. *Biometrics* **27**, 857-871.
#'
#' Hamming, R. W. (1950) Error detecting and error correcting codes. *Bell
#' System Technical Journal* **29**, 147-160.
#'
#' Legendre, P. and Legendre, L. (2012) *Numerical Ecology*, third English
#' edition, chapter 7. Elsevier: chord, Hellinger, Bray-Curtis, Jaccard and
#' Ruzicka, Dice, simple matching, Gower.
#'
#' Lin, J. (1991) Divergence measures based on the Shannon entropy. *IEEE
#' Transactions on Information Theory* **37**, 145-151.
#'
#' Sinnott, R. W. (1984) Virtues of the haversine. *Sky and Telescope* **68**,
#' 159.
#' @seealso [edist_method()] for methods with parameters, [edist()],
#'   [edist_matrix()]
#' @export
#' @examples
#' edist_methods()
#' edist_methods()[c("method", "missing")]
#'
#' # Columns of all kinds
#' edist(iris[c(1, 51, 101), ], "gower", threads = 2)
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
        "left out, as is 0/0, sum rescaled", "Lance and Williams (1967)"),
    row("binary", "sum(xor(x, y)) / sum(x | y)", "[0, 1]", left_out,
        "Jaccard (1901)"),
    row("minkowski", "sum(abs(x - y)^p)^(1 / p)", "[0, Inf)", rescaled,
        "dist()"),
    row("sqeuclidean", "sum((x - y)^2)", "[0, Inf)", rescaled, "Higham (2002)"),
    row("cosine", "1 - sum(x * y) / sqrt(sum(x^2) * sum(y^2))", "[0, 2]",
        "result is NA", "Salton and McGill (1983)"),
    row("correlation", "1 - cor(x, y)", "[0, 2]", "result is NA", "cor()"),
    row("spearman", "1 - cor(rank(x), rank(y))", "[0, 2]", "result is NA",
        "cor()"),
    row("chord", "euclidean of x / sqrt(sum(x^2))", "[0, 2]",
        "result is NA", "Legendre and Legendre (2012)"),
    row("hellinger", "euclidean of sqrt(x / sum(x))", "[0, sqrt(2)]",
        "result is NA", "Legendre and Legendre (2012)"),
    row("jensenshannon", "sqrt(KL(x, m) / 2 + KL(y, m) / 2)",
        "[0, sqrt(log(2))]", "result is NA", "Lin (1991)"),
    row("braycurtis", "sum(abs(x - y)) / sum(abs(x + y))", "[0, 1]", left_out,
        "Legendre and Legendre (2012)"),
    row("ruzicka", "1 - sum(pmin(x, y)) / sum(pmax(x, y))", "[0, 1]", left_out,
        "Legendre and Legendre (2012)"),
    row("hamming", "mean(x != y)", "[0, 1]", left_out, "Hamming (1950)"),
    row("dice", "sum(xor(x, y)) / (sum(x) + sum(y))", "[0, 1]", left_out,
        "Legendre and Legendre (2012)"),
    row("simplematching", "mean(xor(x, y))", "[0, 1]", left_out,
        "Legendre and Legendre (2012)"),
    row("gower", "mean(abs(x - y) / range)", "[0, 1]", left_out,
        "Gower (1971)"),
    row("haversine", "angle on a sphere, times its radius", "[0, pi * radius]",
        "result is NA", "Sinnott (1984)")
  ))
}

#' @export
print.edist_methods <- function(x, ...) {
  if (!all(c("method", "formula", "range", "missing") %in% names(x))) {
    return(NextMethod())
  }
  plain <- structure(x, class = "data.frame")
  print(plain[c("method", "formula", "range")], row.names = FALSE,
        right = FALSE)
  cat("\nThe column `missing` tells what happens to missing values.\n")
  invisible(x)
}

dist_methods <- c("euclidean", "maximum", "manhattan", "canberra", "binary",
                  "minkowski")
other_methods <- c("sqeuclidean", "cosine", "correlation", "spearman", "chord",
                   "hellinger", "jensenshannon", "braycurtis", "ruzicka",
                   "hamming", "dice", "simplematching", "gower", "haversine")
# Those whose columns may have weights.
weighted_methods <- c("euclidean", "sqeuclidean", "manhattan", "maximum",
                      "canberra", "minkowski", "hamming", "gower")
binary_methods <- c("binary", "dice", "simplematching")

#' A method with parameters of its own
#'
#' Where a function takes a `method`, it takes the name of one, or a name with
#' parameters as this function returns it.
#'
#' @param method The name of a method, see [edist_methods()].
#' @param radius For `"haversine"`: the radius of the sphere, a positive number.
#'   Distances are in its unit. By default the mean radius of the Earth in
#'   metres, 6371008.8.
#' @param base For `"jensenshannon"`: the base of the logarithm, a number above
#'   1; by default `exp(1)`. With base 2 distances lie between 0 and 1.
#' @param use For `"correlation"` and `"spearman"`, as in [cor()]:
#'   `"everything"`, the default, gives `NA` for rows with missing values, and
#'   `"pairwise.complete.obs"`, or `"pairwise"`, uses for each pair the columns
#'   in which both rows have a value; Spearman's ranks are those among these.
#'   With missing values each pair is then computed on its own, which takes some
#'   ten times as long.
#' @return An object of class `"edist_method"`.
#' @seealso [edist_methods()]
#' @export
#' @examples
#' cities <- rbind(Lisbon = c(-9.14, 38.72), Nairobi = c(36.82, -1.29))
#' edist(cities, "haversine")
#' edist(cities, edist_method("haversine", radius = 3958.8)) # miles
#' edist(rbind(c(1, 2, 3), c(3, 2, 1)), edist_method("jensenshannon", base = 2))
#' edist(t(airquality[1:4]), edist_method("correlation", use = "pairwise"))
edist_method <- function(method, radius = NULL, base = NULL, use = NULL) {
  name <- match_method(method)
  check_has(radius, "radius", "haversine", name)
  check_has(base, "base", "jensenshannon", name)
  check_has(use, "use", correlations, name)
  check_above(radius, "radius", 0)
  check_above(base, "base", 1)
  if (!is.null(use)) use <- read_use(use)
  structure(list(name = name, radius = radius, base = base, use = use),
            class = "edist_method")
}

correlations <- c("correlation", "spearman")

read_use <- function(use) {
  known <- c("everything", "pairwise.complete.obs")
  if (is.character(use) && length(use) == 1) {
    at <- pmatch(use, known)
    if (!is.na(at)) return(known[at])
  }
  was <- describe(use)
  abort("{.arg use} must be one of {.or {.val {known}}}, not {was}.")
}

check_has <- function(value, argument, methods, name) {
  if (is.null(value) || name %in% methods) return(invisible())
  abort("{.arg {argument}} must be NULL for method {.val {name}}: only
    {.val {methods}} {cli::qty(methods)}{?has/have} it.")
}

check_above <- function(value, argument, above) {
  if (is.null(value)) return(invisible())
  if (is_number(value) && is.finite(value) && value > above) return(invisible())
  was <- describe(value)
  abort("{.arg {argument}} must be a number above {above}, not {was}.")
}

#' @export
print.edist_method <- function(x, ...) {
  values <- unlist(x[c("radius", "base", "use")])
  text <- paste0(", ", names(values), " = ", format(values), recycle0 = TRUE)
  cat(paste0("edist method ", x$name, paste(text, collapse = ""), "\n"))
  invisible(x)
}

# What a distance of 1 is multiplied by; inside of the root for
# "jensenshannon", whose sum is four times the divergence.
unit_of <- function(name, method) {
  given <- if (inherits(method, "edist_method")) method
  switch(name,
         haversine = if (is.null(given$radius)) 6371008.8 else given$radius,
         jensenshannon = if (is.null(given$base)) 1 / 4 else
           1 / (4 * log(given$base)))
}

# Partial matching as in dist(), which also accepts "euclidian". The names that
# dist() does not have are tried last.
match_method <- function(method) {
  if (identical(method, "euclidean")) return(method) # most calls
  if (inherits(method, "edist_method")) return(method$name)
  if (is.character(method) && length(method) == 1 && !is.na(method)) {
    if (!is.na(pmatch(method, "euclidian"))) return("euclidean")
    at <- pmatch(method, dist_methods)
    if (!is.na(at)) return(dist_methods[at])
    # "m" and "ma" match several names of dist() and none of the others.
    at <- pmatch(method, other_methods)
    if (!is.na(at)) return(other_methods[at])
  }
  was <- describe(method)
  here <- method_here(method)
  abort(paste0("{.arg method} must be one of those that {.fn edist_methods}
    lists, not {was}", if (!is.null(here)) paste0(": use ", here, " instead"),
    "."))
}

# Finds what edist calls a method that other programs call otherwise.
method_here <- function(method) {
  if (!is.character(method) || length(method) != 1 || is.na(method)) {
    return(NULL)
  }
  plain <- gsub("[^a-z0-9]", "", tolower(method))
  at <- match(plain, c(dist_methods, other_methods))
  if (!is.na(at)) {
    return(sprintf("{.val %s}", c(dist_methods, other_methods)[at]))
  }
  Find(function(here) plain %in% peer_names[[here]], names(peer_names))
}

peer_names <- list(
  "{.val euclidean}" = c("l2", "2norm"),
  "{.val sqeuclidean}" = c("squaredeuclidean", "euclideansquared", "l2squared"),
  "{.val maximum}" = c("chebyshev", "chebychev", "chebyshov", "linf",
                       "linfinity", "infinity", "supremum", "sup",
                       "chessboard"),
  "{.val manhattan}" = c("cityblock", "taxicab", "taxi", "l1", "block",
                         "1norm"),
  "{.val minkowski} with {.arg p}" = c("lp", "pnorm"),
  "{.val cosine}" = "cosinedistance",
  "{.val correlation}" = c("pearson", "pearsoncorrelation", "corr"),
  "{.val spearman}" = c("spearmancorrelation", "rankcorrelation"),
  "{.val jensenshannon}" = c("js", "jsd", "jensenshannondistance",
                             "distjsd"),
  "{.val braycurtis}" = c("bc", "sorensenquantitative", "odum",
                          "percentagedifference"),
  "{.val ruzicka}" = c("quantitativejaccard", "weightedjaccard",
                       "jaccardquantitative", "soergel"),
  "{.val simplematching}" = c("smc", "matching", "sokalmichener", "rand"),
  "{.val dice} (for data of 0 and 1) or {.val braycurtis} (for quantities)" =
    c("sorensen", "sorensendice", "czekanowski"),
  "{.val binary} (for data of 0 and 1) or {.val ruzicka} (for quantities)" =
    c("jaccard", "tanimoto", "asymmetricbinary"),
  "{.val gower}" = "daisy",
  "{.val haversine}" = c("greatcircle", "orthodromic", "geodesic", "geo"),
  "argument {.arg cov}, such as {.code cov(x)}," = "mahalanobis",
  "argument {.arg weights}, such as {.code 1 / apply(x, 2, var)}," =
    c("seuclidean", "standardizedeuclidean", "standardisedeuclidean")
)

# Checks the spec of a call: method, p, strict, weights and threads. The C code
# reads this list.
read_spec <- function(method, p, strict, weights, x, threads) {
  given <- method
  method <- match_method(given)
  check_flag(strict, "strict")
  if (strict && !method %in% dist_methods) {
    abort("{.arg strict} must be {.code FALSE} for method {.val {method}}, which
      {.fn dist} does not have, not TRUE.")
  }
  if (method %in% binary_methods && ncol(x) > 2^26) {
    abort("{.arg x} must have at most 67 108 864 columns for method
      {.val {method}}, not {ncol(x)}.")
  }
  if (!is.null(weights)) weights <- read_weights(weights, method, strict, x)
  list(method = method, p = if (method == "minkowski") read_power(p) else 2,
       strict = strict, weights = weights, unit = unit_of(method, given),
       threads = read_threads(threads))
}

# Like dist(), uses the first element.
read_power <- function(p) {
  power <- if (is.numeric(p) && length(p) > 0) as.double(p[1]) else NA
  if (is.finite(power) && power > 0) return(power)
  was <- describe(if (is.numeric(p) && length(p) > 0) p[[1]] else p)
  limit <- if (identical(power, Inf)) {
    ": use method {.val maximum} for an infinite power"
  }
  abort(paste0("{.arg p} must be a positive finite number, not {was}", limit,
               "."))
}

read_weights <- function(weights, method, strict, x) {
  if (!method %in% weighted_methods || strict) {
    here <- "for method {.val {method}}"
    if (strict) here <- "with {.code strict = TRUE}"
    abort(paste0("{.arg weights} must be NULL ", here, ": only
      {.or {.val {weighted_methods}}} without {.arg strict} take weights."))
  }
  if (!is.numeric(weights) || !is_number_like(weights) ||
        length(weights) != ncol(x)) {
    was <- describe(weights)
    abort("{.arg weights} must be {ncol(x)} number{?s}, one for each column of
      {.arg x}, not {was}.")
  }
  check_order(names(weights), colnames(x), "weights", "column", "x",
              "weights[colnames(x)]")
  bad <- which(!is.finite(weights) | weights < 0)[1]
  if (!is.na(bad)) {
    was <- describe(unname(weights[bad]))
    names <- if (is.null(names(weights))) colnames(x) else names(weights)
    of <- name_or_number(names, bad)
    abort("{.arg weights} must be finite numbers, 0 or more, but that of column
      {of} is {was}.")
  }
  if (ncol(x) > 0 && all(weights == 0)) {
    abort("{.arg weights} must be above 0 for at least one column, not 0 for
      all.")
  }
  if (!is.finite(sum(weights))) {
    abort("{.arg weights} must have a finite sum, not Inf: divide them by their
      maximum.")
  }
  as.double(weights)
}

# Removes columns with weight 0, whose values must not matter, not even missing
# ones.
drop_weightless <- function(call) {
  used <- call$spec$weights > 0
  if (all(used)) return(call)
  call$spec$weights <- call$spec$weights[used]
  call$spec$scale <- call$spec$scale[used]
  call$x <- call$x[, used, drop = FALSE]
  if (!is.null(call$y)) call$y <- call$y[, used, drop = FALSE]
  call
}

read_cov <- function(x, y, cov, spec) {
  if (spec$method != "euclidean" || spec$strict || !is.null(spec$weights)) {
    abort("{.arg cov} must be NULL with weights, {.code strict = TRUE} or a
      method other than {.val euclidean}.")
  }
  root <- root_of_cov(as_plain_cov(cov, x))
  whiten(as.matrix(x), if (!is.null(y)) as.matrix(y), root)
}

# Returns a symmetric matrix with a row and a column for each column of x, in
# their order.
as_plain_cov <- function(cov, x) {
  columns <- ncol(x)
  matrix <- cov
  if (inherits(cov, "Matrix") || is.data.frame(cov)) matrix <- as.matrix(cov)
  if (!is.numeric(matrix) || !is.matrix(matrix) ||
        any(dim(matrix) != columns)) {
    was <- if (is.matrix(matrix) && is.numeric(matrix)) {
      paste("of", nrow(matrix), "by", ncol(matrix))
    } else {
      describe(cov)
    }
    abort("{.arg cov} must be a numeric matrix of {columns} by {columns}, with a
      row and a column for each column of {.arg x}, not {was}.")
  }
  for (names in dimnames(matrix)) {
    check_order(names, colnames(x), "cov", "column", "x",
                "cov[colnames(x), colnames(x)]")
  }
  matrix <- unname(matrix)
  bad <- which(!is.finite(matrix), arr.ind = TRUE)
  if (nrow(bad) > 0) {
    was <- format(matrix[bad[1, , drop = FALSE]])
    abort("{.arg cov} must hold finite numbers, but row {bad[1, 1]}, column
      {bad[1, 2]} is {was}.")
  }
  if (!isSymmetric(matrix)) {
    at <- arrayInd(which.max(abs(matrix - t(matrix))), dim(matrix))
    pair <- format(c(matrix[at], matrix[at[, 2:1, drop = FALSE]]))
    abort("{.arg cov} must be symmetric, but row {at[1]}, column {at[2]} is
      {pair[1]} and row {at[2]}, column {at[1]} is {pair[2]}.")
  }
  matrix
}

# The Cholesky factor of `cov`. Like solve(), refuses a matrix that would leave
# no correct digit. The columns are scaled first, so their units do not matter.
root_of_cov <- function(cov) {
  if (nrow(cov) == 0) return(cov)
  bad <- which(diag(cov) <= 0)[1]
  if (!is.na(bad)) {
    was <- format(cov[bad, bad])
    abort("{.arg cov} must be positive definite, but column {bad} has variance
      {was}.")
  }
  root <- tryCatch(chol(cov), error = function(e) NULL)
  scale <- sqrt(diag(cov))
  scaled <- cov / scale / rep(scale, each = nrow(cov))
  if (!is.null(root) && rcond(scaled) >= .Machine$double.eps) return(root)
  values <- eigen(scaled, symmetric = TRUE, only.values = TRUE)$values
  if (min(values) < -1e-8) {
    was <- format(min(values), digits = 3)
    abort("{.arg cov} must be positive definite, but its matrix of correlations
      has an eigenvalue of {was}.")
  }
  abort("{.arg cov} must be positive definite, not singular: is one column a
    linear combination of others, or are there more columns than rows?")
}

# The warning of dist() for "binary", but given once, and for any infinite
# value; dist() gives none for an infinite value that is only paired with
# missing ones.
warn_if_infinite <- function(x, y = NULL) {
  infinite <- function(x) {
    values <- if (inherits(x, "Matrix")) x@x else x
    is.double(values) && any(is.infinite(values))
  }
  if (infinite(x) || !is.null(y) && infinite(y)) {
    warning("treating non-finite values as NA", call. = FALSE)
  }
}

# Transforms rows by the Cholesky factor, so that their Euclidean distance is
# the Mahalanobis distance. Each column becomes two, which hold it in twice the
# precision, so that rows that are close to each other and far from the others
# lose no digits.
whiten <- function(x, y, root) {
  white <- function(x) {
    storage.mode(x) <- "double"
    .Call(C_edist_white, x, root)
  }
  list(x = white(x), y = if (!is.null(y)) white(y))
}
