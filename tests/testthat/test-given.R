manhattan <- function(x, y) edist_matrix(x, y, "manhattan")

test_that("a function gives distances to all answers", {
  x <- seeded(1, tied(70, 4, holes = 20))
  y <- seeded(2, tied(50, 4, holes = 20))
  rownames(x) <- paste0("r", 1:70)
  for (other in list(NULL, y)) {
    same <- function(f, ...) {
      got <- f(x, y = other, method = manhattan, ...)
      want <- f(x, y = other, method = "manhattan", ...)
      if (is.list(got)) {
        got <- got[c("index", "distance")]
        want <- want[c("index", "distance")]
      }
      expect_equal(got, want)
    }
    same(edist_matrix)
    same(edist_nearest, k = 5)
    same(edist_within, radius = 2)
    same(edist_reduce, stat = "mean")
    same(edist_reduce, stat = "which.min", group = rep(1:2, 25 + 10 * is.null(other)))
    same(edist_apply, FUN = rowSums, block = 9)
    same(edist_pairs, i = 1:30, j = 30:1)
  }
  d <- edist(x, manhattan)
  expect_equal(c(d), c(edist(x, "manhattan")))
  expect_identical(attr(d, "method"), "function")
})

test_that("a function may be slow, fail, or return something else", {
  x <- seeded(3, matrix(rnorm(600), 300))
  expect_error(edist_matrix(x, method = function(x, y) stop("no way")), "no way")
  expect_error(edist_matrix(x, method = function(x, y) x), "numeric matrix of .* by .*, not")
  expect_error(edist_nearest(x, 1, method = function(x, y) "a"), "numeric matrix of")
  expect_errors(edist_matrix(x, method = manhattan, strict = TRUE),
                edist_nearest(x, 1, method = manhattan, weights = 1:2),
                edist_plan(x, tempfile(), method = manhattan), kind = "argument")
  # The engine works again, and within itself.
  expect_identical(edist_matrix(x[1:3, ]), edist_matrix(x)[1:3, 1:3])
})

test_that("distances that are there give the answers of the data", {
  x <- seeded(4, tied(80, 3, holes = 50))
  rownames(x) <- paste0("r", 1:80)
  d <- edist(x)
  for (given in list(d, edist_distances(as.matrix(d)), edist_distances(d))) {
    near <- edist_nearest(given, 4)
    want <- edist_nearest(x, 4)
    expect_identical(near$index, want$index)
    expect_identical(near$distance, want$distance)
    expect_identical(edist_reduce(given, "mean"), edist_reduce(x, "mean"))
    expect_identical(edist_reduce(given, "count", radius = 1),
                     edist_reduce(x, "count", radius = 1))
    groups <- rep(1:4, 20)
    expect_equal(edist_reduce(given, "mean", group = groups),
                 edist_reduce(x, "mean", group = groups), tolerance = 1e-15)
    expect_identical(edist_within(given, 1, as = "data.frame"),
                     edist_within(x, 1, as = "data.frame"))
  }
  cross <- edist_matrix(x, x[1:9, ])
  expect_identical(edist_nearest(edist_distances(cross), 2)$index,
                   edist_nearest(x, 2, x[1:9, ])$index)
  expect_output(print(edist_distances(cross)), "between 80 and 9 rows")
})

test_that("a sparse matrix holds some distances, a store all", {
  skip_if_not_installed("Matrix")
  x <- seeded(5, matrix(rnorm(120), 60))
  within <- edist_within(x, 1)
  near <- edist_nearest(edist_distances(within), 60 - 1)
  d <- edist_matrix(x)
  d[d > 1] <- NA
  want <- naive_nearest(d, 59, self = TRUE)
  there <- !is.na(near$distance)
  expect_identical(rowSums(there), rowSums(!is.na(d)) - 1)
  expect_identical(near$distance[there], want$distance[there])
  expect_identical(near$index[there], want$index[there])
  skip_if_not_installed("jsonlite")
  store <- edist_run(edist_plan(x, local_path(), tile = 17))
  expect_identical(edist_nearest(store, 3)$index, edist_nearest(x, 3)$index)
})

test_that("what is no distance is refused", {
  d <- dist(matrix(1:6, 3))
  expect_errors(
    edist_distances("a"), edist_distances(matrix(1:4, 2), cross = FALSE),
    edist_nearest(d, 1, d), edist_nearest(d, 1, method = "manhattan"),
    edist_within(d, 1, strict = TRUE), edist_nearest(d, 3), edist_matrix(d),
    kind = "argument"
  )
})
