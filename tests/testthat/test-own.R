# Functions of the user: one that does not take threads, one that does.
mine <- function(x, y) {
  out <- matrix(0, nrow(x), nrow(y))
  for (k in seq_len(ncol(x))) out <- out + outer(x[, k], y[, k], "-")^2
  sqrt(out)
}
threaded <- function(a, b, threads) edist_matrix(a, b, threads = threads)

disagreement <- function(expr) {
  error <- tryCatch(expr, error = identity)
  expect_s3_class(error, c("edist_disagreement", "edist_error"))
  expect_no_match(conditionMessage(error), "\n|  |\\.\\.|\\?\\.")
  conditionMessage(error)
}

test_that("approaches are names, or functions with names", {
  expect_named(read_approaches(c("engine", "loop", "engine")), c("engine", "loop"))
  read <- read_approaches(list(mine = mine, "engine", threaded = threaded))
  expect_named(read, c("mine", "engine", "threaded"))
  expect_identical(read$mine, mine)
  expect_s3_class(read$engine, "edist_approach")
  # Edist's own functions keep their names.
  both <- c(edist_bench_approaches()["loop"], mine = mine)
  expect_named(read_approaches(both), c("loop", "mine"))
  expect_error(read_approaches(list(loop = edist_bench_approaches()$engine)), "\"loop\"")
  expect_errors(
    edist_bench_validate(approaches = mine),
    edist_bench_validate(approaches = list()),
    edist_bench_validate(approaches = list("engine", mine)),
    edist_bench_validate(approaches = list(mine = 3)),
    edist_bench_validate(approaches = list("numpy")),
    edist_bench_validate(approaches = list(fast = "engine")),
    edist_bench_validate(approaches = list("my function" = mine)),
    edist_bench_validate(approaches = list(engine = mine)),
    edist_bench_validate(approaches = list(NumPy = mine)),
    edist_bench_validate(approaches = list(a = mine, a = threaded)),
    edist_bench_validate(approaches = list(short = function(x) x)),
    edist_bench(10, approaches = mine)
  )
})

test_that("a function is given threads if it has an argument of that name", {
  x <- matrix(1:6, 3)
  echo <- function(x, y, ..., threads = 9) threads
  expect_identical(run_approach(echo, x, x, 2L), 2L)
  expect_identical(run_approach(function(x, y, n = 9) n, x, x, 2L), 9)
  expect_identical(run_approach(`-`, x, x, 2L), x - x)
})

test_that("functions are validated beside the approaches", {
  v <- edist_bench_validate(approaches = list("engine", mine = mine, threaded = threaded),
                            threads = 2)
  expect_identical(v$approach, c("engine", "mine", "threaded"))
  expect_true(all(v$ulp < 50))
  expect_identical(attr(v, "pairs")["engine", "threaded"], 0)
  # Names and the type of the numbers do not matter.
  whole <- function(x, y) {
    structure(matrix(as.integer(round(mine(x, y))), nrow(x)), dimnames = list(letters[1:2]))
  }
  x <- cbind(c(0, 6), c(0, 8))
  expect_identical(edist_bench_validate(x, approaches = list(whole = whole))$absolute, 0)
})

test_that("a wrong function is told what is wrong, which cell, and by how much", {
  validate <- function(f, ...) edist_bench_validate(approaches = list(f = f, "engine"), ...)
  message <- disagreement(validate(function(x, y) mine(x, y)^2))
  expect_match(message, "but \"f\" does not: \"f\" returned [0-9.]+ instead of [0-9.]+ at \\[")
  expect_match(message, "squared distances, is the root missing\\?$")
  error <- expect_error(validate(function(x, y) mine(x, y) + 1), class = "edist_disagreement")
  expect_equal(error$validation$absolute[1], 1)
  expect_match(disagreement(validate(function(x, y) list(mine(x, y)))), "returned a list")
  expect_match(disagreement(validate(function(x, y) stop("no more paper."))),
               "\"f\" stopped in f(x, y): no more paper.", fixed = TRUE)
  # Any numbers will do with this tolerance, but nothing else.
  loose <- validate(function(x, y) 0 * mine(x, y), tolerance = Inf)
  expect_equal(loose$relative[1], 1)
  disagreement(validate(function(x, y) NULL, tolerance = Inf))
})

test_that("functions are timed, and the number of threads is what is known of it", {
  b <- bench(c(10, 20), 1:2, list(mine = mine, threaded = threaded, "vectorised"))
  expect_identical(unique(b$status), "run")
  own <- b[b$approach == "mine", ]
  expect_identical(own$size, c(10L, 20L))
  unknown <- c("threads", "limit", "of_limit", "speedup", "efficiency", "oversubscribed",
               "cpu_seconds")
  expect_true(all(is.na(own[unknown])))
  expect_true(all(own$gflops > 0))
  # As many threads as the engine would get.
  got <- b[b$approach == "threaded", ]
  expect_identical(got$threads, rep(unique(vapply(1:2, read_threads, 1L)), 2))
  expect_true(all(got$limit > 0))
  # The numbers of the function without threads have no number beside its name.
  expect_match(capture.output(print(b))[2], "mine +threaded x1")
})

test_that("a benchmark with functions is written, read, resumed and combined", {
  file <- withr::local_tempfile(fileext = ".csv")
  run <- function(...) bench(c(10, 20), 1, list(mine = mine, "engine"), ..., file = file)
  b <- run()
  expect_identical(edist_bench_read(file), b)
  expect_identical(run()$times, b$times)
  expect_identical(edist_bench_compare(b, b)$ratio, rep(1, 4))
  both <- rbind(b, as_edist_bench(workshop_results, "published"))
  expect_identical(nrow(both), 192L)
  skip_if_not_installed("htmltools")
  expect_match(as.character(edist_bench_table(both)), "mine")
})

test_that("functions are drawn, last and in colours of their own", {
  skip_if_not_installed("ggplot2", "3.4.0")
  b <- bench(c(10, 20), 1, list(mine = mine, threaded = threaded, "engine"))
  labels <- ordered_labels(b$approach)
  expect_identical(levels(labels), c("edist engine", "mine", "threaded"))
  colours <- line_colours(labels)
  expect_false(anyNA(colours))
  expect_identical(anyDuplicated(c(unname(colours), approach_colours[-8])), 0L)
  for (kind in c("time", "bars", "heatmap")) {
    expect_warning(ggplot2::ggplot_build(ggplot2::autoplot(b, kind)), NA)
  }
})

test_that("a wrong function stops a benchmark before anything is timed", {
  file <- withr::local_tempfile(fileext = ".csv")
  run <- function(f, ...) edist_bench(20, 1, list("loop", f = f), file = file, ...)
  expect_match(disagreement(run(function(x, y) mine(y, x))),
               "20 by 13: are x and y exchanged?", fixed = TRUE)
  expect_false(file.exists(file))
  # It may lose some digits, as `blas` may.
  product <- function(x, y) {
    sqrt(pmax(outer(rowSums(x^2), rowSums(y^2), "+") - 2 * x %*% t(y), 0))
  }
  expect_identical(bench(x = iris[1:4], threads = 1, approaches = list(f = product))$status,
                   "run")
  far <- 1e8 + random_matrices(30, 4, 1)$x
  expect_match(disagreement(edist_bench(x = far, threads = 1, approaches = list(f = product))),
               "products lose digits")
})

test_that("a function may return a vector where x has one row", {
  simple <- function(x, y) apply(y, 1, function(row) sqrt(colSums((t(x) - row)^2)))
  expect_null(dim(simple(matrix(1:2, 1), matrix(1:4, 2))))
  expect_identical(bench(30, 1, list(simple = simple))$status, "run")
})
