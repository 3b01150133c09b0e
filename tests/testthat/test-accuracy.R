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

# The one distance of two rows, as every function gives it.
one_distance <- function(a, b, ...) {
  x <- rbind(a, b)
  rownames(x) <- NULL
  all <- list(edist(x, ...), edist_matrix(x, ...)[2, 1],
              edist_matrix(x[1, , drop = FALSE], x[2, , drop = FALSE], ...),
              edist_nearest(x, k = 1, ...)$distance[1],
              edist_within(x, radius = Inf, as = "data.frame", ...)$distance,
              edist_reduce(x, stat = "max", ...)[1], edist_reduce(x, stat = "min", ...)[1],
              edist_reduce(x, stat = "mean", ...)[1], edist_pairs(x, i = 1, j = 2, ...),
              edist_apply(x, FUN = function(d) d[1, 2], ...))
  all <- unique(vapply(all, as.double, 0))
  if (length(all) == 1) all else stop("functions disagree: ", paste(all, collapse = ", "))
}

test_that("no power of Minkowski is too large or too small", {
  minkowski <- function(a, b, p) one_distance(a, b, method = "minkowski", p = p)
  expect_equal(minkowski(c(0, 0), c(3, 4), 1100), 4, tolerance = 1e-15)
  expect_equal(minkowski(0, .3, 2000), .3, tolerance = 1e-15)
  expect_equal(minkowski(c(0, 0), c(1e-300, 1e-300), 50), 1e-300 * 2^(1 / 50),
               tolerance = 1e-14)
  expect_equal(minkowski(c(0, 0), c(1e300, 1e300), 0.5), 4e300, tolerance = 1e-14)
  expect_equal(minkowski(0, .Machine$double.xmax, 3), .Machine$double.xmax)
  # The root of 200 alone, 1e460, is no double: the distance is.
  expect_equal(minkowski(rep(0, 200), rep(1e-200, 200), 0.005), 1.60693804425899e260,
               tolerance = 1e-10)
  x <- rbind(0, .3, .5)
  expect_identical(c(edist_nearest(x, k = 1, method = "minkowski", p = 2000)$index),
                   c(2L, 3L, 2L))
})

test_that("weights are no reason to lose digits", {
  weighted <- function(a, b, w) one_distance(a, b, weights = w)
  expect_equal(weighted(c(1e-170, 1e-80), c(0, 0), c(1e200, 1)), 1e-70, tolerance = 1e-15)
  expect_equal(weighted(1e-160, 0, 1.6e-295), 4e-308, tolerance = 1e-15)
  expect_equal(weighted(1.7e308, -1.7e308, 1e-300), 3.4e158, tolerance = 1e-14)
  # The share of the weights that is used is no double.
  expect_equal(weighted(c(NA, 1e28), c(1, 0), 2^c(691, -441)), 1e28 * 2^345.5,
               tolerance = 1e-14)
})

test_that("Mahalanobis's distance hangs on its two rows alone", {
  x <- rbind(c(1e16, 1e16), c(.1, 1), c(.2, 2))
  expect_equal(edist_pairs(x, i = 2, j = 3, cov = diag(2)), sqrt(1.01), tolerance = 1e-15)
  expect_equal(edist(x, cov = diag(2))[3], sqrt(1.01), tolerance = 1e-15)
  far <- seeded(5, matrix(rnorm(400), 40))
  far[1:20, ] <- far[1:20, ] + 1e7
  cov <- seeded(6, cov(matrix(rnorm(1000), 100)))
  # Differences first; the factor is that of the engine.
  root <- chol(cov)
  exact <- function(i, j) sqrt(sum(backsolve(root, far[i, ] - far[j, ], transpose = TRUE)^2))
  d <- edist_matrix(far, cov = cov)
  at <- cbind(1:19, 2:20)
  expect_lt(max(abs(d[at] / mapply(exact, at[, 1], at[, 2]) - 1)), 1e-14)
  order <- seeded(7, sample(40))
  expect_identical(edist_matrix(far[order, ], cov = cov), d[order, order])
  expect_identical(edist_matrix(far[1:9, ], far[10:40, ], cov = cov),
                   t(edist_matrix(far[10:40, ], far[1:9, ], cov = cov)))
  expect_identical(unname(d[1:9, 10:40]), edist_matrix(far[1:9, ], far[10:40, ], cov = cov))
})

test_that("cosine and correlation stay within their range, and keep small spreads", {
  x <- seeded(8, matrix(rnorm(3000), 1000))
  for (method in c("cosine", "correlation")) {
    d <- edist_pairs(x, -x, method = method)
    expect_true(all(d <= 2 & d >= 0))
    expect_equal(d, rep(2, 1000), tolerance = 1e-12)
    expect_false(anyNA(acos(1 - d)))
    expect_lte(max(edist_reduce(x, "max", -x, method = method)), 2)
  }
  hardly <- rbind(c(1, 1 - 3.7e-10), c(1, 1 - 6.4e-11))
  expect_identical(one_distance(hardly[1, ], hardly[2, ], method = "correlation"), 0)
  expect_equal(one_distance(c(1.5e308, 1), c(1e308, 1), method = "canberra"), 0.2)
})

test_that("sums and means of large distances do not overflow", {
  x <- matrix(c(0, 1.2e308, 1.2e308, 1.2e308))
  expect_equal(edist_reduce(x, stat = "mean"), c(1.2e308, rep(4e307, 3)),
               tolerance = 1e-15)
  expect_identical(edist_reduce(x, stat = "sum"), c(Inf, rep(1.2e308, 3)))
  expect_identical(edist_reduce(x, stat = "mean", group = c(2, 2, 1, 1))[1, ],
                   c("1" = 1.2e308, "2" = 1.2e308))
  expect_identical(edist_reduce(matrix(c(0, rep(.Machine$double.xmax, 7))), stat = "mean")[1],
                   .Machine$double.xmax)
  infinite <- matrix(c(0, Inf, 1))
  expect_identical(edist_reduce(infinite, stat = "mean"), c(Inf, Inf, Inf))
  expect_equal(edist_reduce(rbind(x, NA), stat = "mean")[c(1, 5)], c(1.2e308, NA),
               tolerance = 1e-15)
})
