x <- seeded(1, matrix(runif(21), 7))
y <- seeded(2, matrix(runif(15), 5))
right <- naive_matrix(x, y)
fault <- function(got, x = get("x", parent.frame()), y = get("y", parent.frame())) {
  exact <- exact_distances(x, y)
  fault <- result_fault(got, exact, 1e-10 * exact$high, x, y)
  if (!is.null(fault)) one_line(fault)
}

test_that("a right result has no fault, whatever its names and type", {
  expect_null(fault(right))
  expect_null(fault(structure(right, dimnames = list(letters[1:7], NULL))))
  expect_null(fault(structure(right, class = "crossdist")))
  corner <- matrix(c(0, 3), 1)
  expect_null(fault(matrix(5L), corner, matrix(c(4, 0), 1)))
})

test_that("what is no matrix of the right shape is named, with the step that is missing", {
  expect_identical(fault(t(right)), paste("returned a matrix of 5 by 7 instead of a matrix of",
                                          "7 by 5: are x and y exchanged?"))
  expect_identical(fault(right[-1, ]), "returned a matrix of 6 by 5 instead of a matrix of 7 by 5")
  expect_match(fault(NULL), "^returned NULL instead of a numeric matrix of 7 by 5: .* last line")
  expect_match(fault(list(1, 2)), "a list .*: are unlist\\(\\) and matrix\\(\\) missing\\?$")
  expect_match(fault(c(right)), "vector of length 35 .*: is matrix\\(\\) missing\\?$")
  expect_match(fault(as.data.frame(right)), "a data frame .*: is as.matrix\\(\\) missing\\?$")
  expect_match(fault(dist(x)), "class \"dist\" .*within one matrix\\?$")
  expect_identical(fault(array("a", c(7, 5))),
                   "returned a character matrix instead of a numeric matrix of 7 by 5")
  # Functions that drop a dimension do so only if there is one row, or one column.
  vector <- "become a vector, as in sapply()"
  expect_match(fault(matrix(1, 1, 5), x, y[1, , drop = FALSE]), "of 7 by 1$")
  expect_match(fault(matrix(1, 1, 7), x, y[1, , drop = FALSE]), vector, fixed = TRUE)
  expect_match(fault(numeric(5), x[1, , drop = FALSE]), vector, fixed = TRUE)
  skip_if_not(has_fork())
  expect_match(fault(edist_shared(7, 5)), "as.matrix() missing", fixed = TRUE)
})

test_that("the worst cell is shown, and how many are wrong", {
  one <- replace(right, 16, 2 * right[16])
  expect_identical(fault(one), sprintf(
    "returned %s instead of %s at [2, 3], a relative error of 1; no other cell is wrong",
    formatC(one[16], digits = 4), formatC(right[16], digits = 4)
  ))
  expect_match(fault(replace(right, 16:17, 9)), "; only column 3 is wrong$")
  expect_match(fault(replace(right, c(2, 9), 9)), "; only row 2 is wrong$")
  expect_match(fault(replace(right, c(2, 10), 9)), "; 2 of 35 cells are wrong$")
  expect_match(fault(right + 1), "; all cells are wrong$")
  expect_match(fault(replace(right, 3, NA)), "returned NA instead of .* at \\[3, 1\\];")
  # As many digits as tell the two apart.
  expect_identical(tell_apart(1, 1 + 2^-30), c("1", "1.000000001"))
  expect_identical(tell_apart(NaN, 2), c("NaN", "2"))
})

test_that("common mistakes are recognised", {
  by_hand <- function(f, rows = x) {
    out <- matrix(0, nrow(x), nrow(y))
    for (i in seq_len(nrow(x))) for (j in seq_len(nrow(y))) out[i, j] <- f(rows[i, ], y[j, ])
    out
  }
  expect_match(fault(right^2), "squared distances, is the root missing?", fixed = TRUE)
  expect_match(fault(sqrt(right)), "root of the distances")
  expect_match(fault(matrix(t(right), 7)), "`byrow = TRUE`")
  expect_match(fault(by_hand(function(x, y) sum(abs(x - y)))), "absolute differences")
  expect_match(fault(by_hand(function(x, y) abs(sum(x - y)))), "added up first")
  expect_match(fault(by_hand(function(x, y) sqrt(mean((x - y)^2)))), "mean of the squares")
  expect_match(fault(by_hand(function(x, y) sqrt(sum((x - y)[-1]^2)))), "first column")
  expect_match(fault(by_hand(function(x, y) sqrt(sum((x - y)[-3]^2)))), "last column")
  expect_match(fault(naive_matrix(x, x[1:5, ])), "distances of x from itself")
  expect_match(fault(0 * right), "nothing written")
  expect_match(fault(replace(right, 7 * 1:5, 0)), "only row 7 is wrong: is row 7 left out?",
               fixed = TRUE)
  expect_match(fault(replace(right, 29:35, 0)), "only column 5 is wrong: is column 5 left out?",
               fixed = TRUE)
  expect_match(fault(replace(right, 8:35, 0)), "are 4 columns left out, the first of them 2?",
               fixed = TRUE)
  expect_match(fault(right[1, , drop = FALSE] * c(1, 0, 1, 0, 0), x[1, , drop = FALSE]),
               "; 3 of 5 cells are wrong: are 3 columns left out", fixed = TRUE)
  expect_match(fault(NaN * right), "root taken of a negative number")
  expect_match(fault(0 * right, x + 1e8, y + 1e8), "products lose digits")
  # A row of x that runs down the columns of y.
  recycled <- t(vapply(1:7, function(i) {
    sqrt(rowSums((y - matrix(rep_len(x[i, ], 15), 5))^2))
  }, numeric(5)))
  expect_match(fault(recycled), "is t(y) missing?", fixed = TRUE)
  # A square result does not show by its shape.
  expect_match(fault(naive_matrix(y, x[1:5, ]), x[1:5, ], y), "this is the transpose")
})

test_that("a mistake that would give the right numbers is not suspected", {
  near <- function(x, y) edist_matrix(x, y, threads = 1) * (1 + 1e-8)
  x <- as.matrix(faithful)[1:20, ]
  message <- function(...) {
    error <- tryCatch(edist_bench_validate(..., approaches = list(near = near)), error = identity)
    conditionMessage(error)
  }
  expect_no_match(message(x), "transpose|order")
  expect_no_match(message(matrix(c(1, 2, 4)), matrix(c(10, 11))), "t\\(y\\)|absolute|added")
})

test_that("a function that stops says where and why", {
  stopped <- function(expr) stopped_because(tryCatch(expr, error = identity))
  long <- function(first_argument, second_argument) stop("no more paper.")
  expect_identical(stopped(long("some text of the first", "some text of the second")),
                   paste("stopped in long(\"some text of the first\", \"some text of t ...:",
                         "no more paper"))
  expect_identical(stopped(stop("no more\n  paper", call. = FALSE)),
                   "stopped: no more\n  paper")
  expect_identical(stopped(matrix(1:4, 2)[3, 1]),
                   "stopped in matrix(1:4, 2)[3, 1]: subscript out of bounds")
})
