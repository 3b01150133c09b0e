# A benchmark with given times at one size; NA: over the limit of time.
told <- function(approach, threads, seconds, size = 10) {
  b <- as_edist_bench(data.frame(approach, size, threads, seconds = 1), "abacus")
  b$times <- ifelse(is.na(seconds), list(numeric()), as.list(seconds))
  b$status <- ifelse(is.na(seconds), "not run: over max_seconds", "run")
  as_bench(b)
}
over <- ", which would take longer than `max_seconds`."

test_that("of two times, the longer is compared with the shorter", {
  compared <- function(loop, engine) {
    b <- told(c("loop", "engine"), c(1, 2), c(loop, engine))
    say_compared(bench_cell(b, "loop"), bench_cell(b, "engine"))
  }
  expect_identical(
    compared(14, 0.5),
    "The engine with two threads took 500 ms, and R loops took 14 s, 28 times as long."
  )
  expect_identical(
    compared(0.5, 14),
    "R loops took 500 ms, and the engine with two threads took 14 s, 28 times as long."
  )
  expect_identical(
    compared(1.06, 1),
    "The engine with two threads took 1.0 s, and R loops took 1.1 s, about as long."
  )
  expect_match(compared(4321, 1), ", 4 300 times as long.", fixed = TRUE)
})

test_that("a cell without a time has no number, but a reason", {
  b <- told(c("loop", "engine", "engine"), c(1, 1, 2), c(NA, 0.5, NA))
  loop <- bench_cell(b, "loop")
  expect_identical(say_compared(loop, bench_cell(b, "engine")), paste0(
    "The engine with one thread took 500 ms. There is no time for R loops", over
  ))
  expect_identical(say_compared(loop, bench_cell(b, "engine", 2)), paste0(
    "There is no time for R loops or the engine with two threads", over
  ))
  expect_identical(
    say_no_time(bench_cell(b, "pool", 2)),
    "There is no time for the process pool with two processes in this benchmark."
  )
  expect_identical(say_rate(loop), "an unknown number of operations per second")
  failed <- told("pool", 1, NA)
  failed$status <- "not run: cannot open\n the connection."
  expect_identical(
    say_threads(failed, "pool"),
    "There is no time for the process pool: cannot open the connection."
  )
})

test_that("every reason why a cell is not run has its sentence", {
  late <- suppressWarnings(edist_bench(5, 1, "loop", max_seconds = 1e-9))
  expect_match(say_threads(late, "loop"), over, fixed = TRUE)
  why <- with_mock(why_not, has_fork = function() FALSE,
                   approach_threads = function(...) NA)
  expect_match(why_no_time(why("shared")), "^, because this system cannot fork")
  expect_match(why_no_time(why("blas")), "^, because package RhpcBLASctl")
})

test_that("the gain of more threads is told, and their loss", {
  gained <- function(seconds, threads = seq_along(seconds), approach = "engine") {
    say_threads(told(approach, threads, seconds), approach)
  }
  expect_identical(
    gained(c(7.1, 4.2)),
    "With two threads, the engine was 1.7 times as fast as with one: 4.2 s instead of 7.1 s."
  )
  expect_identical(
    gained(c(1, 3), approach = "pool"),
    paste("With two processes, the process pool took 3 times as long as with one:",
          "3.0 s instead of 1.0 s.")
  )
  expect_match(gained(c(1, 1.04)), "took about as long as with one")
  expect_match(gained(c(1.04, 1)), "was about as fast")
  expect_identical(
    gained(c(8, 4, 2, 3), c(1, 2, 8, 16)),
    paste("With eight threads, the engine was 4 times as fast as with one: 2.0 s instead",
          "of 8.0 s. More did not help: with 16 threads, it took 3.0 s.")
  )
  expect_identical(
    gained(c(0.2, NA)),
    paste0("The engine ran with one thread only: 200 ms. There is no time for the ",
           "engine with two threads", over)
  )
  expect_identical(gained(0.2), "The engine ran with one thread only: 200 ms.")
  expect_identical(gained(c(NA, NA)), paste0("There is no time for the engine", over))
})

test_that("more threads than CPUs are mentioned", {
  b <- told("engine", 1:4, c(1, 1, 2, 2))
  b$oversubscribed <- b$threads > 2
  expect_match(say_threads(b, "engine"),
               " Three threads are more than there were CPUs.", fixed = TRUE)
  expect_no_match(say_threads(b[1:2, ], "engine"), "CPU")
})

test_that("approaches are compared at the largest size that both ran", {
  b <- rbind(told(c("loop", "engine"), 1, c(9, 2), 3000),
             told(c("loop", "engine"), 1, c(NA, 5), 4000))
  expect_identical(
    say_compared_at_largest(b, "engine", "loop"),
    paste("The engine with one thread took 2.0 s, and R loops took 9.0 s, 4.5 times as",
          "long. That is at 3 000 rows, the largest size that both ran.")
  )
  expect_identical(
    say_compared_at_largest(b[b$size == 4000, ], "engine", "loop"),
    paste0("The engine with one thread took 5.0 s. There is no time for R loops", over)
  )
})

test_that("seconds below the resolution of the clock are not divided by", {
  expect_identical(
    say_longer(c("`dist()`" = 0.4, "`edist()`" = 0)),
    "`edist()` took less than the clock can tell, and `dist()` took 400 ms."
  )
})

test_that("approaches and numbers that are unknown are called what they are", {
  b <- told(c("Numba", "PyMP"), c(NA, 12), c(3, 1))
  expect_identical(
    say_compared(bench_cell(b, "Numba"), bench_cell(b, "PyMP")),
    "PyMP with 12 processes took 1.0 s, and Numba took 3.0 s, 3 times as long."
  )
  fast <- told("engine", 1, 0.02, 1000)
  expect_identical(say_rate(bench_cell(fast, "engine")),
                   "150 billion operations per second")
})
