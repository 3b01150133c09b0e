# Independent definitions to test against: none shares code with the package.

# The distances between the rows of x and of y, written as the formula reads.
naive_matrix <- function(x, y = x) {
  out <- matrix(0, nrow(x), nrow(y))
  for (i in seq_len(nrow(x))) {
    for (j in seq_len(nrow(y))) out[i, j] <- sqrt(sum((x[i, ] - y[j, ])^2))
  }
  out
}

# Euclidean distance of two vectors in about 106 bits, as a pair of doubles whose
# sum it is: differences and squares are split into exact parts (Knuth; Dekker),
# and these are summed with the error kept, twice.
two_sum <- function(a, b) {
  s <- a + b
  t <- s - a
  c(s, (a - (s - t)) + (b - t))
}
two_square <- function(a) {
  big <- 134217729 * a
  high <- big - (big - a)
  low <- a - high
  cbind(a * a, ((high * high - a * a) + 2 * high * low) + low * low)
}
exact_sqdist <- function(x, y) {
  d <- x - y
  t <- d - x
  e <- (x - (d - t)) - (y + t) # x - y is d + e exactly
  square <- two_square(d)
  # Terms from large to small; each sum's error joins the small part.
  high <- 0
  low <- 0
  for (term in square[, 1]) {
    s <- two_sum(high, term)
    high <- s[1]
    low <- low + s[2]
  }
  two_sum(high, low + sum(square[, 2]) + 2 * sum(d * e))
}
# How many units in the last place `got` is from the exact distance.
ulp_error <- function(got, x, y) {
  square <- exact_sqdist(x, y)
  root <- sqrt(square[1])
  # One Newton step from the rounded root gives the rest of its digits.
  rest <- two_square(root)
  root_low <- ((square[1] - rest[1]) - rest[2] + square[2]) / (2 * root)
  ulp <- 2^(floor(log2(root)) - 52)
  abs((got - root) - root_low) / ulp
}

# The bound that the help page of edist() states, in the same units.
ulp_bound <- function(p) {
  1 + (2 + min(p, 64) + min(ceiling(p / 64), 32) + 2) / 2
}

seeded <- function(seed, expr) {
  withr::with_seed(seed, expr)
}

# Prints each expression and the message of its error: a snapshot that reads the
# same with every version of testthat.
expect_errors <- function(...) {
  calls <- eval(substitute(alist(...)))
  frame <- parent.frame()
  lines <- vapply(calls, function(call) {
    message <- tryCatch({
      eval(call, frame)
      "NO ERROR"
    }, error = conditionMessage)
    expect_false(message == "NO ERROR", info = deparse(call))
    paste0(deparse(call, width.cutoff = 500), "\n  ", message, "\n")
  }, "")
  expect_snapshot_output(cat(lines, sep = ""))
}
