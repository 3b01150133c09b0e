test_that("all approaches give the same matrix, whatever the shape", {
  shapes <- list(c(20, 11, 7), c(1, 5, 3), c(5, 1, 3), c(3, 2, 1))
  for (shape in shapes) {
    x <- seeded(1, matrix(rnorm(shape[1] * shape[3]), shape[1]))
    y <- seeded(2, matrix(rnorm(shape[2] * shape[3]), shape[2]))
    want <- naive_matrix(x, y)
    for (name in names(edist_bench_approaches())) {
      if (name == "shared" && !has_fork()) next
      got <- edist_bench_approaches()[[name]](x, y, threads = 2)
      expect_equal(got, want, tolerance = 1e-13, info = name)
    }
  }
})

test_that("all approaches accept what the engine accepts, and refuse what it refuses", {
  x <- data.frame(a = 1:2, b = 3:4)
  for (name in setdiff(names(edist_bench_approaches()), if (!has_fork()) "shared")) {
    run <- edist_bench_approaches()[[name]]
    expect_equal(run(x, x[1, ], 1), naive_matrix(as.matrix(x), as.matrix(x[1, ])),
                 ignore_attr = TRUE, info = name)
    expect_identical(dim(run(x[0, ], x, 1)), c(0L, 2L), info = name)
    expect_error(run(x, matrix(1:4, 4), 1), "must have as many columns", info = name)
    expect_error(run(x, x, 0), "`threads` must be", info = name)
  }
})

test_that("sparse matrices are refused where a program cannot use them", {
  skip_if_not_installed("Matrix")
  x <- matrix(c(0, 0, 1, 0, 2, 0), 3)
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  expect_errors(
    edist_bench_approaches()$loop(sparse, x),
    edist_bench_approaches()$engine(x, sparse),
    edist_bench_validate(sparse),
    edist_bench_validate(x, sparse),
    edist_bench(x = sparse)
  )
  dense <- Matrix::Matrix(x, sparse = FALSE)
  expect_identical(edist_bench_approaches()$vectorised(dense, x, 1), naive_matrix(x))
})

test_that("the table describes each approach", {
  about <- attr(edist_bench_approaches(), "about")
  expect_identical(about$name, names(edist_bench_approaches()))
  expect_identical(about$notebook[about$name %in% c("pool", "shared", "openmp_inner")],
                   c("multiprocessing", "PyMP", "Cython"))
  expect_identical(about$cores == "single", about$name %in% c("loop", "vectorised"))
  withr::local_options(width = 80)
  lines <- capture.output(print(edist_bench_approaches()))
  expect_length(lines, 9)
  expect_true(all(nchar(lines) <= 80))
})

test_that("an approach prints as its source", {
  lines <- capture.output(print(edist_bench_approaches()$vectorised))
  expect_match(lines[1], "^function\\(x, y, threads\\) \\{$")
  expect_match(lines, "# a row of x recycles", fixed = TRUE, all = FALSE)
  expect_no_match(lines, "bytecode|environment")
})

test_that("the product form loses the digits of close rows, the difference form does not", {
  x <- matrix(c(1e8, 1e8 + 0.5), 2)
  expect_identical(edist_bench_approaches()$blas(x, x, 1)[1, 2], 0)
  expect_identical(edist_bench_approaches()$loop(x, x, 1)[1, 2], 0.5)
})

test_that("BLAS gets its number of threads back", {
  skip_if_not_installed("RhpcBLASctl")
  before <- RhpcBLASctl::blas_get_num_procs()
  x <- matrix(1:6, 3)
  edist_bench_approaches()$blas(x, x, 1)
  expect_identical(RhpcBLASctl::blas_get_num_procs(), before)
  expect_identical(approach_threads("blas", 1), 1L)
})

# What is printed, as somebody pastes it.
pasted <- function(name) {
  capture.output(print(edist_bench_approaches()[[name]]))
}

test_that("what is printed can be pasted into another session", {
  skip_if_not_installed("callr")
  x <- seeded(1, matrix(rnorm(12), 4))
  y <- seeded(2, matrix(rnorm(9), 3))
  names <- c("loop", "vectorised", "blas", "pool", "engine", if (has_fork()) "shared")
  results <- callr::r(function(sources, x, y) {
    attachNamespace("edist")
    lapply(sources, function(source) {
      eval(parse(text = source), globalenv())(x, y, 2)
    })
  }, list(lapply(names, pasted), x, y))
  for (result in results) expect_equal(result, naive_matrix(x, y), tolerance = 1e-13)
})

test_that("if a process fails or is killed, the call fails", {
  skip_if_not(has_fork())
  broken <- function(instead) {
    source <- sub("out[, j] <- sqrt(", paste0(instead, "; sqrt("), pasted("shared"),
                  fixed = TRUE)
    eval(parse(text = source))
  }
  x <- matrix(1:8, 4)
  run <- function(instead) suppressWarnings(broken(instead)(x, x, 2))
  expect_error(run("if (j == 2) stop(\"no more paper\")"), "a process failed: .*no more paper")
  expect_error(run("if (j == 2) tools::pskill(Sys.getpid(), tools::SIGKILL)"),
               "a process failed")
  expect_identical(run("out[, j] <- j")[2, ], c(1, 2, 3, 4))
})

test_that("more workers than rows leave some without work", {
  skip_if_not(has_fork())
  x <- matrix(c(0, 3, 4, 0), 2)
  y <- matrix(c(1, 1), 1)
  expect_identical(edist_bench_approaches()$shared(x, y, 2), naive_matrix(x, y))
})

test_that("without OpenMP, its loops are said to use one thread", {
  without <- with_mock(approach_threads, has_openmp = function() FALSE)
  expect_identical(without("openmp_outer", 2), 1L)
  expect_identical(without("openmp_inner", 2), 1L)
  expect_identical(without("engine", 2), read_threads(2))
})
