d <- dist(scale(mtcars))
full <- as.matrix(d)

test_that("single values, rows, subsets and the full matrix are those of as.matrix", {
  n <- nrow(full)
  i <- rep(1:n, n)
  j <- rep(1:n, each = n)
  expect_identical(edist_dist_value(d, i, j), c(full))
  expect_identical(edist_dist_value(d, "Fiat 128", 1:3), unname(full["Fiat 128", 1:3]))
  for (row in c(1, 7, n)) expect_identical(edist_dist_row(d, row), full[row, ])
  expect_identical(edist_dist_row(d, "Valiant"), full["Valiant", ])
  expect_identical(edist_dist_full(d), full)
  for (n in c(0:3, 31:33, 64, 100)) {
    some <- dist(seeded(n, matrix(rnorm(2 * n), n)))
    expect_identical(edist_dist_full(some), if (n > 0) as.matrix(some) else
      matrix(0, 0, 0, dimnames = list(NULL, NULL)), info = n)
  }
})

test_that("a subset is the dist of the subset", {
  x <- scale(mtcars)
  for (i in list(1:32, 5, integer(), c(9, 2, 30), -(1:5), mtcars$cyl == 6,
                 c("Valiant", "Fiat 128"))) {
    got <- edist_dist_subset(d, i)
    want <- dist(x[i, , drop = FALSE])
    attr(got, "call") <- attr(want, "call") <- NULL
    if (length(i) == 0) attr(got, "Labels") <- attr(want, "Labels") <- NULL
    expect_identical(got, want)
  }
})

test_that("dist objects of others work, those without labels and of integers too", {
  whole <- as.dist(matrix(1:16, 4))
  storage.mode(whole) <- "integer"
  expect_identical(edist_dist_value(whole, 3, 1), 3)
  expect_equal(edist_dist_full(whole), as.matrix(whole))
  expect_null(names(edist_dist_row(dist(1:4), 2)))
})

test_that("what base R does with a dist it does with edist's", {
  x <- scale(mtcars)
  theirs <- dist(x)
  for (ours in list(edist(x), edist(x, strict = TRUE))) {
    expect_identical(labels(ours), labels(theirs))
    expect_identical(format(ours, digits = 4), format(theirs, digits = 4))
    expect_identical(capture.output(print(ours, digits = 4, diag = TRUE)),
                     capture.output(print(theirs, digits = 4, diag = TRUE)))
    expect_equal(as.matrix(ours), as.matrix(theirs))
    expect_equal(as.dist(ours), as.dist(theirs), ignore_attr = "call")
    trees <- lapply(list(ours, theirs), hclust, "average")
    expect_identical(trees[[1]]$merge, trees[[2]]$merge)
    expect_identical(cutree(trees[[1]], 4), cutree(trees[[2]], 4))
    expect_equal(cophenetic(trees[[1]]), cophenetic(trees[[2]]))
    expect_equal(abs(cmdscale(ours)), abs(cmdscale(theirs)), tolerance = 1e-10)
  }
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_identical(heatmap(x, distfun = edist), heatmap(x))
})

test_that("bad arguments of readers are refused", {
  expect_errors(
    edist_dist_value(1:3, 1, 2),
    edist_dist_value(d, 0, 2),
    edist_dist_value(d, 1, 33),
    edist_dist_value(d, 1.5, 2),
    edist_dist_value(d, NA, 2),
    edist_dist_value(d, "Trabant", 2),
    edist_dist_row(d, 1:2),
    edist_dist_row(dist(1:3), "a"),
    edist_dist_subset(d, 40),
    edist_dist_full(matrix(0, 2, 2)),
    edist_dist_value(d, 1:4, 1:2),
    edist_dist_value(d, integer(), 1:2),
    kind = "argument"
  )
})

test_that("a dist whose attributes do not fit its length is an error", {
  for (size in list(-3L, NA, "4", 4.5, NULL, c(4, 4), -3, Inf)) {
    d <- dist(matrix(1:4))
    attr(d, "Size") <- size
    expect_error(edist_dist_full(d), "must be a dist object whose Size and Labels fit")
    expect_error(edist_dist_value(d, 1, 2), "must be a dist object")
  }
  d <- dist(matrix(1:4))
  attr(d, "Labels") <- c("a", "b")
  expect_error(edist_dist_row(d, 1), "2 labels")
})
