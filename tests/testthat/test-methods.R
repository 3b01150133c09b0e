six <- c("euclidean", "maximum", "manhattan", "canberra", "binary", "minkowski")
isas <- edist_info()$isa_available

# Small numbers with zeros and ties, and some in a thousand missing or infinite.
awkward <- function(n, p, holes, infinite = 0) {
  x <- matrix(sample(-8:8, n * p, TRUE) / 4, n)
  x[sample(n * p, n * p * holes / 1000)] <- NA
  odd <- sample(n * p, n * p * infinite / 1000)
  x[odd] <- rep_len(c(Inf, -Inf, NaN), length(odd))
  x
}

without_warning <- function(code) {
  withCallingHandlers(code, warning = function(w) {
    if (grepl("non-finite values as NA", conditionMessage(w))) {
      tryInvokeRestart("muffleWarning")
    }
  })
}

both <- function(x, method, p = 2, ...) {
  list(got = without_warning(edist(x, method, p = p, ...)),
       want = without_warning(dist(x, method, p = p)))
}

test_that("every method agrees with dist(), for random shapes and missing values", {
  seeded(1, for (trial in 1:120) {
    withr::local_envvar(EDIST_ISA = sample(isas, 1))
    x <- awkward(sample(1:30, 1), sample(c(1:9, 64, 65, 130, 300), 1),
                 sample(c(0, 0, 50, 300, 900), 1), sample(c(0, 0, 30), 1))
    if (sample(3, 1) == 1 && !any(is.infinite(x))) storage.mode(x) <- "integer"
    p <- sample(c(0.5, 1, 1.5, 2, 2.2, 3, 4, 7), 1)
    for (method in six) {
      both <- both(x, method, p, threads = sample(2, 1))
      expect_equal(c(both$got), c(both$want), tolerance = 1e-13,
                   info = paste(method, p, nrow(x), ncol(x)))
      expect_identical(is.nan(c(both$got)), is.nan(c(both$want)))
    }
  })
})

test_that("strict gives the bits of dist(), on every instruction set", {
  skip_if_not(R.version$arch == "x86_64")
  seeded(2, for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (trial in 1:25) {
      p <- sample(c(1:8, 64, 100, 257, 600, 2100), 1)
      x <- matrix(rnorm(26 * p), 26)
      if (trial %% 2) x[sample(length(x), length(x) / 20)] <- NA
      if (trial %% 3 == 0) x[sample(length(x), 2)] <- c(Inf, -Inf)
      if (trial %% 5 == 0) x <- x * 1e200
      if (trial %% 7 == 0) x <- x * 1e-160
      p <- sample(c(0.5, 1, 1.5, 2, 2.2, 3, 4), 1)
      for (method in six) {
        both <- both(x, method, p, strict = TRUE, threads = 2)
        expect_identical(c(both$got), c(both$want), info = paste(method, isa, p))
        expect_true(identical(c(both$got), c(both$want), single.NA = FALSE))
      }
    }
  })
})

test_that("names are matched as in dist(), those of edist last", {
  for (name in c("e", "eu", "euclidian", "max", "man", "c", "can", "b", "mi")) {
    expect_identical(match_method(name), attr(dist(1:3, name), "method"))
  }
  expect_identical(match_method("cos"), "cosine")
  expect_identical(match_method("cor"), "correlation")
  expect_identical(match_method("sq"), "sqeuclidean")
  expect_identical(match_method("bray"), "braycurtis")
  for (name in c("m", "ma", "", "co", "Euclidean", "manhattanx")) {
    expect_error(dist(1:3, name))
    if (name != "co") expect_error(match_method(name), "must be one of")
  }
  expect_error(match_method("co"), "must be one of")
})

test_that("all attributes are those of dist(), in order", {
  x <- as.matrix(mtcars[1:5, ])
  for (method in six) {
    a <- attributes(edist(x, method, diag = TRUE, p = 3))
    b <- attributes(dist(x, method, diag = TRUE, p = 3))
    expect_identical(names(a), names(b))
    a$call <- b$call <- NULL
    expect_identical(a, b)
  }
})

test_that("edge cases are those of dist()", {
  for (method in six) {
    for (x in list(matrix(0, 0, 3), matrix(1, 1, 3), matrix(0, 3, 0), 1:4,
                   matrix(NA_real_, 3, 2), matrix(0, 3, 2))) {
      expect_identical(c(edist(x, method)), c(dist(x, method)), info = method)
    }
  }
  expect_identical(c(edist(rbind(c(Inf, 1), c(Inf, 4)))), sqrt(9 * 2))
  # Rows (0, 1, 2) and (0, 3, 5): 0/0 is left out and the sum rescaled.
  expect_equal(c(edist(rbind(c(0, 1, 2), c(0, 3, 5)), "canberra")),
               (2 / 4 + 3 / 7) * 3 / 2)
  tiny <- rbind(c(1e-310, 1), c(2e-310, 3))
  expect_identical(c(edist(tiny, "canberra")), c(dist(tiny, "canberra")))
  # NA, not NaN, as in dist().
  expect_false(any(is.nan(edist(matrix(NaN, 3, 2)))))
})

test_that("binary warns once about infinite values", {
  x <- rbind(c(Inf, 1, 0), c(1, 0, -Inf), c(1, 1, 1))
  warnings <- capture_warnings(d <- edist(x, "binary"))
  expect_identical(warnings, "treating non-finite values as NA")
  expect_identical(c(d), c(suppressWarnings(dist(x, "binary"))))
  expect_warning(edist(rbind(c(NA, 1), c(1, 0)), "binary"), NA)
})

test_that("matrices agree with dist objects, between two matrices as well", {
  seeded(3, {
    x <- awkward(23, 70, 100)
    y <- awkward(11, 70, 100)
  })
  rownames(x) <- paste0("r", 1:23)
  for (method in c(six, "sqeuclidean", "cosine", "correlation")) {
    d <- edist(x, method, p = 1.5)
    full <- edist_matrix(x, method = method, p = 1.5)
    expect_identical(full, as.matrix(d))
    all <- edist_matrix(rbind(x, y), method = method, p = 1.5)
    expect_identical(unname(edist_matrix(x, y, method, p = 1.5)),
                     unname(all[1:23, 24:34]))
  }
})

test_that("the number of threads changes no bit, even with missing values", {
  seeded(4, x <- awkward(700, 40, 2))
  x[300, ] <- 0
  # A row is at distance 0 from itself, even if the distance of two such rows would be
  # NA. So the test needs two matrices.
  for (method in c(six, "cosine", "correlation")) {
    one <- edist_matrix(x, x, method, p = 3, threads = 1)
    expect_true(identical(edist_matrix(x, x, method, p = 3, threads = 2), one))
    expect_true(identical(edist_matrix(x[290:310, ], x, method, p = 3), one[290:310, ]))
    within <- edist_matrix(x, method = method, p = 3, threads = 2)
    expect_identical(diag(within), numeric(700))
    expect_true(identical(within[lower.tri(within)], one[lower.tri(one)]))
  }
  w <- seeded(5, runif(40))
  one <- edist_matrix(x, x, weights = w, threads = 1)
  expect_true(identical(edist_matrix(x, x, weights = w, threads = 2), one))
  expect_true(identical(edist_matrix(x[290:310, ], x, weights = w), one[290:310, ]))
})

test_that("cosine and correlation agree with their formulas", {
  x <- seeded(6, matrix(rnorm(20 * 9, 3), 20))
  norms <- sqrt(rowSums(x^2))
  cosine <- 1 - tcrossprod(x) / tcrossprod(norms)
  expect_equal(edist_matrix(x, method = "cosine"), cosine, tolerance = 1e-14)
  expect_equal(edist_matrix(x, method = "correlation"), 1 - cor(t(x)), tolerance = 1e-14)
  # Rows that nearly agree keep their digits: an angle t has cosine 1 - t^2 / 2.
  near <- rbind(c(1, 0), c(1, 1e-9))
  expect_equal(c(edist(near, "cosine")), 5e-19, tolerance = 1e-7)
  expect_equal(c(edist(1e200 * near, "cosine")), 5e-19, tolerance = 1e-7)
  # Far from zero, very large and very small.
  expect_equal(c(edist(x * 1e-300, "cosine")), c(edist(x, "cosine")), tolerance = 1e-12)
  expect_equal(c(edist(x + 1e6, "correlation")), c(edist(x, "correlation")),
               tolerance = 1e-9)
  expect_identical(c(edist(rbind(x[1, ], 4 * x[1, ], -x[1, ]), "cosine"))[1:2], c(0, 2))
  # Rows without a direction, or with a missing value, give NA.
  rows <- rbind(c(1, 2, 3), 0, 5.3, c(1, NA, 2), c(Inf, 1, 2), c(3, 2, 2))
  expect_identical(is.na(edist_matrix(rows, method = "cosine")[1, ]),
                   c(FALSE, TRUE, FALSE, TRUE, TRUE, FALSE))
  expect_identical(is.na(edist_matrix(rows, method = "correlation")[1, ]),
                   c(FALSE, TRUE, TRUE, TRUE, TRUE, FALSE))
})

test_that("a weight counts a column that many times", {
  x <- seeded(7, awkward(17, 6, 60))
  w <- c(2, 0, 1, 3, 1, 1)
  again <- x[, rep(1:6, w)]
  expect_equal(c(edist(x, weights = w)), c(dist(again)), tolerance = 1e-14)
  expect_equal(c(edist(x, weights = w / 7)), c(dist(again)) / sqrt(7), tolerance = 1e-14)
  # Differences are weighted, not values, so no digits are lost far from zero.
  near <- rbind(rep(1e8, 3), 1e8 + c(0.5, 0, 0.25))
  expect_equal(c(edist(near, weights = c(0.1, 1, 0.2))),
               sqrt(0.1 * 0.25 + 0.2 * 0.0625), tolerance = 1e-15)
})

test_that("cov gives Mahalanobis's distance", {
  x <- as.matrix(iris[1:4])
  s <- cov(x)
  d <- edist_matrix(x, x[1:3, ], cov = s)
  want <- sapply(1:3, function(j) sqrt(mahalanobis(x, x[j, ], s)))
  expect_equal(unname(d), want, tolerance = 1e-10)
  expect_identical(c(edist(x[0, ], cov = s)), numeric())
  x[5, 4] <- NA
  holes <- edist_matrix(x[1:9, ], x[11:13, ], cov = s)
  expect_true(all(is.na(holes[5, ])))
  expect_identical(holes[-5, ], edist_matrix(x[1:9, ][-5, ], x[11:13, ], cov = s))
  x[5, 4] <- 0
  expect_equal(edist_matrix(x + 1e7, cov = s)[1:9, 20], edist_matrix(x, cov = s)[1:9, 20],
               tolerance = 1e-7)
})

test_that("sums that overflow or underflow still give the distance", {
  base <- seeded(8, matrix(rnorm(9 * 30), 9))
  base[3, ] <- base[2, ]
  want <- c(edist(base))
  for (size in c(1e200, 1e-162, 1e-200, 1e-290, 1e307 / max(abs(base)))) {
    expect_equal(c(edist(base * size)) / size, want, tolerance = 1e-13)
    expect_equal(c(edist(base * size, "minkowski", p = 3)) / size,
                 c(edist(base, "minkowski", p = 3)), tolerance = 1e-13)
    expect_equal(c(edist(base * size, "minkowski", p = 1.7)) / size,
                 c(edist(base, "minkowski", p = 1.7)), tolerance = 1e-13)
  }
  expect_identical(c(edist(c(0, 5e-324, 1e-323))), c(5e-324, 1e-323, 5e-324))
  mixed <- rbind(c(1e300, 1, 0), c(1e300, 2, 1e-200), c(1e300, 1, 1e-200))
  expect_identical(c(edist(mixed)), c(1, 1e-200, 1))
  expect_identical(c(edist(rbind(c(1.7e308, NA), c(-1.7e308, 0)))), Inf)
  expect_equal(c(edist(rbind(c(1e200, NA, 0), c(0, 0, 0)))), sqrt(1.5) * 1e200)
  # strict gives the result of dist().
  expect_identical(c(edist(base * 1e200, strict = TRUE)), c(dist(base * 1e200)))
})

test_that("underflow in one row does not affect others, with any number of threads", {
  x <- matrix(1e-100, 1500, 60)
  x[1440, 2] <- 1e-200
  y <- matrix(0, 900, 60)
  one <- edist_matrix(x, y, "minkowski", p = 4, threads = 1)
  expect_true(identical(edist_matrix(x, y, "minkowski", p = 4, threads = 2), one))
  expect_equal(one[1, 1], 1e-100 * 60^0.25, tolerance = 1e-14)
  expect_equal(c(edist(rbind(1e-30, 0), "minkowski", p = 16)), 1e-30, tolerance = 1e-14)
  expect_equal(c(edist(rbind(1, 1 + 2^-52), "minkowski", p = 30)), 2^-52, tolerance = 1e-13)
  expect_identical(c(edist(matrix(1, 3, 2), "minkowski", p = 30)), numeric(3))
})

test_that("weights of any size, and columns with weight 0", {
  weighted <- function(a, b, w) c(edist(rbind(a, b), weights = w))
  expect_identical(weighted(c(1e200, 1), c(0, 3), c(0, 1)), 2)
  expect_identical(weighted(c(Inf, 1), c(0, 3), c(0, 1)), 2)
  expect_equal(weighted(c(1, 1e-170), c(0, 3e-170), c(0, 1)), 2e-170, tolerance = 1e-14)
  expect_equal(weighted(c(1, 1), c(0, 3), c(1e307, 1e307)), sqrt(5e307), tolerance = 1e-14)
  expect_equal(weighted(1e-10, 0, 1e-310), 1e-165, tolerance = 1e-12)
  expect_error(weighted(c(1, 1), c(0, 3), c(1e308, 1e308)), "finite sum")
  expect_identical(edist_matrix(faithful, faithful[1:3, ], weights = c(0, 1)),
                   edist_matrix(faithful[2], faithful[1:3, 2, drop = FALSE]))
})

test_that("sparse and other matrices of package Matrix work", {
  skip_if_not_installed("Matrix")
  x <- seeded(9, matrix(rpois(40 * 300, 0.2) - 0, 40))
  rownames(x) <- paste0("r", 1:40)
  sparse <- methods::as(methods::as(x, "CsparseMatrix"), "dMatrix")
  expect_s4_class(sparse, "dgCMatrix")
  for (method in c(six, "cosine", "correlation")) {
    expect_identical(edist_matrix(sparse, method = method),
                     edist_matrix(x, method = method))
    expect_identical(edist_matrix(sparse[1:9, ], x, method),
                     edist_matrix(x[1:9, ], x, method))
  }
  expect_identical(c(edist(Matrix::Matrix(x, sparse = FALSE))), c(edist(x)))
  expect_identical(c(edist(methods::as(sparse, "TsparseMatrix"))), c(edist(x)))
  expect_identical(c(edist(sparse != 0, "binary")), c(edist(x, "binary")))
  symmetric <- Matrix::crossprod(sparse[, 1:5])
  expect_identical(c(edist(symmetric)), c(edist(as.matrix(symmetric))))
})

test_that("the table of methods lists all of them", {
  expect_identical(edist_methods()$method, c(dist_methods, other_methods))
  expect_output(print(edist_methods()), "canberra")
})

test_that("messages translate the method names of other programs", {
  expect_errors(
    edist(1:3, "chebyshev"),
    edist_matrix(1:3, method = "L-inf"),
    edist_nearest(1:3, 1, method = "cityblock"),
    edist_within(1:3, radius = 1, method = "taxicab"),
    edist_reduce(1:3, "min", method = "l1"),
    edist_pairs(1:3, method = "l2"),
    edist_apply(1:3, FUN = sum, method = "Euclidean"),
    edist_plan(1:3, method = "squared euclidean", path = tempfile()),
    edist(1:3, "mahalanobis"),
    edist(1:3, "seuclidean"),
    edist(1:3, "pearson"),
    edist(1:3, "jaccard"),
    edist(1:3, "Bray-Curtis"),
    edist(1:3, "SMC"),
    edist(1:3, "daisy"),
    kind = "argument"
  )
  # Every recommended method exists.
  named <- regmatches(names(peer_names), regexpr("(?<=val )[a-z]+", names(peer_names),
                                                 perl = TRUE))
  expect_identical(setdiff(named, edist_methods()$method), character())
  expect_identical(anyDuplicated(unlist(peer_names)), 0L)
})

test_that("messages tell what is wrong with weights and cov", {
  x <- cbind(a = c(1, 5, 2), b = c(4, 1, 1))
  y <- unname(x)
  expect_errors(
    edist(x, weights = 1:3),
    edist(x, weights = "a"),
    edist(x, weights = list(1, 2)),
    edist(x, weights = factor(1:2)),
    edist(x, weights = c(1, NA)),
    edist(x, weights = c(1, -1)),
    edist(y, weights = c(Inf, 1)),
    edist(x, weights = c(0, 0)),
    edist(x, weights = c(1e308, 1e308)),
    kind = "argument"
  )
  expect_errors(
    edist(x, cov = diag(3)),
    edist(x, cov = matrix(0, 2, 3)),
    edist(x, cov = 1:2),
    edist(x, cov = matrix("a", 2, 2)),
    edist(x, cov = diag(c(1, NA))),
    edist(x, cov = matrix(c(1, 0.2, 0.3, 1), 2)),
    edist(x, cov = diag(c(1, 0))),
    edist(x, cov = matrix(1, 2, 2)),
    edist(x, cov = cov(cbind(x[, 1], x[, 1] / 3))),
    edist(x, cov = matrix(c(1, 2, 2, 1), 2)),
    kind = "argument"
  )
})

test_that("cov may be any kind of matrix", {
  x <- as.matrix(iris[1:6, 1:4])
  s <- cov(iris[1:4])
  want <- edist(x, cov = s)[1:15]
  expect_identical(edist(x, cov = as.data.frame(s))[1:15], want)
  # The units of columns may differ by any factor.
  scale <- c(1e-12, 1, 1e12, 1)
  far <- x %*% diag(scale)
  expect_equal(edist(far, cov = s * outer(scale, scale))[1:15], want)
  skip_if_not_installed("Matrix")
  expect_equal(edist(x, cov = Matrix::nearPD(s)$mat)[1:15], want, tolerance = 1e-6)
  expect_identical(edist(x, cov = Matrix::Matrix(s))[1:15], want)
  expect_identical(edist(x, cov = methods::as(s, "CsparseMatrix"))[1:15], want)
  expect_identical(edist(x, cov = Matrix::Diagonal(4))[1:15], edist(x, cov = diag(4))[1:15])
})

test_that("bad arguments of methods are refused", {
  expect_errors(
    edist(1:3, "kulczynski"),
    edist(1:3, c("euclidean", "maximum")),
    edist(1:3, "minkowski", p = 0),
    edist(1:3, "minkowski", p = Inf),
    edist(1:3, "minkowski", p = "two"),
    edist(1:3, strict = NA),
    edist(1:3, "cosine", strict = TRUE),
    edist(faithful, weights = 1),
    edist(faithful, weights = c(-1, 1)),
    edist(faithful, weights = c(0, 0)),
    edist(faithful, "binary", weights = c(1, 1)),
    edist(faithful, cov = diag(3)),
    edist(faithful, cov = matrix(1, 2, 2)),
    edist(faithful, "maximum", cov = diag(2)),
    edist_matrix(faithful, faithful, cov = "a")
  )
})

test_that("rescaling for missing columns does not overflow", {
  x <- rbind(c(1e154, NA, NA, NA), 0)
  expect_equal(c(edist(x)), 2e154, tolerance = 1e-15)
  expect_equal(edist_nearest(x[1, , drop = FALSE], 1,
                             x[2, , drop = FALSE])$distance[1],
               2e154, tolerance = 1e-15)
})
