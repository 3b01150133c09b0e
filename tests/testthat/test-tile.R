# Compares a store with the matrix in memory, bit for bit.
expect_same <- function(x, y = NULL, ..., tile = 13) {
  path <- local_path()
  plan <- suppressWarnings(edist_plan(x, y, ..., path = path, tile = tile))
  d <- edist_run(plan, threads = 2)
  whole <- suppressWarnings(edist_matrix(x, y, ..., threads = 2))
  expect_identical(d[], whole)
}

test_that("tiles equal edist_matrix() for every method", {
  x <- seeded(1, tied(41, 5, holes = 30))
  y <- seeded(2, tied(30, 5, holes = 30))
  for (method in any_data) {
    p <- if (method == "minkowski") 3 else 2
    expect_same(x, method = method, p = p)
    expect_same(x, y, method = method, p = p, tile = c(13, 7))
    if (method %in% dist_methods) expect_same(x, method = method, p = p, strict = TRUE)
  }
})

test_that("tiles equal edist_matrix() for every kind of input", {
  x <- seeded(3, matrix(sample(-3:3, 41 * 4, TRUE), 41))
  expect_same(x) # integers
  expect_same(x > 0)
  expect_same(as.data.frame(x))
  expect_same(x[, 1])
  expect_same(x, weights = c(1, 0, 2, 0.5))
  expect_same(x + 0, cov = diag(4) + 0.2)
  expect_same(x + 1e8, x[1:5, ] + 1e8, cov = diag(4) + 0.2)
  expect_same(replace(x + 0, 7, Inf), method = "binary")
  expect_same(replace(x + 0, 7, Inf))
  expect_same(x * 1e200)
  rownames(x) <- paste0("r", 1:41)
  expect_same(x)
  expect_same(x, unname(x[1:3, ]))
  expect_same(unname(x), x[1:3, ])
  skip_if_not_installed("Matrix")
  expect_same(Matrix::Matrix(replace(x, x < 2, 0L) + 0, sparse = TRUE))
})

test_that("tiles may have any size, with any number of rows", {
  x <- seeded(4, matrix(rnorm(50 * 3), 50))
  for (n in c(0, 1, 2, 49, 50)) {
    for (tile in list(1, 7, 25, 50, 1000, NULL)) {
      if (n < 10 || !identical(tile, 1)) expect_same(x[seq_len(n), , drop = FALSE], tile = tile)
    }
  }
  expect_same(x[, 0])
  expect_same(x, x[0, ])
  expect_same(x[1, , drop = FALSE], x)
})

test_that("a finished tile is not computed again", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 200)
  first <- withVisible(edist_tile(plan, 1, threads = 1))
  expect_false(first$visible)
  expect_gte(first$value, 0)
  expect_identical(edist_tile(plan, 1), NA_real_)
  expect_errors(
    edist_tile(plan, 0),
    edist_tile(plan, 4),
    edist_tile(plan, "1.0"),
    edist_tile(plan, NA)
  )
})

test_that("a store may be moved, and its path may have any letters", {
  withr::local_dir(withr::local_tempdir())
  dir.create("caf\u00e9 [1]")
  plan <- edist_plan(faithful, path = "caf\u00e9 [1]/d.zarr", tile = 150)
  withr::with_dir("caf\u00e9 [1]", edist_tile(plan, 1))
  expect_true(file.rename("caf\u00e9 [1]/d.zarr", "e.zarr"))
  expect_identical(status_at("e.zarr")$done, 1)
  expect_identical(list.files("e.zarr/edist/claims"), character())
  expect_identical(run_at("e.zarr")[], edist_matrix(faithful, threads = 2))
})

test_that("package Matrix need not be loaded for a sparse store", {
  skip_on_cran()
  skip_if_not_installed("Matrix")
  path <- local_path()
  x <- seeded(1, matrix(sample(0:3, 60 * 5, TRUE, c(6, 1, 1, 1)), 60)) + 0
  edist_plan(Matrix::Matrix(x, sparse = TRUE), path = path, tile = 20)
  attached <- callr::r(function(path) {
    before <- search()
    edist::edist_run(edist::edist_plan(path = path), threads = 2)
    setdiff(search(), before)
  }, list(path))
  expect_identical(attached, character())
  expect_identical(edist_open(path)[], edist_matrix(x))
})
