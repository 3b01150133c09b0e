test_that("the reference has the digits known from elsewhere", {
  # sqrt(2) and sqrt(3) beyond the last place of a double, to 17 digits.
  two <- exact_distances(matrix(0, 1, 2), matrix(1, 1, 2))
  expect_identical(c(two$high), sqrt(2))
  expect_equal(c(two$low), -9.6672933134529135e-17, tolerance = 1e-12)
  three <- exact_distances(matrix(1e8, 1, 3), matrix(1e8 + 1, 1, 3))
  expect_equal(c(three$low), 1.0035084221806903e-16, tolerance = 1e-12)
  # A sum that needs 80 bits: 2^80 + 2 * 2^40 + 1 is (2^40 + 1)^2.
  exact <- exact_distances(matrix(c(2^40 + 1, 0), 1), matrix(0, 1, 2))
  expect_identical(c(exact$high), 2^40 + 1)
  expect_identical(c(exact$low), 0)
  # Differences that a double cannot hold: (1 + 2^-60) - 0 in two columns.
  tiny <- exact_distances(matrix(1, 1, 1), matrix(-2^-60, 1, 1))
  expect_identical(c(tiny$high), 1)
  expect_equal(c(tiny$low), 2^-60, tolerance = 1e-12)
  # Very large and very small distances.
  huge <- exact_distances(matrix(0, 1, 2), matrix(1e300, 1, 2))
  expect_identical(c(huge$high), sqrt(2) * 1e300)
  small <- exact_distances(matrix(0, 1, 2), matrix(1e-300, 1, 2))
  expect_equal(c(small$high), sqrt(2) * 1e-300, tolerance = 1e-15)
  expect_identical(exact_distances(matrix(3, 2, 2), matrix(3, 1, 2))$low, matrix(0, 2, 1))
})

test_that("the reference holds for pairs of any size beside each other", {
  sizes <- c(5e-324, 1e-200, 1, 1e200, 1.7e308)
  exact <- exact_distances(cbind(3 * sizes[-5], 4 * sizes[-5]), matrix(0, 1, 2))
  expect_equal(c(exact$high) / 5, sizes[-5], tolerance = 1e-15)
  expect_identical(c(exact_distances(matrix(sizes), matrix(0, 1))$high), sizes)
  expect_identical(c(exact_distances(matrix(sizes[5]), matrix(-sizes[5]))$high), Inf)
  apart <- exact_distances(matrix(1e308), matrix(-0.5e308))
  expect_identical(c(apart$high + apart$low), 1.5e308)
  expect_lt(edist_bench_validate(matrix(c(0, sizes[2:4])), approaches = "engine")$ulp, 1)
})

test_that("all approaches agree, and the table says how well", {
  v <- edist_bench_validate(threads = 2)
  expect_identical(v$approach, names(edist_bench_approaches()))
  expect_true(all(v$ulp < 50))
  expect_true(all(v$ulp[v$approach == "engine"] <= ulp_bound(50)))
  expect_true(all(v$relative <= v$ulp * 2^-52))
  pairs <- attr(v, "pairs")
  expect_identical(dim(pairs), c(8L, 8L))
  expect_identical(pairs, t(pairs))
  expect_true(all(diag(pairs) == 0) && all(pairs < 1e-13))
  expect_output(print(v), "differ most are .*, by a relative")
  expect_output(print(head(v, 2)), "loop")
  expect_output(print(v[v$ulp < 1, ]), "approach")
  expect_output(print(v[c("approach", "ulp")]), "ulp")
  expect_output(print(v["ulp"]), "ulp")
  expect_output(print(v[0, ]), "0 rows")
})

test_that("a wrong approach is an error that names it and carries the table", {
  x <- matrix(1e8 + 1:8 / 8, 4)
  error <- expect_error(
    edist_bench_validate(x, x + 1 / 16, c("vectorised", "blas", "engine")),
    "\"blas\" does not", class = "edist_disagreement"
  )
  expect_identical(error$validation$approach[error$validation$relative > 1e-10], "blas")
  v <- edist_bench_validate(x, x, c("blas", "engine"), tolerance = Inf)
  expect_lt(v$ulp[2], 1)
})

test_that("a wrong number, NaN and a false zero are all found", {
  exact <- list(high = matrix(c(1, 2, 0)), low = matrix(0, 3, 1))
  expect_identical(c(relative_error(c(1, 2, 0), exact)), c(0, 0, 0))
  expect_identical(c(relative_error(c(NaN, 0, 1e-9), exact)), c(Inf, 1, Inf))
  expect_identical(c(ulp_error(c(1 + 2^-52, 2 + 2^-51, 0), exact)), c(1, 1, 0))
})

test_that("bad arguments of a validation are refused", {
  expect_errors(
    edist_bench_validate(matrix(1, 2, 2), matrix(1, 2, 3)),
    edist_bench_validate(approaches = "numpy"),
    edist_bench_validate(tolerance = -1),
    edist_bench_validate(tolerance = "a"),
    edist_bench_validate(threads = 0),
    edist_bench_validate(matrix(1, 2, 2), tol = 3),
    edist_bench_validate(matrix(c(1, NA), 1))
  )
})
