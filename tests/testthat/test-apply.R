test_that("blocks are rows of the full matrix, in order", {
  x <- seeded(1, tied(57, 4, 50))
  rownames(x) <- paste0("r", 1:57)
  y <- seeded(2, tied(31, 4, 50))
  for (method in c("euclidean", "cosine", "binary")) {
    within <- edist_matrix(x, method = method)
    between <- edist_matrix(x, y, method)
    for (block in c(1, 10, 57, 100)) {
      expect_identical(edist_apply(x, FUN = identity, block = block, combine = rbind,
                                   method = method, threads = 2), within)
      expect_identical(edist_apply(x, identity, y, block = block, combine = rbind,
                                   method = method), between)
    }
  }
  expect_identical(edist_apply(x, FUN = function(d, rows) rows, block = 10), 1:57)
  parts <- edist_apply(x, FUN = nrow, block = 10, combine = NULL)
  expect_identical(parts, as.list(rep(c(10L, 7L), c(5, 1))))
  expect_identical(edist_apply(x, rowSums, y, block = 9), rowSums(edist_matrix(x, y)))
  expect_identical(edist_apply(x, rowMeans, y), rowMeans(edist_matrix(x, y)))
  s <- cov(as.matrix(iris[1:4]))
  expect_identical(edist_apply(iris[1:4], FUN = identity, block = 40, combine = rbind, cov = s),
                   edist_matrix(iris[1:4], cov = s))
  expect_null(edist_apply(x[0, ], FUN = identity))
  expect_identical(edist_apply(x, ncol, y[0, ]), 0L)
})

test_that("an error in FUN ends it, and leaves all in order", {
  calls <- 0
  expect_error(edist_apply(faithful, block = 10, FUN = function(d) {
    calls <<- calls + 1
    if (calls == 3) stop("enough")
  }), "enough")
  expect_identical(calls, 3)
  interrupted <- tryCatch(
    edist_apply(faithful, block = 10, FUN = function(d) raise_interrupt()),
    interrupt = function(e) "interrupted"
  )
  expect_identical(interrupted, "interrupted")
  # FUN may use the engine itself.
  nested <- edist_apply(faithful, block = 100, FUN = function(d) c(edist(c(1, 4))))
  expect_identical(nested, c(3, 3, 3))
})

test_that("bad arguments are refused", {
  expect_errors(
    edist_apply(faithful),
    edist_apply(faithful, FUN = "sum"),
    edist_apply(faithful, FUN = sum, block = 0),
    edist_apply(faithful, FUN = sum, block = 1.5),
    edist_apply(faithful, FUN = sum, block = 1e10),
    edist_apply(faithful, FUN = sum, combine = 1)
  )
})
