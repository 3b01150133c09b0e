# A clock that advances only when the test says so.
fake_clock <- function() {
  time <- c(wall = 0, cpu = 0)
  list(read = function() time,
       pass = function(wall, cpu = wall) time <<- time + c(wall, cpu))
}

# A trial whose calls take the given seconds of that clock, with `one_pair` of rows.
trial_of <- function(clock, wall, cpu = wall) {
  run <- function(x) {
    clock$pass(wall, cpu)
    matrix(0)
  }
  list(run = run, loops = 1, times = numeric(), status = "run", warmup = NA_real_, cpu = 0)
}
one_pair <- list(x = matrix(1), y = matrix(1))

test_that("data larger than memory, or than an integer can count, are refused", {
  expect_error(edist_bench(1e6, threads = 1, approaches = "engine"),
               "the data of a benchmark would take 16 TB", class = "edist_error_memory")
})

test_that("a benchmark reports the number of threads that ran", {
  withr::local_envvar(OMP_THREAD_LIMIT = "1")
  b <- bench(10, threads = 1:2, approaches = "engine")
  expect_equal(b$threads, 1)
})

test_that("a benchmark has a row per cell, all of it measured", {
  skip_if(read_threads(2) < 2, "one thread only")
  names <- c("loop", "openmp_inner", "vectorised", "engine")
  b <- bench(c(20, 10), threads = c(2, 1), names, repetitions = 3)
  expect_s3_class(b, c("edist_bench", "data.frame"), exact = TRUE)
  expect_identical(names(b), bench_columns)
  # Two approaches with one core, two with several: 2 + 2 * 2 cells per size.
  expect_identical(nrow(b), 12L)
  expect_identical(unique(b$size), c(10L, 20L))
  expect_identical(b$columns, b$size)
  expect_true(all(b$threads[b$approach %in% c("loop", "vectorised")] == 1))
  expect_true(all(b$status == "run"))
  expect_identical(b$repetitions, rep(3L, 12))
  expect_identical(lengths(b$times), rep(3L, 12))
  expect_true(all(unlist(b$times) > 0))
  expect_true(all(b$warmup > 0))
  expect_true(all(b$processor == processor_name() & b$isa == edist_info()$isa))
})

test_that("all other figures are derived from the raw times", {
  rows <- bench(10, 1:2, c("vectorised", "engine"))
  rows$times <- list(c(4, 2, 3), 8, c(5, 4))
  b <- as_bench(rows)
  expect_identical(b$repetitions, c(3L, 1L, 2L))
  expect_identical(b$min, c(2, 8, 4))
  expect_identical(b$median, c(3, 8, 4.5))
  expect_equal(b$cv, c(1 / 3, NA, sqrt(0.5) / 4.5))
  expect_equal(b$gflops, 3 * 10^3 / b$min / 1e9)
  expect_identical(b$speedup, c(1, 1, 2))
  expect_identical(b$efficiency, c(1, 1, 1))
  expect_identical(as_bench(b[2:3, ][2, ])$speedup, NA_real_)
})

test_that("quick calls are repeated until they take min_seconds", {
  clock <- fake_clock()
  rules <- list(min = 18, max = 9000, clock = clock$read)
  trial <- autorange(trial_of(clock, 4, 7), one_pair, rules)
  expect_identical(trial$loops, 5)
  expect_identical(trial$warmup, 4)
  trial <- repeat_cell(trial, one_pair, 1, rules)
  expect_identical(trial$times, 4) # a call, not a loop
  expect_identical(trial$cpu, 7)
})

test_that("loops end when max_seconds are used up", {
  clock <- fake_clock()
  rules <- list(min = 9000, max = 30, clock = clock$read)
  # The first call takes 4 seconds; ten more calls would take too long.
  expect_identical(autorange(trial_of(clock, 4), one_pair, rules)$loops, 5)
})

test_that("no more repetitions than max_seconds allow", {
  clock <- fake_clock()
  trial <- trial_of(clock, 3)
  trial$loops <- 2
  trial$times <- c(3, 3)
  rules <- function(max) list(max = max, clock = clock$read)
  expect_identical(repeat_cell(trial, one_pair, 3, rules(17)), trial)
  expect_identical(repeat_cell(trial, one_pair, 3, rules(18))$times, c(3, 3, 3))
})

test_that("CPU seconds are those of the calls, without other processes", {
  trial <- list(times = c(1, 1), loops = 3, warmup = 1, cpu = 5, status = "run")
  cpu <- function(approach) {
    cell <- data.frame(approach, size = 9L, rows_y = 9L, columns = 9L, threads = 2L,
                       limit = 1)
    bench_row(cell, trial, list(), 0)$cpu_seconds
  }
  expect_identical(cpu("openmp_outer"), 2.5)
  expect_identical(c(cpu("pool"), cpu("shared")), c(NA_real_, NA_real_))
})

# Linux lists the CPU seconds of the first thread separately.
test_that("CPU seconds count all threads", {
  skip_if(read_threads(2) < 2, "one thread only")
  stat <- sprintf("/proc/self/task/%d/stat", Sys.getpid())
  skip_if_not(file.exists(stat), "threads are not listed here")
  ticks <- as.numeric(system2("getconf", "CLK_TCK", stdout = TRUE))
  first_thread <- function() {
    fields <- strsplit(sub(".*[)] ", "", readLines(stat)), " ")[[1]]
    sum(as.numeric(fields[12:13])) / ticks
  }
  others <- function() bench_clock()[["cpu"]] - first_thread()
  before <- others()
  data <- random_matrices(400, 400, 1)
  # Even on a busy machine, the second thread works for a while in the end.
  wait_until(function() {
    edist_bench_approaches()$openmp_outer(data$x, data$y, 2)
    others() > before + 0.2
  })
  # The two clocks differ by some hundredths of a second.
  expect_gt(others(), before + 0.1)
})

test_that("cells that would take too long are not run, and say so", {
  b <- bench(c(20, 40), 1, c("loop", "engine"), max_seconds = 1e-9)
  expect_true(all(b$status == "not run: over max_seconds"))
  expect_true(all(is.na(b$min) & is.na(b$median) & b$repetitions == 0))
  expect_output(print(b), "not run")
})

test_that("the time to start processes does not count as work", {
  data <- random_matrices(200, 2, 1)
  clock <- fake_clock()
  rows <- numeric()
  slow_start <- function(x) {
    rows <<- c(rows, nrow(x))
    clock$pass(start + each * nrow(x))
    edist_matrix(x, data$y)
  }
  start <- 0.1
  each <- 0.001
  rules <- list(max = 2, clock = clock$read)
  expect_equal(check_sample(slow_start, data, rules), 0.1 + 200 * 0.001)
  # If more rows might take long, the first must do.
  rows <- numeric()
  rules$max <- 0.3
  expect_equal(check_sample(slow_start, data, rules), 0.101 * 200)
  expect_identical(rows, 1)
})

test_that("expected seconds grow with the work", {
  known <- bench(c(10, 20), 1, "engine")
  known$times <- list(1, 4)
  cell <- data.frame(approach = "engine", size = 40, rows_y = 40, columns = 30, threads = 1)
  expect_identical(expected_seconds(cell, known), 4 * 4 * 30 / 20)
  expect_identical(expected_seconds(transform(cell, rows_y = 4), known), 4 * 0.4 * 30 / 20)
  expect_identical(expected_seconds(transform(cell, threads = 2), known), NA_real_)
  known$status[2] <- "not run: over max_seconds"
  expect_identical(expected_seconds(cell, known), 48) # from the one that was run
  known <- known[1, ]
  known$loops <- 2L
  rules <- list(repetitions = 3, min = 0.2, max = 1000)
  expect_identical(seconds_left(cell, known, rules), 3 * 48)
  expect_identical(seconds_left(cell, known, list(repetitions = 3, min = 0, max = 40)), 0)
  # Nothing is known of another approach, so it counts as the average.
  expect_identical(seconds_left(transform(cell, approach = "blas"), known, rules), 2)
  expect_identical(seconds_left(cell, known[0, ], rules), NA_real_)
  expect_identical(format_left(NA), "")
  expect_identical(format_left(90.2), " | about 91 s left")
  expect_identical(format_left(600), " | about 10 min left")
})

test_that("more threads than CPUs are run and marked", {
  many <- usable_cpus() + 1
  skip_if(read_threads(many) < many, "so many threads are not allowed here")
  b <- bench(10, c(1, many), "engine")
  expect_identical(b$oversubscribed, c(FALSE, TRUE))
  expect_output(print(b), "! more threads than CPUs")
})

test_that("a benchmark leaves no connection behind", {
  before <- nrow(showConnections(all = TRUE))
  for (i in 1:3) {
    bench(20, 2, setdiff(c("pool", "shared"), if (!has_fork()) "shared"))
    memory_available()
  }
  expect_identical(nrow(showConnections(all = TRUE)), before)
})

test_that("shapes, matrices of your own, and the seed", {
  b <- bench(10, 1, "engine", columns = 33)
  expect_identical(b$columns, 33L)
  b <- bench(x = faithful, y = faithful[1:9, ], threads = 1, approaches = "engine")
  expect_identical(b$size, 272L)
  expect_identical(b$rows_y, 9L)
  expect_equal(b$gflops, 3 * 272 * 9 * 2 / b$min / 1e9)
  expect_match(b$data, "^given, [0-9a-f]{8}$")
  expect_identical(random_matrices(3, 2, 1), random_matrices(3, 2, 1))
  expect_false(identical(random_matrices(3, 2, 1), random_matrices(3, 2, 2)))
  withr::local_seed(9)
  before <- .Random.seed
  random_matrices(3, 2, 1)
  expect_identical(.Random.seed, before)
})

test_that("rounded numbers are those that their decimals stand for", {
  x <- seeded(1, exp(runif(1e5, -20, 5)))
  expect_identical(to_digits(x, 6), as.numeric(sprintf("%.15g", to_digits(x, 6))))
  expect_equal(to_digits(x, 6), x, tolerance = 5e-6)
  expect_identical(to_digits(c(1234567, NA, Inf, 0), 6), c(1234570, NA, Inf, 0))
  expect_identical(to_digits(numeric(), 6), numeric())
})

test_that("an approach that gives other numbers, or an error, is not run", {
  data <- random_matrices(30, 4, 1)
  check <- function(run) check_sample(run, data, list(max = 9, clock = bench_clock))
  expect_error(check(function(x) edist_matrix(x, data$y) + 1e-5),
               "gives other distances than the engine")
  expect_error(check(function(x) t(edist_matrix(x, data$y))), "exchanged")
  expect_error(check(function(x) NULL), "gives other distances .*: it returned NULL")
  # Far from zero the product form has no correct digit; the others are run.
  skip_if_not_installed("RhpcBLASctl")
  far <- 1e8 + data$x
  b <- bench(x = far, threads = 1, approaches = c("blas", "engine"))
  expect_match(b$status[1], "^not run: gives other distances than the engine: it returned")
  expect_identical(b$status[2], "run")
  # With some digits lost the product form is measured, even with distances of 0.
  expect_identical(bench(x = iris[1:4], threads = 1, approaches = "blas")$status, "run")
})

test_that("an approach that fails with all rows has no times, and the others go on", {
  late <- function(fault) {
    calls <- 0
    function(x, y) {
      if (nrow(x) == 60) calls <<- calls + 1
      if (calls > 2 || nrow(x) == 60 && fault == "early") stop("too large.")
      if (nrow(x) == 60 && fault == "wrong") return(matrix(0, nrow(x), nrow(y)))
      if (nrow(x) == 60 && fault == "shape") return(matrix(0, nrow(y), 1))
      edist_matrix(x, y, threads = 1)
    }
  }
  b <- bench(c(40, 60), 1, list(early = late("early"), late = late("late"),
                                wrong = late("wrong"), shape = late("shape"), "engine"))
  at <- function(name) b[b$approach == name & b$size == 60, ]
  for (name in c("early", "late")) expect_identical(at(name)$status, "not run: too large.")
  for (name in c("wrong", "shape")) {
    expect_match(at(name)$status, "not run: gives other distances than the engine: it returned")
  }
  expect_identical(b$status[b$size == 40 | b$approach == "engine"], rep("run", 6))
  missed <- b[b$status != "run", ]
  expect_true(all(is.na(missed$min) & lengths(missed$times) == 0))
  # Also if the first call is the first repetition.
  b <- bench(60, 1, list(wrong = late("wrong")), max_seconds = 1e-9)
  expect_match(b$status, "not run")
})

test_that("a decimal comma changes no number", {
  file <- withr::local_tempfile(fileext = ".csv")
  withr::local_options(OutDec = ",")
  b <- bench(20, 1, "engine", file = file)
  expect_false(anyNA(b$times[[1]]))
  expect_identical(edist_bench_read(file), b)
})

test_that("a noisy machine gives a warning", {
  b <- bench(10, 1, c("vectorised", "engine"))
  b$times <- list(c(1, 1.01), c(1, 1.5))
  expect_warning(warn_if_noisy(as_bench(b)), "of 1 of 2 cells.*engine x1 at 10 rows",
                 class = "edist_noisy")
  b$times <- list(c(1, 1.01), c(1, 1.02))
  expect_warning(warn_if_noisy(as_bench(b)), NA)
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
    edist_bench(10, min_seconds = -1),
    edist_bench(10, min_seconds = Inf),
    edist_bench(10, max_seconds = 0),
    edist_bench(10, reps = 3),
    edist_bench(x = faithful, y = mtcars),
    edist_bench(x = faithful[0, ]),
    edist_bench(x = replace(as.matrix(faithful), 300, NA)),
    edist_bench(10, seed = "a"),
    edist_bench(10, seed = 1.5),
    edist_bench(10, progress = NA),
    edist_bench(10, file = 3),
    edist_bench(10, file = "no/such/folder/x.csv"),
    edist_bench_approaches()$openmp_outer(matrix(1, 2, 3), matrix(1, 2, 1), 1)
  )
})
