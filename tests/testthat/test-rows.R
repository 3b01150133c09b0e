isas <- edist_info()$isa_available

share <- function(x) x / sum(x)
unit <- function(x) x / sqrt(sum(x^2))
kl <- function(x, y) sum(ifelse(x > 0, x * log(x / y), 0))

# Textbook definitions of two rows of quantities.
definitions <- list(
  chord = function(x, y) sqrt(sum((unit(x) - unit(y))^2)),
  hellinger = function(x, y) sqrt(sum((sqrt(share(x)) - sqrt(share(y)))^2)),
  jensenshannon = function(x, y) {
    middle <- (share(x) + share(y)) / 2
    sqrt((kl(share(x), middle) + kl(share(y), middle)) / 2)
  },
  braycurtis = function(x, y) 1 - 2 * sum(pmin(x, y)) / sum(x + y),
  ruzicka = function(x, y) 1 - sum(pmin(x, y)) / sum(pmax(x, y)),
  hamming = function(x, y) mean(x != y),
  dice = function(x, y) 1 - 2 * sum(x & y) / (sum(x != 0) + sum(y != 0)),
  simplematching = function(x, y) 1 - mean((x != 0) == (y != 0)),
  spearman = function(x, y) 1 - cor(x, y, method = "spearman")
)

# Quantities with zeros and ties.
quantities <- function(n, p) {
  x <- matrix(rexp(n * p), n)
  x[sample(n * p, n * p / 3)] <- 0
  x[, 1] <- sample(3, n, TRUE)
  x
}

test_that("methods agree with their definitions, on every instruction set", {
  seeded(1, for (p in c(3, 64, 65, 300, 2100)) {
    x <- quantities(26, p)
    y <- quantities(9, p)
    for (method in names(definitions)) {
      of <- function(i, j) definitions[[method]](x[i, ], y[j, ])
      want <- outer(1:26, 1:9, Vectorize(of))
      for (isa in isas) {
        withr::local_envvar(EDIST_ISA = isa)
        got <- edist_matrix(x, y, method, threads = sample(3, 1))
        expect_equal(got, want, tolerance = 1e-12, info = paste(method, isa, p))
      }
      whole <- edist_matrix(x, method = method)
      expect_identical(unname(as.matrix(edist(x, method))), whole)
      expect_identical(whole, t(whole))
      expect_equal(whole[-1, 1], edist_matrix(x[-1, ], x[1, , drop = FALSE], method)[, 1])
    }
  })
})

test_that("rows that are nearly the same keep their digits", {
  x <- seeded(2, quantities(2, 50)) + 1
  near <- x
  near[2, ] <- x[1, ]
  near[2, 1:2] <- near[2, 1:2] + c(2^-30, -2^-30)
  # For small changes the divergence is an eighth of chi-squared.
  change <- 2^-60 / sum(near[1, ]) * sum(1 / near[1, 1:2])
  expect_equal(c(edist(near, "jensenshannon")), sqrt(change / 8), tolerance = 1e-6)
  expect_equal(c(edist(near, "hellinger")), sqrt(change / 4), tolerance = 1e-6)
  expect_equal(c(edist(near, "braycurtis")), 2^-30 / sum(near[1, ]), tolerance = 1e-12)
  for (method in setdiff(names(definitions), "spearman")) {
    expect_identical(c(edist(near[c(1, 1), ], method)), 0, info = method)
  }
})

test_that("a column is left out, or the row, where a value is missing", {
  x <- rbind(c(1, 2, NA, 4, 0), c(2, 2, 3, NA, 1))
  both <- x[, c(1, 2, 5)]
  for (method in c("braycurtis", "ruzicka", "hamming", "dice", "simplematching")) {
    expect_identical(c(edist(x, method)), c(edist(both, method)), info = method)
    expect_identical(c(edist(cbind(c(1, NA), c(NA, 1)), method)), NA_real_)
  }
  for (method in c("chord", "hellinger", "jensenshannon", "spearman")) {
    expect_identical(c(edist(x, method)), NA_real_, info = method)
  }
  expect_identical(c(edist(rbind(c(-1, 2), 1:2), "hellinger")), NA_real_)
  expect_identical(c(edist(rbind(0, 1), "jensenshannon")), NA_real_)
  expect_identical(c(edist(matrix(0, 2, 2), "braycurtis")), NA_real_)
  expect_identical(c(edist(matrix(0, 2, 2), "dice")), 0)
})

test_that("quantities of any size give the same shares", {
  x <- seeded(3, quantities(5, 40))
  for (method in c("chord", "hellinger", "jensenshannon", "braycurtis", "ruzicka")) {
    for (scale in c(2^1010, 2^-1000)) {
      expect_equal(c(edist(x * scale, method)), c(edist(x, method)), info = method)
    }
  }
  # The last digits of numbers next to zero are gone, no more.
  expect_equal(c(edist(x * 2^-1060, "braycurtis")), c(edist(x, "braycurtis")),
               tolerance = 1e-3)
})

test_that("labels are compared, whatever their codes", {
  x <- data.frame(a = factor(c("u", "v", NA)), b = c("s", "s", "t"), n = c(1, 2, 1))
  y <- data.frame(a = factor("v", c("w", "v")), b = "t", n = 1)
  expect_identical(c(edist(x, "hamming")), c(2 / 3, 1 / 2, 1))
  expect_identical(edist_matrix(x, y, "hamming")[, 1], c(2 / 3, 2 / 3, 0))
  letters <- matrix(c("A", "C", "G", "A", "C", "T"), 2, byrow = TRUE)
  expect_identical(c(edist(letters, "hamming")), 1 / 3)
  expect_identical(attr(edist(data.frame(a = c("x", "y"), row.names = c("p", "q")),
                              "hamming"), "Labels"), c("p", "q"))
  expect_errors(edist(x), edist(x, "canberra"), kind = "argument")
})

test_that("gower is that of cluster::daisy()", {
  skip_if_not_installed("cluster")
  mixed <- seeded(4, data.frame(
    number = rnorm(40, 1e6), constant = 3, whole = sample(9L, 40, TRUE),
    label = factor(sample(letters[1:4], 40, TRUE)),
    order = factor(sample(5, 40, TRUE), ordered = TRUE),
    flag = sample(c(TRUE, FALSE), 40, TRUE)
  ))
  holes <- mixed
  for (k in seq_along(holes)) holes[k + 1:3, k] <- NA
  weights <- c(2, 1, 4, 1, 3, 1.5) # daisy() takes 0.5 for nothing
  for (x in list(mixed, holes)) {
    want <- function(...) {
      suppressWarnings(c(cluster::daisy(x, "gower", ...)))
    }
    expect_equal(c(edist(x, "gower")), want(), tolerance = 1e-12)
    expect_equal(c(edist(x, "gower", weights = weights)), want(weights = weights),
                 tolerance = 1e-12)
    expect_equal(edist_matrix(x, x, "gower"), unname(as.matrix(edist(x, "gower"))),
                 ignore_attr = TRUE)
    d <- unname(edist_matrix(x, method = "gower"))
    expect_identical(edist_nearest(x, 3, method = "gower")$distance,
                     naive_nearest(d, 3, self = TRUE)$distance)
  }
  expect_errors(edist(data.frame(a = c(1, Inf, 2)), "gower"), kind = "argument")
})

test_that("gower takes labels in any form, and levels by their names", {
  labels <- matrix(c("a", "b", "c", "x", "x", "y"), 3)
  expect_identical(c(edist(labels, "gower")), c(0.5, 1, 1))
  expect_identical(c(edist(c("a", "b", "c"), "gower")), c(1, 1, 1))
  sizes <- c("S", "M", "L")
  x <- data.frame(size = factor(sizes, sizes, ordered = TRUE))
  y <- data.frame(size = factor(c("L", "M"), c("M", "L"), ordered = TRUE))
  expect_identical(unname(edist_matrix(x, y, "gower")),
                   rbind(c(1, 0.5), c(0.5, 0), c(0, 0.5)))
})

test_that("haversine is right for near places, poles and antipodes", {
  radius <- 6371008.8
  quarter <- pi / 2 * radius
  places <- rbind(c(0, 0), c(180, 0), c(0, 90), c(77, -90), c(-180, 0), c(90, 0))
  d <- edist_matrix(places, method = "haversine")
  want <- quarter * rbind(c(0, 2, 1, 1, 2, 1), c(2, 0, 1, 1, 0, 1), c(1, 1, 0, 2, 1, 1),
                          c(1, 1, 2, 0, 1, 1), c(2, 0, 1, 1, 0, 1), c(1, 1, 1, 1, 1, 0))
  expect_equal(d, want, tolerance = 1e-15)
  expect_equal(c(edist(rbind(c(5, 50), c(5, 50 + 1e-6)), "haversine")),
               radius * 1e-6 * pi / 180, tolerance = 1e-7)
  expect_equal(c(edist(rbind(c(0, 0), c(180 - 1e-6, 0)), "haversine")),
               2 * quarter - radius * 1e-6 * pi / 180, tolerance = 1e-15)
  named <- data.frame(latitude = c(38.72, -1.29), longitude = c(-9.14, 36.82))
  expect_identical(c(edist(named, "haversine")), c(edist(unname(named[2:1]), "haversine")))
  expect_equal(c(edist(named, edist_method("haversine", radius = 1))),
               c(edist(named, "haversine")) / radius)
  expect_identical(c(edist(rbind(c(1, NA), c(2, 3)), "haversine")), NA_real_)
  expect_errors(edist(mtcars, "haversine"), edist(cbind(1, c(3, 91)), "haversine"),
                kind = "argument")
})

test_that("parameters belong to a method", {
  x <- rbind(1:3, 3:1)
  two <- edist_method("jensenshannon", base = 2)
  expect_equal(c(edist(x, two)), c(edist(x, "jensenshannon")) / sqrt(log(2)))
  expect_identical(attr(edist(x, two), "method"), "jensenshannon")
  expect_output(print(two), "jensenshannon, base = 2")
  expect_errors(edist_method("none"), edist_method("euclidean", radius = 1),
                edist_method("haversine", radius = 0),
                edist_method("jensenshannon", base = 1), kind = "argument")
})

test_that("weights count as many copies of a column", {
  x <- seeded(5, tied(30, 5, holes = 20))
  weights <- c(1, 3, 0, 2, 1)
  copies <- x[, rep(1:5, weights)]
  for (method in setdiff(weighted_methods, c("maximum", "gower"))) {
    for (p in if (method == "minkowski") c(1, 2, 2.5, 2.3) else 2) {
      expect_equal(c(edist(x, method, p = p, weights = weights)),
                   c(edist(copies, method, p = p)), tolerance = 1e-13, info = paste(method, p))
      near <- edist_nearest(x, 3, method = method, p = p, weights = weights)
      expect_equal(near$distance, edist_nearest(copies, 3, method = method, p = p)$distance)
    }
  }
  expect_equal(c(edist(x, "maximum", weights = weights)),
               c(edist(t(t(x) * weights), "maximum")))
  expect_errors(edist(x, "cosine", weights = 1:5), kind = "argument")
})

pairwise <- function(name) edist_method(name, use = "pairwise")

test_that("use = \"pairwise\" gives what cor() gives for each pair's own columns", {
  x <- seeded(1, tied(40, 12, holes = 150))
  y <- seeded(2, tied(30, 12, holes = 100))
  for (name in c("correlation", "spearman")) {
    kind <- c(correlation = "pearson", spearman = "spearman")[[name]]
    cor_of <- function(x, y) {
      suppressWarnings(cor(t(x), t(y), method = kind, use = "pairwise.complete.obs"))
    }
    for (threads in c(1, 3)) {
      expect_equal(edist_matrix(x, y, pairwise(name), threads = threads),
                   1 - cor_of(x, y), tolerance = 1e-14)
    }
    one <- 1 - cor_of(x, x)
    diag(one) <- 0
    expect_equal(edist_matrix(x, method = pairwise(name)), one, tolerance = 1e-14)
    whole <- edist_matrix(x, y, pairwise(name))
    expect_identical(edist_nearest(x, 3, y, pairwise(name), threads = 2)$distance,
                     t(apply(whole, 1, function(d) sort(d, na.last = TRUE)[1:3])))
    expect_identical(edist_matrix(Matrix::Matrix(x, sparse = TRUE), y, pairwise(name)),
                     whole)
    expect_equal(edist_pairs(x[1:5, ], y[1:5, ], method = pairwise(name)),
                 diag(whole[1:5, 1:5]))
    # Many pairs of few rows are computed by more threads than their matrix would be.
    i <- seeded(3, sample(40, 2e5, TRUE))
    j <- seeded(4, sample(30, 2e5, TRUE))
    expect_identical(edist_pairs(x, y, i, j, method = pairwise(name), threads = 4),
                     whole[cbind(i, j)])
    # Without missing values, it is the method as ever.
    full <- x[complete.cases(x), ]
    expect_identical(edist_matrix(full, method = pairwise(name)),
                     edist_matrix(full, method = name))
  }
})

test_that("pairwise correlations survive extremes of size", {
  x <- rbind(c(1e300, 1e-300, 2e-300, 4e-300, NA), c(NA, 1, 2, 4, 7),
             c(1, 5e-324, 1e-323, 2e-323, NA), c(NA, 1e308, -1e308, 0, 1e308),
             c(NA, 0.1, 0.1, 0.1, 3), c(Inf, 1, 2, 4, 7), c(NA, NA, NA, 1, 2))
  d <- edist_matrix(x, method = pairwise("correlation"))
  expect_lt(d[1, 2], 1e-30)
  expect_equal(d[2, 3], 1 - cor(c(1, 2, 4), c(1, 2, 4)), tolerance = 1e-15)
  expect_equal(d[2, 4], 1 - cor(c(1, 2, 4, 7), c(1, -1, 0, 1)))
  expect_identical(d[1, 5], NA_real_) # one value three times
  expect_identical(d[2, 6], 0)        # the infinite value is not common
  expect_identical(d[6, 1], NA_real_)
  expect_identical(d[7, 1], NA_real_) # one column
  # Rows that nearly agree keep their digits.
  a <- c(NA, 1:50)
  b <- a + c(0, 1e-9, rep(0, 49))
  near <- edist_matrix(rbind(a), rbind(b), pairwise("correlation"))
  expect_equal(near[1], edist_matrix(rbind(a[-1]), rbind(b[-1]), "correlation")[1],
               tolerance = 1e-6)
})

test_that("the columns of a pair are part of a plan", {
  skip_if_not_installed("jsonlite")
  x <- seeded(1, tied(40, 12, holes = 150))
  path <- local_path()
  plan <- edist_plan(x, path, method = pairwise("spearman"), tile = 11)
  edist_run(plan, threads = 2)
  d <- edist_matrix(x, method = pairwise("spearman"))
  expect_identical(edist_open(path)[, ], d)
  expect_identical(edist_nearest(plan, 2)$distance,
                   edist_nearest(x, 2, method = pairwise("spearman"))$distance)
  one <- edist_method("haversine", radius = 1)
  places <- cbind(1:5, 2:6)
  path <- local_path()
  edist_plan(places, path, method = one)
  expect_error(edist_plan(places, path, method = "haversine"),
               "has radius or base 1, not 6371008.8")
  expect_errors(
    edist_method("euclidean", use = "pairwise"),
    edist_method("spearman", use = "complete.obs")
  )
})

test_that("totals of rows change no bit: a pair gives the same beside any other row", {
  clean <- seeded(1, matrix(rpois(70 * 130, 1), 70))
  odd <- rbind(clean, clean[1, ])
  for (value in list(NA, -1, Inf, 1e308, 0.1)) {
    odd[71, 7] <- value
    for (method in c("braycurtis", "ruzicka", "binary", "dice", "simplematching")) {
      whole <- edist_matrix(clean, method = method, threads = 2)
      beside <- suppressWarnings(edist_matrix(odd, method = method, threads = 2))
      expect_identical(beside[1:70, 1:70], whole, info = method)
      expect_identical(as.matrix(edist(clean, method)), whole, ignore_attr = TRUE)
      expect_identical(edist_pairs(clean, i = 1:20, j = 21:40, method = method),
                       diag(whole[1:20, 21:40]))
      expect_identical(edist_matrix(clean[1:5, ], clean, method), whole[1:5, ])
      if (requireNamespace("Matrix", quietly = TRUE)) {
        sparse <- Matrix::Matrix(clean, sparse = TRUE)
        expect_identical(edist_matrix(sparse, method = method), whole, ignore_attr = TRUE)
      }
    }
  }
  # Rows that share nothing are at distance 1, whole numbers or not.
  apart <- rbind(c(0.1, 0.2, 0.7, 0, 0), c(0, 0, 0, 0.3, 0.7))
  for (by in c(1, 10)) {
    expect_identical(edist(by * apart, "braycurtis")[1], 1)
    expect_identical(edist(by * apart, "ruzicka")[1], 1)
  }
})

test_that("totals that nearly overflow, and many columns, are right", {
  large <- rbind(c(.Machine$double.xmax / 3, 1), c(.Machine$double.xmax / 2, 0),
                 c(1e300, 1e300))
  expect_equal(edist_matrix(large, method = "braycurtis")[1, 2], 1 / 5)
  expect_equal(edist_matrix(large, method = "ruzicka")[1, 2], 1 / 3)
  x <- seeded(2, matrix(rpois(70 * 5000, 0.7), 70))
  whole <- lapply(c(bray = "braycurtis", binary = "binary", dice = "dice"), function(m) {
    edist_matrix(x, method = m, threads = 2)
  })
  for (i in 1:2) {
    a <- x[i, ]
    b <- x[i + 3, ]
    pair <- rbind(a, b)
    expect_equal(edist(pair, "braycurtis")[1], sum(abs(a - b)) / sum(a + b),
                 tolerance = 1e-15)
    expect_identical(edist(pair, "binary")[1], sum((a > 0) != (b > 0)) / sum(a > 0 | b > 0))
    expect_identical(edist(pair, "dice")[1],
                     sum((a > 0) != (b > 0)) / (sum(a > 0) + sum(b > 0)))
    expect_identical(edist(pair, "binary"), dist(pair, "binary"), ignore_attr = TRUE)
    for (m in c("bray", "binary", "dice")) {
      name <- if (m == "bray") "braycurtis" else m
      expect_identical(whole[[m]][i, i + 3], edist(pair, name)[1])
    }
  }
})
