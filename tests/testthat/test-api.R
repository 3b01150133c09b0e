# The C interface, as another package uses it: inst/examples/edistexample.

# Installed once; NULL where that is impossible.
example_library <- local({
  library <- NULL
  function() {
    if (!is.null(library)) return(library)
    source <- system.file("examples", "edistexample", package = "edist")
    skip_if(source == "", "the example is not installed")
    skip_if(Sys.which("make") == "", "there is no make")
    copy <- withr::local_tempdir()
    file.copy(source, copy, recursive = TRUE)
    into <- tempfile("library-")
    dir.create(into)
    log <- tempfile()
    libraries <- paste(unique(c(dirname(system.file(package = "edist")), .libPaths())),
                       collapse = .Platform$path.sep)
    status <- withr::with_envvar(c(R_LIBS = libraries, R_TESTS = ""), system2(
      file.path(R.home("bin"), "R"),
      c("CMD", "INSTALL", "--no-docs", "-l", shQuote(into),
        shQuote(file.path(copy, "edistexample"))),
      stdout = log, stderr = log
    ))
    if (status != 0) stop(paste(readLines(log), collapse = "\n"))
    library <<- into
  }
})

local_example <- function(frame = parent.frame()) {
  # R CMD check would take the example for a package that is not declared.
  do.call(loadNamespace, list("edistexample", lib.loc = example_library()))
}

test_that("the interface gives what R gives, for every method", {
  example <- local_example()
  x <- seeded(1, matrix(abs(rnorm(90 * 4)), 90))
  y <- seeded(2, matrix(abs(rnorm(40 * 4)), 40))
  x[5, 2] <- NA
  for (method in setdiff(edist_methods()$method, c("gower", "haversine"))) {
    expect_identical(example$distances(x, y, method),
                     edist_matrix(x, y, method, threads = 2), info = method)
    expect_identical(example$distances(x, NULL, method),
                     edist_matrix(x, method = method, threads = 2), info = method)
    got <- example$neighbours(x, 7, y, method)
    want <- edist_nearest(x, 7, y, method, threads = 2)
    there <- !is.na(want$index)
    expect_identical(got$index[there], want$index[there] - 1L, info = method)
    expect_true(all(got$index[!there] == -1L))
    expect_identical(got$distance, want$distance, info = method)
    want <- edist_nearest(x, 3, method = method, threads = 2)
    there <- !is.na(want$index)
    expect_identical(example$neighbours(x, 3, NULL, method)$index[there],
                     want$index[there] - 1L, info = method)
  }
  expect_identical(example$distances(x, y, "minkowski", 3),
                   edist_matrix(x, y, "minkowski", p = 3))
  places <- cbind(c(-9.14, 36.82, 0, NA), c(38.72, -1.29, 90, 0))
  expect_identical(example$distances(places, NULL, "haversine"),
                   edist_matrix(places, method = "haversine"))
})

test_that("weights are taken where R takes them, and nowhere else", {
  example <- local_example()
  x <- seeded(1, matrix(abs(rnorm(60)), 15))
  weights <- c(1, 0.5, 2, 0)
  for (method in setdiff(edist_methods()$method, c("gower", "haversine"))) {
    if (method %in% weighted_methods) {
      expect_equal(example$distances(x, NULL, method, weights = weights),
                   edist_matrix(x, method = method, weights = weights),
                   info = method)
    } else {
      expect_error(example$distances(x, NULL, method, weights = weights), "weights")
    }
  }
})

test_that("callbacks, rows whose values stand together, and C++ work", {
  example <- local_example()
  x <- seeded(1, matrix(rnorm(500 * 6), 500))
  for (radius in c(0, 2, Inf)) {
    expect_identical(example$count_within(x, radius),
                     as.integer(edist_reduce(x, "count", radius = radius, threads = 2)))
  }
  nearest <- edist_nearest(x, 1, threads = 2)$distance
  expect_identical(example$median_nearest(t(x)), sort(nearest)[251])
})

test_that("a compiled metric works in every answer, with any number of threads", {
  example <- local_example()
  clark <- example$clark()
  x <- seeded(1, matrix(rpois(60 * 5, 3), 60))
  y <- seeded(2, matrix(rpois(30 * 5, 3), 30))
  rownames(x) <- paste0("r", 1:60)
  of_blocks <- function(x, y) {
    out <- matrix(0, nrow(x), nrow(y))
    for (i in seq_len(nrow(x))) {
      for (j in seq_len(nrow(y))) {
        share <- (x[i, ] - y[j, ]) / (x[i, ] + y[j, ])
        out[i, j] <- sqrt(sum(share[x[i, ] + y[j, ] > 0]^2))
      }
    }
    out
  }
  same <- function(f) {
    for (threads in 1:3) {
      got <- f(clark, threads)
      got[["method"]] <- NULL
      want <- f(of_blocks, 1)
      want[["method"]] <- NULL
      expect_equal(got, want)
    }
  }
  same(function(method, threads) list(edist_matrix(x, y, method, threads = threads)))
  same(function(method, threads) list(as.matrix(edist(x, method, threads = threads))))
  same(function(method, threads) edist_nearest(x, 4, method = method, threads = threads))
  same(function(method, threads) edist_nearest(x, 4, y, method = method, threads = threads))
  same(function(method, threads) {
    edist_within(x, 1, y, method, as = "data.frame", threads = threads)
  })
  same(function(method, threads) {
    list(edist_reduce(x, "mean", y, method, threads = threads))
  })
  saved <- unserialize(serialize(clark, NULL))
  expect_errors(
    edist(x, saved),
    edist(x, clark, weights = 1:5),
    edist_plan(x, tempfile(), method = clark)
  )
})

test_that("what does not fit is refused by a code with a text", {
  example <- local_example()
  x <- matrix(1:6 + 0.5, 3)
  expect_error(example$distances(x, cbind(x, 1)), "equally many columns")
  expect_error(example$distances(x, NULL, "gower"), "method must be")
  expect_error(example$distances(x, NULL, "given"), "method must be")
  expect_error(example$distances(x, NULL, "euclid"), "method must be")
  expect_error(example$distances(cbind(x, 1), NULL, "haversine"), "method must be")
  expect_error(example$distances(x, NULL, "minkowski", -1), "positive")
  expect_error(example$distances(x, NULL, weights = c(1, -1)), "weights must be")
  expect_error(example$neighbours(x, 3), "k must be")
  expect_error(example$count_within(x, -1), "radius must be")
  withr::local_envvar(EDIST_ISA = "none")
  expect_error(example$distances(x), "EDIST_ISA")
})
