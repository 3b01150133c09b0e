test_that("errors carry the class of their kind, from R and from C", {
  x <- matrix(c(1, 5, 2, 7), 2)
  expect_kind <- function(kind, ...) {
    calls <- eval(substitute(alist(...)))
    frame <- parent.frame()
    for (call in calls) {
      error <- tryCatch(eval(call, frame), error = identity)
      expect_s3_class(error, c(paste0("edist_error_", kind), "edist_error", "error",
                               "condition"), exact = TRUE)
      expect_null(conditionCall(error))
    }
  }
  expect_kind("argument", edist("a"), edist(x, "none"), edist(x, threads = 0),
              .Call(C_edist_matrix, raw(2), NULL, read_spec("max", 2, FALSE, NULL, x, 1),
                    list(), NULL),
              .Call(C_edist_roofline_rate, "none", "root", 1L, 0.01))
  withr::with_envvar(c(EDIST_ISA = "none"), expect_kind("system", edist(x)))
  withr::with_dir(withr::local_tempdir(), {
    expect_kind("store", edist_open("none.zarr"), edist_plan(path = "none.zarr"))
    skip_if_not_installed("jsonlite")
    plan <- edist_plan(x, path = "d.zarr", tile = 1)
    expect_kind("store", edist_open(plan$path)[1, 2], edist_plan(x + 1, path = "d.zarr"))
    unlink("d.zarr/edist/names.rds")
    expect_kind("store", edist_open(plan$path))
  })
})

test_that("too little memory has its own class", {
  x <- matrix(0, 1e7, 0)
  expect_error(edist(x), class = "edist_error_memory")
  expect_error(edist_matrix(x), class = "edist_error_memory")
  cars <- as.matrix(mtcars)
  spec <- read_spec("euclidean", 2, FALSE, NULL, cars, 1)
  expect_error(.Call(C_edist_within, cars, NULL, spec, Inf, TRUE, 10, NULL),
               "at most 10 pairs", class = "edist_error_memory")
  skip_on_os("windows")
  expect_error(edist_shared(2147483647, 1073741825), class = "edist_error_memory")
})

test_that("a disagreement and a missing package have their own classes", {
  expect_error(edist_bench_validate(approaches = "blas", tolerance = 0), class = "edist_error")
  error <- tryCatch(check_installed("none.such", "{.fn edist_bench_table}"), error = identity)
  expect_s3_class(error, "edist_error_system")
  expect_match(conditionMessage(error),
               "^`edist_bench_table\\(\\)` needs package none.such,")
})

test_that("a package that is too old is told, by the versions of DESCRIPTION", {
  suggested <- gsub("\\s+", " ", utils::packageDescription("edist")$Suggests)
  for (package in names(oldest_version)) {
    line <- paste0(package, " (>= ", oldest_version[[package]], ")")
    expect_match(suggested, line, fixed = TRUE)
  }
  expect_silent(check_version("ggplot2", package_version("3.4.0"), "A picture"))
  expect_error(
    check_version("ggplot2", package_version("3.3.3"), "A picture"),
    "^A picture needs version 3.4.0 or later of package ggplot2, not 3.3.3\\.$",
    class = "edist_error_system"
  )
})

test_that("messages are one line, whatever values they contain", {
  broken <- "a
    b"
  error <- tryCatch(abort("One
    {.code {broken}}   two."), error = identity)
  expect_identical(conditionMessage(error), "One `a b` two.")
})
