isas <- edist_info()$isa_available

test_that("every instruction set gives the distances, around all edges", {
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    expect_identical(edist_info()$isa, isa)
    # Tiles are at most 24 wide: 0 .. 2 * 24 + 1 rows.
    x <- seeded(1, matrix(rnorm(49 * 5), 49))
    y <- seeded(2, matrix(rnorm(49 * 5), 49))
    within <- naive_matrix(x)
    between <- naive_matrix(x, y)
    for (n in 0:49) {
      rows <- seq_len(n)
      part <- x[rows, , drop = FALSE]
      want <- within[rows, rows, drop = FALSE]
      threads <- n %% 4 + 1
      expect_equal(c(edist(part, threads = threads)), want[lower.tri(want)],
                   tolerance = 1e-14)
      expect_equal(edist_matrix(part, threads = threads), want,
                   tolerance = 1e-14)
      m <- 49 - n
      expect_equal(edist_matrix(part, y[seq_len(m), , drop = FALSE],
                                threads = threads),
                   between[rows, seq_len(m), drop = FALSE], tolerance = 1e-14)
    }
  }
})

test_that("columns around the summation and the cache blocks are all counted", {
  # Integers: every sum is exact, so any column lost or doubled shows.
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (p in c(1:3, 63:65, 127:129, 191, 256, 2047:2049, 2176, 4096, 4097)) {
      x <- seeded(p, matrix(sample(-9:9, 7 * p, TRUE) + 0, 7))
      got <- edist(x, "sqeuclidean", threads = 2)
      want <- outer(1:7, 1:7, Vectorize(function(i, j) sum((x[i, ] - x[j, ])^2)))
      expect_identical(c(got), want[lower.tri(want)])
    }
  }
})

test_that("blocks of rows meet: several of them, in either direction", {
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (n in c(239:241, 480, 959:961, 1100)) {
      x <- seeded(n, matrix(sample(-99:99, 3 * n, TRUE) + 0, n))
      y <- x[c(n, 1, 2), , drop = FALSE]
      d <- edist(x, "sqeuclidean", threads = 2)
      expect_identical(sqrt(c(d)), c(dist(x)))
      expect_identical(edist_matrix(x, y, "sqeuclidean"),
                       unname(as.matrix(d))[, c(n, 1, 2)])
      expect_identical(edist_matrix(y, x, "sqeuclidean"),
                       unname(as.matrix(d))[c(n, 1, 2), ])
    }
  }
})

test_that("no thread count and no shape of answer changes a bit", {
  skip_on_cran() # more than two threads
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (p in c(3, 200, 3000)) {
      n <- if (p == 3) 1300 else 500
      x <- seeded(p, matrix(rnorm(n * p), n))
      one <- edist(x, threads = 1)
      for (threads in 2:4) {
        # The call, which names the threads, is all that differs.
        again <- edist(x, threads = threads)
        attr(again, "call") <- attr(one, "call")
        expect_identical(again, one)
      }
      full <- edist_matrix(x, threads = 3)
      expect_identical(full[lower.tri(full)], c(one))
      expect_identical(full, t(full))
      expect_identical(diag(full), numeric(n))
      expect_identical(edist_matrix(x, x, threads = 2), full)
      expect_identical(edist_matrix(x[40:55, ], x, threads = 2), full[40:55, ])
    }
  }
})

test_that("the object is dist()'s: class, attributes, their order, labels", {
  got <- edist(faithful, threads = 2)
  want <- dist(faithful)
  expect_identical(names(attributes(got)), names(attributes(want)))
  expect_identical(attr(got, "call"), quote(edist(x = faithful, threads = 2)))
  attr(got, "call") <- attr(want, "call")
  expect_equal(got, want, tolerance = 1e-14)

  x <- as.matrix(mtcars[1:5, ])
  got <- edist(x, diag = TRUE, upper = TRUE)
  want <- dist(x, diag = TRUE, upper = TRUE)
  expect_identical(attributes(got)[c("Size", "Labels", "Diag", "Upper", "method")],
                   attributes(want)[c("Size", "Labels", "Diag", "Upper", "method")])
  expect_identical(names(attributes(got)), names(attributes(want)))
  expect_output(print(got), "Mazda RX4")
  expect_identical(hclust(got)$merge, hclust(want)$merge)
})

test_that("methods may be abbreviated, and dist()'s second spelling works", {
  x <- matrix(c(0, 3, 0, 4), 2)
  expect_identical(c(edist(x, "euc")), 5)
  expect_identical(c(edist(x, "euclidian")), 5)
  expect_identical(attr(edist(x, "euclidian"), "method"), "euclidean")
  expect_identical(c(edist(x, "sq")), 25)
  expect_identical(attr(edist(x, "sq"), "method"), "sqeuclidean")
  expect_identical(c(edist_matrix(x, x[2, , drop = FALSE], "sq")), c(25, 0))
})

test_that("rows and columns carry their names", {
  x <- as.matrix(mtcars[1:3, 1:2])
  y <- as.matrix(mtcars[4:5, 1:2])
  expect_identical(dimnames(edist_matrix(x, y)), list(rownames(x), rownames(y)))
  expect_identical(dimnames(edist_matrix(x)), list(rownames(x), rownames(x)))
  expect_identical(dimnames(edist_matrix(unname(x), y)), list(NULL, rownames(y)))
  expect_null(dimnames(edist_matrix(unname(x))))
})

test_that("nothing to compare gives what dist() gives", {
  for (shape in list(c(0, 0), c(0, 3), c(1, 3), c(1, 0), c(3, 0), c(2, 1))) {
    x <- matrix(1, shape[1], shape[2])
    got <- edist(x)
    want <- dist(x)
    attr(want, "call") <- attr(got, "call")
    expect_identical(got, want)
    expect_identical(edist_matrix(x), unname(as.matrix(want)))
  }
  expect_identical(edist_matrix(matrix(1, 2, 0), matrix(1, 3, 0)),
                   matrix(NA_real_, 2, 3))
  expect_identical(edist_matrix(matrix(1, 0, 2), matrix(1, 3, 2)), matrix(0, 0, 3))
  expect_identical(edist_matrix(matrix(1, 3, 2), matrix(1, 0, 2)), matrix(0, 3, 0))
})

test_that("sums that overflow do no harm, however many columns", {
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (p in c(10, 2100, 5000)) {
      x <- rbind(numeric(p), c(1e200, numeric(p - 1)))
      expect_identical(c(edist(x)), 1e200)
      expect_identical(c(edist(x, "sqeuclidean")), Inf)
    }
  }
})

test_that("a threaded call in the parent leaves forked children working", {
  skip_on_os("windows")
  x <- seeded(3, matrix(rnorm(2e5), 400))
  here <- edist_matrix(x, threads = 2)
  edist_bench_approaches()$openmp_outer(x, x, threads = 2)
  finalize_mirai()
  there <- parallel::mclapply(1:2, function(i) {
    list(edist_matrix(x, threads = 2), edist_info()$forked, edist_threads(),
         edist_bench_approaches()$openmp_outer(x, x, threads = 2))
  }, mc.cores = 2)
  for (child in there) {
    expect_identical(child[[1]], here)
    expect_true(child[[2]])
    expect_identical(child[[3]], 1L)
    expect_equal(child[[4]], here)
  }
  expect_false(edist_info()$forked)
  expect_identical(edist_matrix(x, threads = 2), here)
})

test_that("few columns give the very bits of dist(), and its trees", {
  shipped <- list(
    iris = iris[1:4], faithful = faithful, USArrests = USArrests, cars = cars,
    women = women, trees = trees, pressure = pressure, stackloss = stackloss,
    rock = rock, airquality = airquality[1:4], precip = precip,
    mtcars = mtcars[c(1, 3, 4, 6)], swiss = swiss[1:4], quakes = quakes[1:300, 1:4],
    LifeCycleSavings = LifeCycleSavings[1:4], attenu = attenu[4:5], state = state.x77[, 1:4]
  )
  linkages <- c("ward.D", "ward.D2", "single", "complete", "average", "mcquitty", "median",
                "centroid")
  for (name in names(shipped)) {
    x <- as.matrix(shipped[[name]])
    for (method in c("euclidean", "maximum", "manhattan", "canberra", "binary")) {
      expect_identical(c(edist(x, method)), c(dist(x, method)), label = paste(name, method))
    }
    d <- dist(x)
    if (anyNA(d)) next
    for (linkage in linkages) {
      ours <- hclust(edist(x), linkage)
      theirs <- hclust(d, linkage)
      expect_identical(ours[c("merge", "height", "order")],
                       theirs[c("merge", "height", "order")])
      expect_identical(cutree(ours, 3), cutree(theirs, 3))
    }
    expect_identical(suppressWarnings(cmdscale(edist(x))), suppressWarnings(cmdscale(d)))
    if (requireNamespace("cluster", quietly = TRUE)) {
      expect_identical(cluster::pam(edist(x), 3)$clustering, cluster::pam(d, 3)$clustering)
      expect_identical(cluster::agnes(edist(x))$merge, cluster::agnes(d)$merge)
    }
  }
})

test_that("few columns give the same bits on every instruction set", {
  x <- seeded(12, matrix(rnorm(400), 100))
  for (isa in edist_info()$isa_available) {
    withr::local_envvar(EDIST_ISA = isa)
    expect_identical(c(edist(x)), c(dist(x)))
  }
})
