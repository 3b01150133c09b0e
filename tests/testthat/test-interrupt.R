# In a process of its own: an interrupt here would end the tests.
test_that("an interrupt in mid-run returns within a second and leaks nothing", {
  skip_on_os("windows")
  skip_on_cran() # half a gigabyte
  started <- withr::local_tempfile()
  job <- callr::r_bg(function(started) {
    # 3e11 terms: several seconds of work at the least.
    x <- matrix(0.5, 12000, 4000)
    resident <- function() {
      line <- grep("^VmRSS", readLines("/proc/self/status"), value = TRUE)
      if (length(line)) as.numeric(gsub("[^0-9]", "", line)) / 1024 else NA
    }
    edist <- edist::edist
    gc()
    before <- resident()
    outcome <- tryCatch({
      file.create(started)
      try(edist(x, threads = 2), silent = TRUE)
      "finished or swallowed"
    }, interrupt = function(e) "interrupted")
    end <- Sys.time()
    gc()
    # The result, 576 MB, is gone, and so is the scratch.
    grown <- resident() - before
    after <- identical(c(edist(c(1, 3))), 2)
    list(outcome = outcome, end = end, grown = grown, works = after)
  }, list(started = started))
  on.exit(job$kill())
  while (!file.exists(started) && job$is_alive()) Sys.sleep(0.02)
  Sys.sleep(0.7)
  sent <- Sys.time()
  job$interrupt()
  job$wait(30000)
  result <- job$get_result()
  expect_identical(result$outcome, "interrupted")
  expect_lt(as.numeric(difftime(result$end, sent, units = "secs")), 1)
  if (!is.na(result$grown)) expect_lt(result$grown, 32)
  expect_true(result$works)
})

how <- function(threads) read_how("euclidean", 2, FALSE, NULL, 2, threads)

test_that("the progress function hears of the share done, and cannot do harm", {
  heard <- numeric()
  x <- matrix(0.5, 3000, 1500)
  listen <- function(done) heard <<- c(heard, done)
  got <- .Call(C_edist_packed, x, how(1L), list(), listen)
  expect_identical(got, numeric(3000 * 2999 / 2))
  expect_gt(length(heard), 0)
  expect_false(is.unsorted(heard))
  expect_true(all(heard >= 0 & heard <= 1))
})

test_that("errors while the engine asks R are raised once it has stopped", {
  x <- matrix(0.5, 3000, 1500)
  fail <- function(done) stop("no more")
  expect_error(.Call(C_edist_packed, x, how(2L), list(), fail), "no more")
  # A callback may use the engine itself.
  inner <- NULL
  nest <- function(done) inner <<- c(edist(c(1, 4), threads = 2))
  .Call(C_edist_packed, x, how(2L), list(), nest)
  expect_identical(inner, 3)
})

test_that("a time limit is the error that it is elsewhere", {
  x <- matrix(0.5, 4000, 3000)
  expect_error({
    setTimeLimit(elapsed = 0.2, transient = TRUE)
    edist(x, threads = 1)
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
    .Call(C_edist_packed, x, read_how("euclidean", 2, FALSE, NULL, ncol(x), 1),
          NULL, progress)
  }, report = function(done) stop("")), error = function(e) "an error")
  expect_identical(result, "an error")
})
