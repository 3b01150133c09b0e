test_that("tile numbers cover each pair of blocks once", {
  plan <- function(dim, tile, symmetric) {
    list(dim = as.integer(dim), tile = as.integer(tile), symmetric = symmetric)
  }
  for (n in c(1, 2, 7, 30, 31, 59, 60, 61)) {
    square <- plan(c(n, n), c(30, 30), TRUE)
    at <- as.data.frame(tile_at(square, seq_len(count_tiles(square))))
    grid <- expand.grid(i = seq_len(ceiling(n / 30)) - 1L, j = seq_len(ceiling(n / 30)) - 1L)
    expect_setequal(paste(at$i, at$j), with(grid[grid$i >= grid$j, ], paste(i, j)))
    expect_false(is.unsorted(at$i == at$j)) # tiles that take half the time come last
    wide <- plan(c(n, 100), c(30, 7), FALSE)
    at <- tile_at(wide, seq_len(count_tiles(wide)))
    grid <- expand.grid(i = seq_len(ceiling(n / 30)) - 1L, j = 0:14)
    expect_setequal(paste(at$i, at$j), paste(grid$i, grid$j))
  }
  # Where rounding of the square root might matter.
  huge <- plan(c(1e8, 1e8), c(1000, 1000), TRUE)
  last <- 1e5 * (1e5 - 1) / 2
  expect_identical(tile_at(huge, last), list(i = 99999L, j = 99998L))
  expect_identical(tile_at(huge, last - 99998), list(i = 99999L, j = 0L))
  expect_identical(tile_at(huge, last - 99999), list(i = 99998L, j = 99997L))
  expect_identical(tile_at(huge, last + 1), list(i = 0L, j = 0L))
})

test_that("a plan is printed, and read from its store again", {
  path <- local_path()
  plan <- edist_plan(mtcars, path = path, tile = 10)
  expect_identical(plan$dim, c(32L, 32L))
  expect_identical(plan$tiles, 10)
  expect_true(plan$symmetric)
  expect_named(plan$seconds, c("computing", "writing"))
  read <- edist_plan(path = path)
  expect_identical(read$data, plan$data)
  expect_identical(unclass(read), unclass(plan)[names(read)])
  plan$path <- "d.zarr"
  text <- capture.output(print(plan))
  expect_match(text, "32 x 32 distances, euclidean, half of them", all = FALSE)
  expect_match(text, "10 tiles of 10 by 10, 800 bytes each", all = FALSE)
  expect_match(text, "^time .*computing", all = FALSE)
})

test_that("the time of a run is estimated from a sample that takes long enough", {
  skip_if_not_installed("jsonlite")
  x <- matrix(0.5, 700, 9)
  plan <- edist_plan(x, path = local_path(), tile = 300)
  plan$columns <- 2^16 # samples are of 64 rows at first
  readings <- 0
  clock_of <- function(computing, writing) {
    readings <<- 0
    # Three samples; the last is written.
    steps <- c(0, computing[1], 0, computing[2], 0, computing[3], 0, writing)
    time <- 0
    function() {
      readings <<- readings + 1
      time <<- time + steps[readings]
      c(wall = time, cpu = 0)
    }
  }
  request <- list(x = x)
  seconds <- estimate_seconds(plan, request, clock_of(c(0.01, 0.04, 2), 3))
  expect_identical(readings, 8)
  # A sample of 256 rows; half of the pairs are computed, and all are written.
  expect_equal(seconds, c(computing = 2, writing = 3) * 700^2 / 256^2 / c(2, 1))
})

test_that("tiles are as equal as possible, and no larger than the matrix", {
  expect_identical(read_tile(NULL, c(40000L, 40000L), TRUE), c(4000L, 4000L))
  expect_identical(read_tile(NULL, c(4097L, 10L), FALSE), c(2049L, 10L))
  expect_identical(read_tile(NULL, c(0L, 0L), TRUE), c(1L, 1L))
  expect_identical(read_tile(100, c(30L, 7L), FALSE), c(30L, 7L))
  expect_identical(read_tile(c(20, 5), c(30L, 7L), FALSE), c(20L, 5L))
})

test_that("a store can be resumed only with the same data and arguments", {
  skip_if_not_installed("jsonlite")
  withr::local_dir(withr::local_tempdir())
  x <- as.matrix(mtcars)
  plan <- edist_plan(x, path = "d.zarr", tile = 10, weights = 1:11)
  edist_tile(plan, 1)
  same <- edist_plan(mtcars, path = "d.zarr", weights = 1:11) # any size of tile is accepted
  expect_identical(edist_status(same)$done, 1)
  other <- x
  other[17, 3] <- other[17, 3] * (1 + 1e-15)
  one <- edist_plan(x[, 1], path = "one.zarr")
  dir.create("full")
  file.create("full/mine")
  dir.create("hidden/edist", recursive = TRUE) # somebody's sources
  expect_errors(
    edist_plan(other, path = "d.zarr", weights = 1:11),
    edist_plan(x[-1, ], path = "d.zarr", weights = 1:11),
    edist_plan(x, path = "d.zarr"),
    edist_plan(x, path = "d.zarr", weights = 11:1),
    edist_plan(unname(x), path = "d.zarr", weights = 1:11),
    edist_plan(x, path = "d.zarr", tile = 20, weights = 1:11),
    edist_plan(x, x, path = "d.zarr", weights = 1:11),
    edist_plan(x, method = "max", path = "d.zarr"),
    edist_plan(x, strict = TRUE, path = "d.zarr"),
    edist_plan(x[, 1], path = "one.zarr", cov = diag(1)),
    edist_plan(x, path = "full"),
    edist_plan(x, path = "hidden"),
    edist_plan(x, path = "full/mine")
  )
  expect_identical(list.files("full"), "mine")
})

test_that("the fingerprint depends on values, not on the class that holds them", {
  x <- seeded(1, matrix(sample(0:3, 60, TRUE), 12))
  expect_identical(fingerprint(x), fingerprint(x + 0))
  expect_identical(fingerprint(x), fingerprint(as.data.frame(x)))
  expect_identical(fingerprint(1:3), fingerprint(c(1, 2, 3)))
  expect_identical(fingerprint(NULL), "none")
  prints <- c(fingerprint(x), fingerprint(x[12:1, ]), fingerprint(t(x)),
              fingerprint(matrix(x, 6)), fingerprint(x[, 1:4]), fingerprint(x[0, ]))
  expect_identical(anyDuplicated(prints), 0L)
  wide <- matrix(0, 2, 3e6) # in several slices
  changed <- replace(wide, 5e6, 1)
  expect_false(fingerprint(wide) == fingerprint(changed))
  skip_if_not_installed("Matrix")
  expect_identical(fingerprint(Matrix::Matrix(x, sparse = TRUE)),
                   fingerprint(methods::as(methods::as(x + 0, "CsparseMatrix"),
                                           "generalMatrix")))
})

test_that("invalid arguments of a plan are refused", {
  skip_if_not_installed("jsonlite")
  withr::local_dir(withr::local_tempdir())
  expect_errors(
    edist_plan(mtcars),
    edist_plan("d.zarr"),
    edist_plan(mtcars, path = 3),
    edist_plan(mtcars, mtcars),
    edist_plan(1:3, c(2, 5)),
    edist_plan(mtcars, path = "d.zarr", tile = 0),
    edist_plan(mtcars, path = "d.zarr", tile = 1:2),
    edist_plan(mtcars, path = "d.zarr", tile = "large"),
    edist_plan(mtcars, path = "d.zarr", method = "nearest"),
    edist_plan(mtcars, path = "d.zarr", block = 3),
    edist_plan(path = "d.zarr"),
    edist_plan(path = "d.zarr", tile = 3),
    edist_run(mtcars),
    edist_tile("d.zarr", 1),
    edist_status("d.zarr")
  )
  expect_false(file.exists("d.zarr"))
})
