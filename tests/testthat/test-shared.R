test_that("all processes see what forked workers write", {
  skip_if_not(has_fork())
  out <- edist_shared(3, 4)
  pid <- edist_shared(1, 4)
  finalize_mirai()
  parallel::mclapply(1:4, function(j) {
    out[, j] <- j * 1:3
    pid[1, j] <- Sys.getpid()
  }, mc.cores = 2)
  expect_identical(as.matrix(out), outer(1:3, 1:4) + 0)
  expect_false(any(pid[1, ] == Sys.getpid()))
  expect_identical(length(unique(pid[1, ])), 2L)
})

test_that("a shared matrix is indexed as an ordinary one", {
  skip_if_not(has_fork())
  shared <- edist_shared(4, 3)
  plain <- matrix(0, 4, 3)
  shared[, ] <- plain[, ] <- c(12:1) + 0.5
  shared[2, 1:2] <- plain[2, 1:2] <- c(-1, NA)
  shared[-1, 3] <- plain[-1, 3] <- 7L
  shared[c(TRUE, FALSE), 1] <- plain[c(TRUE, FALSE), 1] <- TRUE
  expect_identical(as.matrix(shared), plain)
  expect_identical(shared[, ], plain)
  expect_identical(shared[3, ], plain[3, ])
  expect_identical(shared[3, , drop = FALSE], plain[3, , drop = FALSE])
  expect_identical(shared[4:2, -1], plain[4:2, -1])
  expect_identical(shared[0, ], plain[0, ])
  expect_identical(dim(shared), c(4L, 3L))
  expect_identical(length(shared), 12L)
  expect_output(print(shared), "4 rows and 3 columns, 96 bytes")
})

test_that("assignment writes in place", {
  skip_if_not(has_fork())
  a <- edist_shared(2, 2)
  b <- a
  b[1, 2] <- 5
  expect_identical(a[1, 2], 5)
  expect_identical(as.matrix(edist_shared(0, 3)), matrix(0, 0, 3))
})

test_that("bad arguments of a shared matrix are refused", {
  skip_if_not(has_fork())
  s <- edist_shared(2, 3)
  expect_errors(
    edist_shared(-1, 2),
    edist_shared(1, 2.5),
    edist_shared("a", 2),
    edist_shared(2, c(1, 2)),
    s[3, 1],
    s[1, "a"],
    s[1, NA],
    s[1, 1, drop = NA],
    s[, , drop = "no"],
    edist_shared(1e10, 1),
    .Call(C_edist_shared_read, s, 9L, 1L),
    .Call(C_edist_shared_write, s, 1L, 1L, c(1, 2)),
    edist_shared(2147483647, 1073741825),
    s[1],
    s[1, 1, 1],
    { s[1] <- 2 },
    { s[1, ] <- 1:2 },
    { s[1, 1] <- "a" },
    unserialize(serialize(s, NULL))[1, 1]
  )
  expect_identical(as.matrix(s), matrix(0, 2, 3))
})
