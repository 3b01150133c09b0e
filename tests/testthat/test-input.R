test_that("all kinds of numbers work, and agree", {
  x <- seeded(1, matrix(sample(0:1, 60, TRUE), 12))
  want <- c(dist(x))
  logical <- x == 1
  for (same in list(x, x + 0, logical, as.data.frame(x), as.data.frame(logical))) {
    expect_equal(c(edist(same)), want, tolerance = 1e-15)
  }
  expect_equal(edist_matrix(x, x + 0.5), naive_matrix(x, x + 0.5))
  wide <- matrix(c(.Machine$integer.max, -.Machine$integer.max), 2)
  expect_identical(c(edist(wide)), 2 * as.numeric(.Machine$integer.max))
})

test_that("vectors are one column, names are labels", {
  v <- c(a = 1, b = 4, c = 6)
  expect_identical(c(edist(v)), c(3, 5, 2))
  expect_identical(attr(edist(v), "Labels"), c("a", "b", "c"))
  expect_identical(edist_matrix(v, c(z = 0)),
                   matrix(c(1, 4, 6), dimnames = list(names(v), "z")))
  expect_identical(c(edist(TRUE)), numeric())
})

test_that("data frames keep row names, but not automatic ones", {
  expect_identical(attr(edist(mtcars), "Labels"), rownames(mtcars))
  expect_null(attr(edist(data.frame(a = 1:3)), "Labels"))
})

test_that("a dist is taken as its full matrix, as dist() does", {
  d <- dist(faithful[1:6, ])
  expect_equal(c(edist(d)), c(dist(d)))
})

test_that("the input is not touched", {
  x <- matrix(1:6, 3)
  y <- x + 0
  before <- list(x + 0L, y + 0)
  edist_matrix(x, y)
  expect_identical(list(x, y), before)
})

test_that("bad input gets one clear sentence", {
  x <- matrix(1, 3, 2)
  expect_errors(
    edist(),
    edist(NULL),
    edist("a"),
    edist(letters),
    edist(1i),
    edist(factor(1:3)),
    edist(list(1, 2)),
    edist(as.Date("2024-01-01") + 0:2),
    edist(mean),
    edist(iris),
    edist(data.frame(a = 1:2, b = c("x", "y"))),
    edist(data.frame(a = 1:2, b = I(list(1, 2)))),
    edist(data.frame(day = as.Date("2024-01-01") + 0:2)),
    edist(raw(3)),
    edist_matrix(x, "a"),
    edist_matrix(x, matrix(1, 3, 5))
  )
  expect_errors(
    edist(x, method = "hamming"),
    edist(x, method = ""),
    edist(x, method = c("euclidean", "sqeuclidean")),
    edist(x, method = 1),
    edist(x, method = NA_character_),
    edist(x, squared = TRUE),
    edist(x, "euclidean", FALSE, FALSE, 2, 4),
    edist_matrix(x, squared = TRUE)
  )
})

test_that("a result larger than memory is refused before anything is done", {
  # Ten million rows: 400 TB. A matrix without columns takes no memory itself.
  x <- matrix(0, 1e7, 0)
  expect_error(edist(x), "The result must fit in memory, but .* would take 400 TB")
  expect_error(edist(x), "edist_matrix\\(x\\[i, \\], x\\)")
  expect_error(edist_matrix(x), "would take 800 TB .* call `edist\\(x\\)")
  expect_error(edist_matrix(x, x), "call `edist_matrix\\(x\\[i, \\], y\\)")
})

test_that("a sparse matrix whose slots do not fit each other is an error", {
  skip_if_not_installed("Matrix")
  x <- seeded(3, Matrix::rsparsematrix(20, 5, 0.3))
  spoil <- list(
    function(x) { x@i[3] <- 1000000L; x },
    function(x) { x@i[1] <- -1L; x },
    function(x) { x@i <- rev(x@i); x },
    function(x) { x@p[2] <- 99999L; x },
    function(x) { x@p <- x@p[1:3]; x },
    function(x) { x@x <- x@x[1:3]; x },
    function(x) { x@Dim <- c(20L, 50000L); x },
    function(x) { x@Dim <- c(-20L, 5L); x }
  )
  ask <- list(edist, edist_matrix, edist_nearest, edist_reduce, edist_pairs,
              function(x) edist_matrix(matrix(0, 1, 5), x),
              function(x) edist_within(x, radius = 1, as = "count"),
              function(x) edist_apply(x, FUN = sum))
  for (f in spoil) {
    for (g in ask) expect_error(g(f(x)), "`[xy]` must be a valid")
  }
})
