# In a process of its own: an interrupt here would end the tests. The clock is that of
# the CPUs, which goes slower where others want them, too.
test_that("an interrupt in mid-run returns within a second and leaks nothing", {
  skip_on_os("windows")
  skip_on_cran() # half a gigabyte
  started <- withr::local_tempfile()
  job <- callr::r_bg(function(started) {
    resident <- function() {
      line <- grep("^VmRSS", readLines("/proc/self/status"), value = TRUE)
      if (length(line)) as.numeric(gsub("[^0-9]", "", line)) / 1024 else NA
    }
    cpu_seconds <- function() sum(proc.time()[1:2])
    asked <- 0
    listen <- function(done) {
      file.create(started)
      asked <<- cpu_seconds()
    }
    edist <- edist::edist
    x <- matrix(0.5, 12000, 4000) # 3e11 powers: many minutes of work
    # A call keeps its scratch for the next one: leave that out of the count.
    edist(x[1:2400, ], threads = 2)
    utils::assignInNamespace("progress", function() listen, "edist")
    gc()
    before <- resident()
    outcome <- tryCatch({
      try(edist(x, "minkowski", p = 2.3, threads = 2), silent = TRUE)
      "finished or swallowed"
    }, interrupt = function(e) "interrupted")
    since <- cpu_seconds() - asked
    gc()
    # The result, 576 MB, is gone, and there is no more scratch than before.
    grown <- resident() - before
    after <- identical(c(edist(c(1, 3))), 2)
    list(outcome = outcome, since = since, grown = grown, works = after)
  }, list(started = started))
  withr::defer(job$kill())
  wait_until(function() file.exists(started) || !job$is_alive())
  job$interrupt()
  wait_until(function() !job$is_alive())
  result <- job$get_result()
  expect_identical(result$outcome, "interrupted")
  # Two threads, from when R was asked last until all had stopped.
  expect_lt(result$since, 2)
  if (!is.na(result$grown)) expect_lt(result$grown, 32)
  expect_true(result$works)
})

how <- function(threads) read_spec("euclidean", 2, FALSE, NULL, 2, threads)
# So slow that the engine asks R long before it is done, on any machine.
slow <- function(threads) read_spec("minkowski", 2.3, TRUE, NULL, 2, threads)

test_that("the progress function hears of the share done, and cannot do harm", {
  heard <- numeric()
  listen <- function(done) heard <<- c(heard, done)
  # The faster the machine, the more rows until it is asked.
  for (n in 1500 * 2^(0:4)) {
    x <- matrix(0.5, n, 1500)
    got <- .Call(C_edist_packed, x, how(1L), list(), listen)
    if (length(heard) > 0) break
  }
  expect_identical(got, numeric(n * (n - 1) / 2))
  expect_gt(length(heard), 0)
  expect_false(is.unsorted(heard))
  expect_true(all(heard >= 0 & heard <= 1))
})

test_that("errors while the engine asks R are raised once it has stopped", {
  x <- matrix(0.5, 3000, 1500)
  fail <- function(done) stop("no more")
  expect_error(.Call(C_edist_packed, x, slow(2L), list(), fail), "no more")
  # A callback may use the engine itself.
  inner <- NULL
  nest <- function(done) {
    inner <<- c(edist(c(1, 4), threads = 2))
    if (done > 0) stop("enough")
  }
  expect_error(.Call(C_edist_packed, x, slow(2L), list(), nest), "enough")
  expect_identical(inner, 3)
})

test_that("a time limit is the error that it is elsewhere", {
  x <- matrix(0.5, 4000, 3000)
  expect_error({
    setTimeLimit(elapsed = 0.2, transient = TRUE)
    edist(x, "minkowski", p = 2.3, threads = 1)
  }, "time limit")
  setTimeLimit()
})

test_that("the progress bar is for people, and swallows its own errors", {
  expect_null(progress(show = FALSE))
  bar <- progress(show = TRUE)
  expect_silent(bar(0.1))
  expect_error(bar("not a number"), NA)
})

test_that("a progress function's error is one even with an empty message", {
  x <- seeded(1, matrix(rnorm(6e6), 3000))
  result <- tryCatch(compute(function(progress) {
    .Call(C_edist_packed, x, read_spec("euclidean", 2, FALSE, NULL, ncol(x), 1),
          NULL, progress)
  }, report = function(done) stop("")), error = function(e) "an error")
  expect_identical(result, "an error")
})

test_that("an option decides whether there is a progress bar", {
  withr::local_options(edist.progress = TRUE)
  expect_true(shows_progress())
  expect_type(progress(), "closure")
  withr::local_options(edist.progress = FALSE)
  expect_null(progress())
  withr::local_options(edist.progress = NULL)
  expect_identical(shows_progress(), interactive())
})
