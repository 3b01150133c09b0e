#' Validate the results of all approaches
#'
#' Computes the same distances with every approach, and once more in twice the
#' precision of doubles, and reports the error of each approach. Fast programs
#' are easily wrong: check them before you time them.
#'
#' @details The reference splits every difference and every square into two
#' doubles whose sum is exact (Dekker 1971; Knuth), and adds them up with their
#' rounding errors, to some 30 digits. It takes about 30 operations in R for
#' each pair of rows and each column: use it with hundreds of rows, not
#' thousands.
#'
#' If the error of an approach exceeds `tolerance`, relative to the distance, at
#' any pair of rows, this is an error of class `"edist_disagreement"`, whose
#' element `validation` is the table. Its message says which cell is worst, what
#' it should be, and what the mistake may be, such as a missing root or a
#' transposed result. `tolerance = Inf` accepts any numbers, and always returns
#' the table. If the distance is 0 and that of the approach is not, the relative
#' error is `Inf`; this happens to `blas` if a row of `x` is also in `y`.
#'
#' @section Your own function:
#' `approaches = list(mine = f, "engine")` takes functions beside names of
#' approaches. Each function has a name, which is a word that no other approach
#' has. It is called as `f(x, y)`, with two matrices of doubles that have the
#' same number of columns; if it has an argument of the name `threads`, as
#' `f(x, y, threads = threads)`. It must return a numeric matrix of the
#' distances, with `nrow(x)` rows and `nrow(y)` columns; names of rows and
#' columns do not matter. If it returns anything else, or stops, this is an
#' error of class `"edist_disagreement"`, too, whatever the tolerance; it has no
#' `validation`.
#'
#' @param x,y Dense numeric matrices with the same number of columns; by default
#'   uniform random numbers in 100 rows and 50 columns each. `y` is `x` if only
#'   `x` is given.
#' @param approaches Names of approaches, see [edist_bench_approaches()], or a
#'   list of such names and of functions of your own, see below.
#' @param ... Not used; must be empty.
#' @param threads The number of threads, as in [edist_matrix()].
#' @param tolerance The maximum relative error that is accepted.
#'
#' @return A data frame of class `"edist_validation"` with a row per approach:
#'   `approach`, and its maximum error: `absolute`, `relative`, and `ulp`, in
#'   units in the last place. Its attribute `"pairs"` is a matrix of the maximum
#'   relative differences between any two approaches.
#' @references T. J. Dekker (1971). A floating-point technique for extending the
#'   available precision. *Numerische Mathematik* 18, 224-242.
#'   \doi{10.1007/BF01397083}
#' @seealso [edist_bench_approaches()], [edist_bench()]; [edist_exercises()] for
#'   functions to complete
#' @export
#' @examples
#' edist_bench_validate()
#'
#' # A function of your own, and one that is wrong
#' mine <- function(x, y) {
#'   squares <- outer(rowSums(x^2), rowSums(y^2), "+") - 2 * x %*% t(y)
#'   sqrt(squares)
#' }
#' edist_bench_validate(approaches = list(mine = mine, "engine"))
#' wrong <- function(x, y) mine(x, y)^2
#' try(edist_bench_validate(approaches = list(wrong = wrong)))
#'
#' # Far from zero, the product form has lost all digits.
#' x <- matrix(1e8 + runif(40), 10)
#' y <- matrix(1e8 + runif(40), 10)
#' approaches <- c("vectorised", "blas", "engine")
#' edist_bench_validate(x, y, approaches, tolerance = Inf)
edist_bench_validate <- function(x = NULL, y = x,
                                 approaches = names(edist_bench_approaches()),
                                 ..., threads = NULL, tolerance = 1e-10) {
  check_dots_empty(...)
  approaches <- read_approaches(approaches)
  if (!is_number(tolerance) || tolerance < 0) {
    was <- describe(tolerance)
    abort("{.arg tolerance} must be a number, 0 or more, not {was}.")
  }
  threads <- read_threads(threads)
  data <- given_matrices(x, y)
  if (is.null(data)) {
    data <- random_matrices(100, 50, seed = 1)
  }
  if (!has_fork()) approaches$shared <- NULL
  names <- names(approaches)
  rule <- paste("to a relative error of", format(tolerance))
  results <- Map(function(name, f) {
    shaped_result(name, f, data$x, data$y, threads, rule)
  }, names, approaches)
  exact <- exact_distances(data$x, data$y)
  worst <- function(measure) {
    unname(vapply(results, function(got) max(measure(got, exact)), 0))
  }
  out <- data.frame(approach = names, absolute = worst(absolute_error),
                    relative = worst(relative_error), ulp = worst(ulp_error))
  out <- structure(out, pairs = pair_differences(results, names),
                   shape = c(dim(data$x), nrow(data$y)),
                   class = c("edist_validation", "data.frame"))
  bad <- which(!(out$relative <= tolerance))
  if (length(bad) == 0) return(out)
  worst <- bad[which.max(out$relative[bad])]
  fault <- value_fault(results[[worst]], exact, tolerance * exact$high, data$x,
                       data$y)
  disagree(rule, names[bad], names[worst], fault, out)
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
  shown <- c("approach", "absolute", "relative", "ulp")
  # Without its attributes or columns, a subset is a plain data frame.
  whole <- !is.null(pairs) && all(shown %in% names(x))
  if (!whole || nrow(x) == 0) return(NextMethod())
  shape <- attr(x, "shape")
  cat("Maximum errors of the distances, ", shape[1], " by ",
      number_of(shape[3], "row"), " with ", number_of(shape[2], "column"), "\n",
      sep = "")
  digits <- function(value) formatC(value, digits = 1, format = "e")
  print_columns(list(approach = x$approach, absolute = digits(x$absolute),
                     relative = digits(x$relative),
                     ulp = format(signif(x$ulp, 3))))
  if (nrow(pairs) < 2 || !isTRUE(max(pairs) > 0)) return(invisible(x))
  worst <- rownames(pairs)[arrayInd(which.max(pairs), dim(pairs))]
  cat("The two approaches that differ most are ", worst[1], " and ", worst[2],
      ", by a relative ", digits(max(pairs)), "\n", sep = "")
  invisible(x)
}

# The distances between the rows of x and of y, each the sum of two doubles,
# `high` and `low`. The differences of a pair are scaled by a power of two,
# which changes no digit, so that no square overflows or underflows.
exact_distances <- function(x, y) {
  largest <- largest_difference(x, y)
  # Where a difference overflows, that of quarters does not.
  part <- ifelse(is.finite(largest), 1, 0.25)
  if (any(part < 1)) {
    largest[part < 1] <- largest_difference(x / 4, y / 4)[part < 1]
  }
  scale <- 2^pmin(-floor(log2(largest)), 1000)
  scale[!is.finite(largest)] <- 1
  high <- low <- numeric(length(largest))
  for (k in seq_len(ncol(x))) {
    of_y <- rep(y[, k], each = nrow(x))
    d <- two_sum(x[, k] * part, -of_y * part)
    square <- two_square(d$high * scale)
    sum <- two_sum(high, square$high)
    high <- sum$high
    low <- low + sum$low + square$low + 2 * (d$high * scale) * (d$low * scale)
  }
  square <- two_sum(high, low)
  root <- sqrt(square$high)
  # One Newton step from the rounded root gives its remaining digits.
  back <- two_square(root)
  rest <- ((square$high - back$high) - back$low + square$low) / (2 * root)
  rest[root == 0] <- 0
  unscaled <- function(value) matrix(value / scale / part, nrow(x))
  list(high = unscaled(root), low = unscaled(rest))
}

# For each pair, in the order of a matrix of distances.
largest_difference <- function(x, y) {
  largest <- numeric(nrow(x) * nrow(y))
  for (k in seq_len(ncol(x))) {
    largest <- pmax(largest, abs(x[, k] - rep(y[, k], each = nrow(x))))
  }
  largest
}

# The exact sum and square of doubles, as `high` + `low`.
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
