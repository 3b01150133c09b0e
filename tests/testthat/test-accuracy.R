# Against a reference of twice the precision, in units in the last place.
worst_ulp <- function(x, exact, program = function(x) edist_matrix(x, threads = 2)) {
  error <- ulp_error(unname(program(x)), exact)
  max(error[lower.tri(error)])
}

sets <- function(p, n = 12) {
  list(
    uniform = matrix(runif(n * p), n),
    gaussian = matrix(rnorm(n * p), n),
    constant = outer(c(0, exp(rnorm(n - 1))), rep(1, p)),
    offset = 1e8 + matrix(rnorm(n * p), n),
    near = rep(1, n) %o% rnorm(p) + 1e-9 * matrix(rnorm(n * p), n),
    scales = matrix(rnorm(n * p), n) * rep(10^runif(p, -30, 30), each = n)
  )
}

test_that("the reference is better than what it judges", {
  # 3-4-5 triangles and their like are exact; thirds are not.
  expect_identical(ulp_off(5, c(0, 0), c(3, 4)), 0)
  expect_identical(ulp_off(13, c(1, 2), c(6, 14)), 0)
  expect_equal(ulp_off(5 + 2^-49, c(0, 0), c(3, 4)), 2)
  # sqrt(2) is 1.41421356237309504880, its double 1.41421356237309514547.
  expect_equal(ulp_off(sqrt(2), c(0, 0), c(1, 1)), 9.667 / 22.204, tolerance = 1e-3)
})

test_that("errors stay within what the help page promises", {
  most <- list("1000" = c(uniform = 4, gaussian = 4, constant = 12),
               "10000" = c(uniform = 8, gaussian = 8, constant = 12))
  for (p in c(1, 3, 64, 65, 1000, 10000)) {
    data <- seeded(p, sets(p))
    for (set in names(data)) {
      exact <- exact_distances(data[[set]], data[[set]])
      theirs <- worst_ulp(data[[set]], exact, function(x) as.matrix(dist(x)))
      for (isa in edist_info()$isa_available) {
        withr::local_envvar(EDIST_ISA = isa)
        worst <- worst_ulp(data[[set]], exact)
        expect_lte(worst, ulp_bound(p))
        limit <- most[[as.character(p)]]
        if (set %in% names(limit)) expect_lte(worst, limit[[set]])
        if (p >= 1000) expect_lte(worst, theirs)
      }
    }
  }
})

test_that("identical rows are at distance exactly 0, and symmetry is exact", {
  for (p in c(1, 7, 100, 3000)) {
    x <- seeded(p, 1e8 + matrix(rnorm(20 * p), 20)[rep(1:20, 3), , drop = FALSE])
    d <- edist_matrix(x, threads = 2)
    same <- outer(rep(1:20, 3), rep(1:20, 3), "==")
    expect_true(all(d[same] == 0))
    expect_true(all(d[!same] > 0))
    expect_identical(d, t(d))
  }
})

test_that("columns that are equal in all rows change nothing", {
  x <- seeded(1, matrix(rnorm(20 * 30), 20))
  wide <- cbind(x, 1e300, matrix(7, 20, 5))
  expect_identical(edist_matrix(wide), edist_matrix(x))
})
