#' Compare the results of all approaches
#'
#' Computes the same distances with every approach, and once more in twice the
#' precision of doubles, and says how far each approach is off. Fast programs are
#' easily wrong: look before you time them.
#'
#' @details
#' The reference splits every difference and every square into two doubles that
#' make it up exactly (Dekker 1971; Knuth), and sums both with their rounding
#' errors kept, to some 30 digits. It takes 30 or so operations in R for each pair
#' of rows and each column: give it hundreds of rows, not thousands.
#'
#' An approach that is off by more than `tolerance`, relative to the distance, at
#' any pair of rows, is an error of class `"edist_disagreement"`, whose element
#' `validation` is the table. `tolerance = Inf` gives the table in any case. Where
#' the distance is 0 and the approach's is not, the relative difference is `Inf`:
#' so it is for `blas` if some row of `x` stands in `y` too.
#'
#' @param x,y Dense numeric matrices with equally many columns; by default uniform random
#'   numbers in 100 rows and 50 columns each. `y` is `x` if only `x` is given.
#' @param approaches Names of approaches, see [edist_bench_approaches()].
#' @param ... Not used; must be empty.
#' @param threads A number of threads, as in [edist_matrix()].
#' @param tolerance The largest relative difference that is no error.
#'
#' @return A data frame of class `"edist_validation"` with a row per approach:
#'   `approach`, and its largest differences from the reference, `absolute`,
#'   `relative`, and in units in the last place, `ulp`. Its attribute `"pairs"` is
#'   a matrix of the largest relative differences between any two approaches.
#' @references T. J. Dekker (1971). A floating-point technique for extending the
#'   available precision. *Numerische Mathematik* 18, 224-242.
#'   \doi{10.1007/BF01397083}
#' @seealso [edist_bench_approaches()], [edist_bench()]
#' @export
#' @examples
#' edist_bench_validate()
#'
#' # Far from zero, the product form has lost all digits.
#' x <- matrix(1e8 + runif(40), 10)
#' y <- matrix(1e8 + runif(40), 10)
#' edist_bench_validate(x, y, c("vectorised", "blas", "engine"), tolerance = Inf)
edist_bench_validate <- function(x = NULL, y = x, approaches = names(edist_bench_approaches()),
                           ..., threads = NULL, tolerance = 1e-10) {
  check_dots_empty(...)
  check_approaches(approaches)
  if (!is_number(tolerance) || tolerance < 0) {
    was <- describe(tolerance)
    abort("{.arg tolerance} must be a number that is not negative, not {was}.")
  }
  threads <- read_threads(threads)
  data <- given_matrices(x, y)
  if (is.null(data)) {
    data <- random_matrices(100, 50, seed = 1)
  }
  if (!has_fork()) approaches <- setdiff(approaches, "shared")
  results <- lapply(approaches, function(name) {
    edist_bench_approaches()[[name]](data$x, data$y, threads)
  })
  exact <- exact_distances(data$x, data$y)
  worst <- function(measure) {
    vapply(results, function(got) max(measure(got, exact)), 0)
  }
  out <- data.frame(approach = approaches, absolute = worst(absolute_error),
                    relative = worst(relative_error), ulp = worst(ulp_error))
  out <- structure(out, pairs = pair_differences(results, approaches),
                   shape = c(dim(data$x), nrow(data$y)),
                   class = c("edist_validation", "data.frame"))
  check_agreement(out, tolerance)
  out
}

check_agreement <- function(validation, tolerance) {
  bad <- validation[which(!(validation$relative <= tolerance)), ]
  if (nrow(bad) == 0) return(invisible())
  relative <- signif(max(bad$relative), 2)
  absolute <- signif(bad$absolute[which.max(bad$relative)], 2)
  name <- bad$approach[which.max(bad$relative)]
  message <- cli::format_inline(
    "All approaches must give the exact distances to a relative difference of
    {tolerance}, but {.val {bad$approach}} {?does/do} not: {.val {name}} is off by
    {relative} (absolute {absolute}).", keep_whitespace = FALSE
  )
  stop(structure(list(message = message, call = NULL, validation = validation),
                 class = c("edist_disagreement", "edist_error", "error", "condition")))
}

pair_differences <- function(results, approaches) {
  n <- length(results)
  pairs <- matrix(0, n, n, dimnames = list(approaches, approaches))
  for (i in seq_len(n)) {
    for (j in seq_len(n)) {
      exact <- list(high = results[[j]], low = 0)
      pairs[i, j] <- max(relative_error(results[[i]], exact))
    }
  }
  pmax(pairs, t(pairs))
}

#' @export
print.edist_validation <- function(x, ...) {
  pairs <- attr(x, "pairs")
  if (is.null(pairs)) return(NextMethod())
  shape <- attr(x, "shape")
  cat("Largest differences from the exact distances, ", shape[1], " by ", shape[3],
      " rows of ", shape[2], " columns\n", sep = "")
  digits <- function(value) formatC(value, digits = 1, format = "e")
  print_columns(list(approach = x$approach, absolute = digits(x$absolute),
                     relative = digits(x$relative), ulp = format(signif(x$ulp, 3))))
  worst <- arrayInd(which.max(pairs), dim(pairs))
  cat("Of any two, ", rownames(pairs)[worst[1]], " and ", colnames(pairs)[worst[2]],
      " differ most, by a relative ", digits(max(pairs)), "\n", sep = "")
  invisible(x)
}

# The distances between the rows of x and of y as `high` + `low`, two doubles
# each.
exact_distances <- function(x, y) {
  # A power of two, so that nothing overflows; all else stays as it is.
  most <- max(abs(x), abs(y))
  scale <- if (most > 0) 2^-floor(log2(most)) else 1
  scaled <- if (is.finite(scale)) scaled_distances(x * scale, y * scale) else
    scaled_distances(x, y)
  lapply(scaled, function(part) if (is.finite(scale)) part / scale else part)
}

scaled_distances <- function(x, y) {
  high <- low <- matrix(0, nrow(x), nrow(y))
  for (k in seq_len(ncol(x))) {
    d <- two_sum(x[, k], -rep(y[, k], each = nrow(x)))
    square <- two_square(d$high)
    sum <- two_sum(high, square$high)
    high <- sum$high
    low <- low + sum$low + square$low + 2 * d$high * d$low
  }
  square <- two_sum(high, low)
  root <- sqrt(square$high)
  # One Newton step from the rounded root gives the rest of its digits.
  back <- two_square(root)
  rest <- ((square$high - back$high) - back$low + square$low) / (2 * root)
  list(high = matrix(root, nrow(x)),
       low = matrix(ifelse(root == 0, 0, rest), nrow(x)))
}

# Sum and square of doubles without an error: `high` + `low`.
two_sum <- function(a, b) {
  s <- a + b
  t <- s - a
  list(high = s, low = (a - (s - t)) + (b - t))
}

two_square <- function(a) {
  big <- 134217729 * a # 2^27 + 1 splits a double into halves
  high <- big - (big - a)
  low <- a - high
  list(high = a * a, low = ((high * high - a * a) + 2 * high * low) + low * low)
}

absolute_error <- function(got, exact) {
  error <- abs((got - exact$high) - exact$low)
  ifelse(is.na(error), Inf, error)
}

relative_error <- function(got, exact) {
  error <- absolute_error(got, exact)
  ifelse(error == 0, 0, error / abs(exact$high))
}

# In units in the last place of the exact distance.
ulp_error <- function(got, exact) {
  error <- absolute_error(got, exact)
  ifelse(error == 0, 0, error / 2^(floor(log2(abs(exact$high))) - 52))
}
