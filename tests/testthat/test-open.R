test_that("a store is indexed like a matrix, with the same values", {
  path <- local_path()
  x <- seeded(1, matrix(rnorm(60 * 4), 60, dimnames = list(paste0("r", 1:60), NULL)))
  y <- seeded(2, matrix(rnorm(40 * 4), 40, dimnames = list(paste0("c", 1:40), NULL)))
  pairs <- list(
    list(edist_run(edist_plan(x, path = path, tile = 17)), edist_matrix(x)),
    list(edist_run(edist_plan(x, y, path = local_path(), tile = c(17, 9))),
         edist_matrix(x, y))
  )
  for (pair in pairs) {
    d <- pair[[1]]
    m <- pair[[2]]
    expect_identical(dim(d), dim(m))
    expect_identical(dimnames(d), dimnames(m))
    expect_equal(length(d), length(m))
    expect_identical(as.matrix(d), m)
    expect_identical(d[], m)
    expect_identical(d[, ], m)
    expect_identical(d[3, ], m[3, ])
    expect_identical(d[, 40], m[, 40])
    expect_identical(d[5, 6], m[5, 6])
    expect_identical(d[5, 6, drop = FALSE], m[5, 6, drop = FALSE])
    expect_identical(d[c(60, 2, 2, 18), c(40, 1)], m[c(60, 2, 2, 18), c(40, 1)])
    expect_identical(d[-(1:50), -1], m[-(1:50), -1])
    expect_identical(d[c(TRUE, FALSE), ], m[c(TRUE, FALSE), ])
    expect_identical(d["r17", 3:4], m["r17", 3:4])
    expect_identical(d[0, ], m[0, ])
    expect_identical(head(d, 2), head(m, 2))
    expect_identical(d[[5, 6]], m[[5, 6]])
    expect_identical(d[cbind(1:9, 9:1)], m[cbind(1:9, 9:1)])
    expect_identical(d[c(1, 77, 2399)], m[c(1, 77, 2399)])
    expect_identical(diag(d), diag(m))
    expect_identical(apply(d, 1, sum), apply(m, 1, sum))
    expect_identical(edist_apply(d, FUN = function(d) d[, 1], block = 11), m[, 1])
    expect_identical(tail(d, 2), tail(m, 2))
    expect_identical(as.vector(d), as.vector(m))
    expect_identical(as.numeric(d), as.numeric(m))
    expect_identical(as.data.frame(d), as.data.frame(m))
    expect_identical(row(d), row(m))
    expect_null(names(d))
  }
  d <- pairs[[1]][[1]]
  e <- edist(x)
  got <- as.dist(d)
  attr(e, "call") <- attr(got, "call") <- NULL
  expect_identical(got, e)
  text <- capture.output(print(d))
  expect_match(text[1], "A store of 60 x 60 distances, euclidean, 37 kB", fixed = TRUE)
  d$plan$path <- "d.zarr"
  expect_errors(
    d[61, 1],
    d["r61", 1],
    d[3601],
    d[[1:2, 3]],
    cbind(d, 1),
    d[1, 1, drop = NA],
    d[list(1), 1],
    d[1, 1] <- 0,
    max(d),
    d + 1,
    sqrt(d),
    mean(d),
    anyNA(d),
    t(d),
    as.dist(pairs[[2]][[1]]),
    edist_apply(d, y = x, FUN = identity),
    edist_open("no.zarr"),
    edist_open(d$plan),
    edist_open(3),
    edist_status(d)
  )
})

test_that("single cells are read by row and column or by number", {
  path <- local_path()
  x <- seeded(1, matrix(rnorm(60 * 4), 60, dimnames = list(paste0("r", 1:60), NULL)))
  y <- seeded(2, matrix(rnorm(40 * 4), 40, dimnames = list(paste0("c", 1:40), NULL)))
  d <- edist_run(edist_plan(x, y, path = path, tile = c(17, 9)))
  m <- edist_matrix(x, y)
  at <- seeded(3, cbind(sample(60, 500, TRUE), sample(40, 500, TRUE)))
  expect_identical(d[at], m[at])
  storage.mode(at) <- "integer"
  expect_identical(d[at], m[at])
  names <- cbind(rownames(m)[at[, 1]], colnames(m)[at[, 2]])
  expect_identical(d[names], m[names])
  expect_identical(d[at[0, ]], m[at[0, ]])
  expect_identical(d[c(2400, 1, 77, 77)], m[c(2400, 1, 77, 77)])
  expect_identical(d[lower.tri(d)], m[lower.tri(m)])
  expect_identical(d[[60, 40]], m[[60, 40]])
  expect_identical(d[["r7", "c9"]], m[["r7", "c9"]])
  expect_identical(d[[61]], m[[61]])
  d$plan$path <- "d.zarr"
  expect_errors(
    d[cbind(1, 41)],
    d[cbind(0, 1)],
    d[cbind(NA, 1)],
    d[cbind("r1", "none")],
    d[2401],
    d[-1],
    d["r1"],
    d[list(1)],
    d[c(TRUE, FALSE)],
    d[[1:2, 1]],
    d[[NULL]],
    d[[]],
    d[[1, 41]],
    d[["plan"]]
  )
})

test_that("tile names never use scientific notation", {
  plan <- list(tile = c(1L, 1L), path = withr::local_tempdir(), symmetric = FALSE)
  writeBin(7, file.path(plan$path, "100000.0"))
  expect_identical(read_cells_of(plan, 100001L, 1L), matrix(7))
})

test_that("functions that would read or change a whole store are refused", {
  path <- local_path()
  d <- edist_run(edist_plan(faithful, path = path, tile = 100))
  d$plan$path <- "d.zarr"
  expect_false(is.matrix(d)) # C code would take the list for a matrix
  expect_false(is.array(d))
  file <- withr::local_tempfile()
  local({
    d <- edist_open(path)
    utils::write.csv(d, file)
    expect_identical(utils::read.csv(file, row.names = 1), {
      utils::write.csv(d[], file)
      utils::read.csv(file, row.names = 1)
    })
  })
  expect_errors(
    rowSums(d),
    rowMeans(d),
    colSums(d),
    colMeans(d),
    stats::hclust(d),
    stats::cmdscale(d),
    cbind(d, 1),
    rbind(1, d),
    c(d, 1),
    sweep(d, 1, 1),
    range(d),
    median(d),
    quantile(d),
    sort(d),
    order(d),
    unique(d),
    rev(d),
    lapply(d, identity),
    vapply(d, identity, 0),
    is.finite(d),
    aperm(d),
    d[[1, 1]] <- 0,
    d[1, ] <- 0,
    diag(d) <- 0,
    dim(d) <- NULL,
    rownames(d) <- 1:272,
    names(d) <- "a",
    length(d) <- 3
  )
  skip_if(getRversion() < "4.3.0")
  expect_error(d %*% diag(272), "`%\\*%` needs a matrix in memory, not a store")
})

test_that("as.dist() works for any number of rows", {
  x <- seeded(1, matrix(rnorm(50 * 2), 50))
  for (n in c(0, 1, 2, 3, 49, 50)) {
    some <- x[seq_len(n), , drop = FALSE]
    d <- edist_run(edist_plan(some, method = "minkowski", p = 3, path = local_path(),
                              tile = 11))
    got <- as.dist(d)
    want <- edist(some, method = "minkowski", p = 3)
    attr(want, "call") <- attr(got, "call") <- NULL
    expect_identical(got, want)
  }
})
