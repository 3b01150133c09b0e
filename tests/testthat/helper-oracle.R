# Independent definitions to test against: none shares code with the engine.

# The distances between the rows of x and of y, written as the formula reads.
naive_matrix <- function(x, y = x) {
  out <- matrix(0, nrow(x), nrow(y))
  for (i in seq_len(nrow(x))) {
    for (j in seq_len(nrow(y))) out[i, j] <- sqrt(sum((x[i, ] - y[j, ])^2))
  }
  out
}

# How many units in the last place `got` is from the exact distance of two vectors.
# The reference of edist_bench_validate() shares no code with the engine; its own tests
# hold it to digits known from elsewhere.
ulp_off <- function(got, x, y) {
  c(ulp_error(got, exact_distances(t(x), t(y))))
}

# The bound that the help page of edist() states, in the same units.
ulp_bound <- function(p) {
  1 + (2 + min(p, 64) + min(ceiling(p / 64), 32) + 2) / 2
}

seeded <- function(seed, expr) {
  withr::with_seed(seed, expr)
}

# Prints each expression and the message of its error: a snapshot that is the same
# with every version of testthat. All must be errors of the package, of one line, and
# of class `kind` if that is given.
expect_errors <- function(..., kind = NULL) {
  calls <- eval(substitute(alist(...)))
  frame <- parent.frame()
  lines <- vapply(calls, function(call) {
    error <- tryCatch({
      eval(call, frame)
      simpleCondition("NO ERROR")
    }, error = identity)
    code <- paste(trimws(deparse(call, width.cutoff = 500)), collapse = " ")
    expect_true(inherits(error, "edist_error"), info = code)
    if (!is.null(kind)) expect_s3_class(error, paste0("edist_error_", kind))
    expect_false(grepl("\n|\t|  ", conditionMessage(error)), info = code)
    paste0(code, "\n  ", conditionMessage(error), "\n")
  }, "")
  expect_snapshot_output(cat(lines, sep = ""))
}

# The k columns with the smallest distances in each row of a matrix of distances, by a
# full sort. Missing distances are left out; among equal ones, the first column wins.
naive_nearest <- function(d, k, self = FALSE) {
  if (self) diag(d) <- NA
  pick <- function(row) order(row, na.last = NA)[seq_len(k)]
  index <- t(matrix(vapply(seq_len(nrow(d)), function(i) pick(d[i, ]), integer(k)), k))
  at <- cbind(c(row(index)), c(index))
  list(index = index, distance = matrix(d[at], nrow(d)))
}

# Rows with ties and duplicates, and `holes` of a thousand values missing.
tied <- function(n, p, holes = 0) {
  x <- matrix(sample(-3:3, n * p, TRUE) / 2, n)
  x[sample(n * p, n * p * holes / 1000)] <- NA
  if (n > 4) x[n, ] <- x[2, ]
  x
}

# The methods that take any numbers in any number of columns.
any_data <- setdiff(edist_methods()$method, "haversine")
