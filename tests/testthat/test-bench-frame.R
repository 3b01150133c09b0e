test_that("columns may be dropped", {
  published <- as_edist_bench(workshop_results, "published")
  few <- published[c("approach", "min")]
  expect_output(print(few), "approach")
  expect_errors(edist_bench_write(few, tempfile()), edist_bench_table(few))
})

test_that("cells of one machine are told apart by what differs", {
  published <- as_edist_bench(workshop_results, "published")
  expect_identical(unique(panel_of(published)), "published")
  thin <- as_edist_bench(workshop_results, "published", columns = 3)
  expect_identical(unique(panel_of(rbind(published, thin))),
                   c("published, square", "published, 3 columns"))
  expect_identical(ncol(bench_grid(rbind(published, thin))$text), 32L)
  newer <- published
  newer$edist <- "9.9.9"
  expect_identical(unique(panel_of(rbind(published, newer)))[2], "published, edist 9.9.9")
  expect_errors(
    edist_bench_table(rbind(published, published)),
    edist_bench_table(published[0, ])
  )
})

test_that("the number of threads of Numba is unknown", {
  published <- as_edist_bench(workshop_results, "published")
  numba <- published[published$approach == "Numba", ]
  expect_false(any(is_single(numba)))
  expect_identical(unique(bench_label(numba)), "Numba")
})

test_that("package bench accepts a benchmark", {
  skip_if_not_installed("bench")
  b <- bench(c(10, 20), 1:2, c("vectorised", "engine"), repetitions = 3)
  b$status[1] <- "not run: over max_seconds"
  marks <- bench::as_bench_mark(b)
  expect_s3_class(marks, "bench_mark")
  expect_identical(nrow(marks), nrow(b) - 1L)
  expect_identical(as.numeric(marks$min), b$min[-1])
  expect_identical(as.character(marks$expression)[1], bench_label(b)[2])
  expect_output(print(marks), "itr/sec")
  relative <- summary(marks, relative = TRUE)
  expect_identical(min(as.numeric(relative$min)), 1)
  expect_identical(lapply(marks$time, as.numeric), b$times[-1])
})
