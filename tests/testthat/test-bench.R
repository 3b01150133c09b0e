test_that("all approaches give the same matrix", {
  x <- seeded(1, matrix(rnorm(20 * 7), 20))
  y <- seeded(2, matrix(rnorm(11 * 7), 11))
  want <- naive_matrix(x, y)
  for (name in names(edist_approaches())) {
    expect_equal(edist_approaches()[[name]](x, y, threads = 2), want,
                 tolerance = 1e-13, info = name)
  }
  expect_output(print(edist_approaches()), "openmp_outer")
})

test_that("a benchmark names the threads that ran", {
  withr::local_envvar(OMP_THREAD_LIMIT = "1")
  b <- edist_bench(10, threads = 1:2, approaches = "engine", repetitions = 1)
  expect_equal(b$threads, 1)
})

test_that("a benchmark has a row per cell, all of it measured", {
  skip_if(read_threads(2) < 2, "one thread only")
  b <- edist_bench(c(20, 10), threads = c(2, 1), repetitions = 3)
  expect_s3_class(b, c("edist_bench", "data.frame"), exact = TRUE)
  # Two approaches of one core, two of several: 2 + 2 * 2 cells a size.
  expect_identical(nrow(b), 12L)
  expect_identical(unique(b$size), c(10, 20))
  expect_identical(b$columns, as.integer(b$size))
  expect_true(all(b$threads[b$approach %in% c("loop", "vectorised")] == 1))
  expect_true(all(b$status == "run"))
  expect_identical(b$repetitions, rep(3L, 12))
  expect_identical(lengths(b$times), rep(3L, 12))
  expect_identical(b$min, vapply(b$times, min, 0))
  expect_identical(b$median, vapply(b$times, median, 0))
  expect_true(all(unlist(b$times) > 0))
})

test_that("cells too long are not run, and say so", {
  b <- edist_bench(c(20, 40), 1, c("loop", "engine"), max_seconds = 1e-9)
  expect_true(all(b$status == "not run: over max_seconds"))
  expect_true(all(is.na(b$min) & is.na(b$median) & b$repetitions == 0))
  expect_output(print(b), "not run")
  skip_if_not_installed("ggplot2")
  expect_error(ggplot2::autoplot(b), "must have cells that were run")
})

test_that("shapes, matrices of your own, and the seed", {
  b <- edist_bench(10, 1, "engine", columns = 33, repetitions = 1)
  expect_identical(b$columns, 33L)
  b <- edist_bench(x = faithful, y = faithful[1:9, ], threads = 1,
                   approaches = "engine", repetitions = 1)
  expect_identical(b$size, 272L)
  expect_identical(random_matrices(3, 2, 1), random_matrices(3, 2, 1))
  expect_false(identical(random_matrices(3, 2, 1), random_matrices(3, 2, 2)))
  withr::local_seed(9)
  before <- .Random.seed
  random_matrices(3, 2, 1)
  expect_identical(.Random.seed, before)
})

test_that("an approach that gives other numbers is caught", {
  data <- random_matrices(30, 4, 1)
  wrong <- function(x) edist_matrix(x, data$y) + 1e-6
  expect_error(check_sample(wrong, "wrong", data), "must give the distances of the")
})

test_that("bad arguments of a benchmark are refused", {
  expect_errors(
    edist_bench(0),
    edist_bench("many"),
    edist_bench(c(10, 2.5)),
    edist_bench(10, threads = 0),
    edist_bench(10, columns = c(1, 2)),
    edist_bench(10, approaches = "numpy"),
    edist_bench(10, approaches = character()),
    edist_bench(10, repetitions = 0),
    edist_bench(10, max_seconds = -1),
    edist_bench(10, reps = 3),
    edist_bench(x = faithful, y = mtcars),
    edist_bench(x = faithful[0, ]),
    edist_bench(10, seed = "a"),
    edist_approaches()$openmp_outer(matrix(1, 2, 3), matrix(1, 2, 1), 1)
  )
})

test_that("times and ranges read well", {
  expect_identical(format_seconds(c(1.234)), "1.23 s")
  expect_identical(format_seconds(0.0123), "12.3 ms")
  expect_identical(format_seconds(2.5e-5), "25 us")
  expect_identical(format_seconds(4e-9), "4 ns")
  expect_identical(format_seconds(123.4), "123 s")
  expect_identical(format_seconds(c(123.4, NA, 0.0123)), c("123 s", NA, "12.3 ms"))
  expect_identical(format_range(c(5, 5)), "5")
  expect_identical(format_range(c(1, 5, 3)), "1 to 5")
})

test_that("the picture has a line per approach and thread count, and says all", {
  skip_if(read_threads(2) < 2, "one thread only")
  skip_if_not_installed("ggplot2")
  b <- edist_bench(c(10, 20), 1:2, repetitions = 1)
  b$status[1] <- "not run: over max_seconds"
  plot <- ggplot2::autoplot(b)
  expect_s3_class(plot, "ggplot")
  expect_error(ggplot2::ggplot_build(plot), NA)
  expect_match(plot$labels$caption, "Not run: loop at 10", fixed = TRUE)
  expect_identical(length(unique(plot$data$line)), 6L)
})
