run <- function(sizes, times) {
  b <- bench(sizes, 1, "engine", repetitions = 1)
  b$times <- times
  as_bench(b)
}

test_that("two runs are compared cell by cell", {
  before <- run(c(10, 20, 30), list(c(1, 1.1, 1.2), c(2, 2.1, 2.2), 9))
  after <- run(c(20, 10, 40), list(c(1.15, 0.9), c(1, 1.05), 9))
  compared <- edist_bench_compare(before, after)
  expect_identical(compared$size, c(10L, 20L))
  expect_identical(compared$before, c(1, 2))
  expect_identical(compared$after, c(0.9, 1))
  expect_identical(compared$ratio, c(0.9, 0.5))
  expect_identical(compared$verdict, c("alike", "faster"))
  expect_identical(edist_bench_compare(after, before)$verdict, c("alike", "slower"))
  expect_output(print(compared), "faster")
  expect_output(print(compared[1:2]), "size")
  expect_output(print(compared[2, ]), "faster")
  expect_output(print(compared[0, ]), "0 rows")
  expect_output(print(compared[c(1, NA), ]), "NA")
})

test_that("runs without cells in common are refused", {
  expect_errors(
    edist_bench_compare(run(10, list(1)), run(20, list(1))),
    edist_bench_compare(run(10, list(1)), mtcars),
    edist_bench_compare(1, run(20, list(1)))
  )
})
