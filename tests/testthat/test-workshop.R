test_that("the published table is complete", {
  w <- workshop_results
  expect_identical(nrow(w), 188L)
  expect_identical(names(w), c("size", "approach", "workers", "seconds"))
  expect_identical(as.vector(table(w$approach)[c("NumPy", "Numba", "PyMP")]),
                   c(12L, 12L, 82L))
  expect_identical(unique(w$size), as.integer(c(500, 750, 1:10 * 1000)))
  cell <- function(n, name, k) {
    w$seconds[w$size == n & w$approach == name & w$workers %in% k]
  }
  # From the notebook's own table.
  expect_equal(cell(500, "NumPy", 1), 0.116, tolerance = 1e-3)
  expect_equal(cell(500, "Numba", NA), 3.521, tolerance = 1e-3)
  expect_equal(cell(4000, "multiprocessing", 25), 29.51, tolerance = 1e-3)
  expect_equal(cell(9000, "PyMP", 128), 198.5, tolerance = 1e-3)
  expect_length(cell(10000, "PyMP", c(100, 128)), 0)
})

test_that("published times become a benchmark, to compare with your own", {
  published <- as_edist_bench(workshop_results, "published")
  expect_s3_class(published, "edist_bench")
  expect_identical(published$min, workshop_results$seconds)
  own <- bench(10, 1, "engine", repetitions = 1)
  both <- rbind(own, published)
  expect_identical(nrow(both), 189L)
  grid <- bench_grid(both)
  expect_identical(grid$mark[1, 1], "") # alone on its machine
  expect_identical(sum(grid$mark == "fastest"), 12L)
  expect_identical(sum(grid$mark == "slowest"), 12L)
  # Numba is the fastest from 750 rows up, and the slowest at 500.
  numba <- which(grid$lines$approach == "Numba")
  expect_identical(grid$mark[2, numba], "slowest")
  expect_true(all(grid$mark[3:13, numba] == "fastest"))
  expect_errors(
    as_edist_bench(1, "x"),
    as_edist_bench(data.frame(approach = "a", size = 1), "x"),
    as_edist_bench(workshop_results[0, ], "x"),
    as_edist_bench(workshop_results),
    as_edist_bench(workshop_results, NA),
    as_edist_bench(transform(workshop_results, seconds = -seconds), "x"),
    as_edist_bench(transform(workshop_results, workers = 0), "x")
  )
})
