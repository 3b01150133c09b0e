#' Time the approaches over sizes and threads
#'
#' Runs every approach at every size with every number of threads, on the same
#' random matrices, and keeps all times. It is the question 'more cores, more
#' speed?', answered on your own machine.
#'
#' @section How it measures:
#' Every cell, that is an approach at a size with a number of threads, first
#' computes the distances of a few rows, which must be those that the engine
#' computes, to a millionth of the largest ([edist_bench_validate()] looks closer): a cell
#' that gives other numbers, or an error, is not run and says so. Then, as `%timeit`
#' does, a first whole call that is kept apart (`warmup`) and one, two, five, ten,
#' ... calls in a loop, until a loop takes `min_seconds`: such a loop is a
#' repetition, and its time is divided by its number of calls. Cells that are
#' expected to take more than a tenth of `max_seconds` a call skip this and run
#' single calls.
#'
#' The thread counts of one approach at one size take turns, one repetition after
#' the other, so that a busy moment of the machine hits them alike; cells that take
#' more than seconds run for themselves. Garbage is collected between repetitions,
#' outside the measured time.
#'
#' A cell is expected to take as long as the same approach took at the size
#' before, times the growth of the work, or, at the first size, as long as its few
#' rows suggest. If that exceeds `max_seconds`, the cell is not run: its times are
#' `NA` and its `status` says so. No time in the result is anything but a
#' measurement. If the repetitions of some cell vary by more than a tenth (their
#' coefficient of variation), a warning of class `"edist_noisy"` names the worst.
#'
#' @section A run that can be interrupted:
#' With `file`, finished cells are written to that CSV as the run goes on: it is
#' written anew beside itself and then put in place, so that it is whole at any
#' moment. Called again with the same file, the function does what is missing or
#' was not run; cells that were run stay as they are, whatever the number of
#' repetitions. A file that holds anything but a benchmark of the same data on the
#' same machine, with the same versions, is an error and stays as it is.
#' If the disk is full, the run goes on, tries again with each cell, and ends
#' with a warning if it could not write the last.
#'
#' @param sizes Numbers of rows, positive whole numbers: each is the number of
#'   rows of both matrices.
#' @param threads Numbers of threads, positive whole numbers; by default 1, 2, 4
#'   and so on up to [edist_threads()]. Numbers that a call would not get, see
#'   there, are replaced by what it would. Numbers above that of the CPUs are run
#'   and marked as oversubscribed; CPUs that this process may not use do not
#'   count. Approaches that use one core are timed once,
#'   with one thread.
#' @param approaches Names of approaches, see [edist_bench_approaches()].
#' @param columns The number of columns; by default as many as rows.
#' @param ... Not used; must be empty.
#' @param x,y Dense numeric matrices to use in place of random ones; `sizes`, `columns`
#'   and `seed` then have no effect. `y` is `x` if not given.
#' @param repetitions How often each cell is timed; fewer times if that would
#'   take more than `max_seconds`, but at least once.
#' @param min_seconds The least seconds that a repetition takes: quick calls are
#'   repeated in a loop until it does.
#' @param max_seconds The most seconds that a cell may take.
#' @param seed Seed of the random matrices, uniform on (0, 1). Your own random
#'   numbers are not touched.
#' @param file Name of a CSV to keep the cells in, or `NULL`.
#' @param progress Whether to show a progress bar with the remaining time.
#'
#' @return A data frame of class `"edist_bench"` with a row per cell. It prints as
#'   a table of sizes by approaches, the least time of each size marked as well as
#'   the greatest; [edist_bench_table()] gives that table as HTML,
#'   [`ggplot2::autoplot()`][autoplot.edist_bench] draws it. Columns:
#'   * `approach`, `size`, `rows_y` (the rows of `y`, as many as those of `x` unless
#'     given), `columns`, `threads`;
#'   * `repetitions`, those done, and `loops`, the calls in each;
#'   * `warmup`, the seconds of the first call, `NA` if there was no such call;
#'   * `min` and `median` of the repetitions, in seconds a call, and `cv`, their
#'     coefficient of variation;
#'   * `cpu_seconds` of all threads together, a call; `NA` for `pool` and `shared`,
#'     whose workers are other processes;
#'   * `gflops`, billions of operations a second at the least time, counting
#'     three for each pair of rows and each column;
#'   * `speedup`, the least time with one thread over that of the cell, `NA` if
#'     there is none, and `efficiency`, the speed-up per thread;
#'   * `limit`, the seconds that this machine takes at least to subtract, square and add
#'     with so many threads, to take roots and to write the result, one after the other,
#'     see [edist_bench_roofline()]; and `of_limit`, its share of the least time;
#'   * `oversubscribed`, whether there are more threads than CPUs;
#'   * `status`, `"run"` or the reason why not;
#'   * `times`, a list of all seconds measured;
#'   * and where: `data`, `date`, `load` (that of the last minute, before the
#'     cell), `processor`, `cores`, `caches`, `isa`, `limits` of the number of
#'     threads, `r`, `blas`, `compiler`, `os`, `edist`, and `slurm`, the job if in
#'     one.
#' @seealso [edist_bench_approaches()], [edist_bench_compare()], [edist_bench_read()]
#' @export
#' @examples
#' b <- edist_bench(c(50, 100), threads = 1, repetitions = 2, min_seconds = 0,
#'                  approaches = c("vectorised", "engine"))
#' b
#' subset(b, approach == "engine", c(size, threads, min, median, gflops))
edist_bench <- function(sizes = c(250, 500, 1000, 2000), threads = NULL,
                        approaches = names(edist_bench_approaches()), columns = NULL,
                        ..., x = NULL, y = x, repetitions = 7, min_seconds = 0.2,
                        max_seconds = 20, seed = 1, file = NULL,
                        progress = interactive()) {
  check_dots_empty(...)
  check_counts(sizes, "sizes")
  if (is.null(threads)) threads <- doubling(edist_threads())
  check_counts(threads, "threads")
  threads <- vapply(threads, read_threads, 1L) # what a call would really use
  if (!is.null(columns)) check_counts(columns, "columns", 1)
  check_counts(repetitions, "repetitions", 1)
  check_approaches(approaches)
  check_seconds(max_seconds, "max_seconds")
  check_seconds(min_seconds, "min_seconds", zero = TRUE)
  check_seed(seed)
  check_flag(progress, "progress")
  given <- given_matrices(x, y)
  if (!is.null(given)) sizes <- nrow(given$x)

  data <- data_name(given, seed)
  context <- bench_context(data)
  cells <- bench_cells(sort(unique(sizes)), sort(unique(threads)), approaches)
  cells$rows_y <- if (is.null(given)) cells$size else nrow(given$y)
  cells$columns <- if (!is.null(given)) ncol(given$x) else
    if (is.null(columns)) cells$size else as.integer(columns)
  book <- bench_book(file, context)
  how <- list(repetitions = repetitions, min = min_seconds, max = max_seconds,
              clock = bench_clock)
  missing <- function() cells[is.na(match_cells(cells, run_rows(book$all()))), ]
  todo <- missing()
  todo$limit <- least_seconds(todo)
  progress_bar <- bench_progress(progress, nrow(todo))
  bar <- function(cell) {
    left <- todo[is.na(match_cells(todo, book$tried())), ]
    progress_bar(cell, nrow(todo) - nrow(left), seconds_left(left, book$all(), how))
  }
  for (size in unique(todo$size)) {
    here <- todo$size == size
    matrices <- given
    if (is.null(matrices)) {
      matrices <- random_matrices(size, todo$columns[here][1], seed)
    }
    bench_size(todo[here, ], matrices, how, context, book, bar)
  }
  book$close()
  all <- book$all()
  done <- as_bench(all[match_cells(cells, all), ])
  warn_if_noisy(done)
  done
}

# 1, 2, 4, ... and n itself.
doubling <- function(n) {
  unique(c(2^seq(0, log2(n)), n))
}

# Approaches of one core have one cell a size.
bench_cells <- function(sizes, threads, approaches) {
  asked <- expand.grid(threads = threads, approach = approaches,
                       stringsAsFactors = FALSE)
  get <- mapply(approach_threads, asked$approach, asked$threads)
  asked$threads <- as.integer(ifelse(is.na(get), asked$threads, get))
  asked <- unique(asked)
  size <- rep(sizes, each = nrow(asked))
  data.frame(approach = asked$approach, size = as.integer(size),
             threads = asked$threads)
}

# The limit for differences; NA where not even the instruction set is known.
least_seconds <- function(cells) {
  isa <- edist_info()$isa
  if (is.na(isa) || nrow(cells) == 0) return(rep(NA_real_, nrow(cells)))
  roofline <- edist_bench_roofline(unique(cells$threads), isa, seconds = 0.05)
  predict.edist_roofline(roofline, cells$size, cells$columns, cells$rows_y,
                         threads = cells$threads)$total
}

# For each cell the row of `done` that has it, or NA.
match_cells <- function(cells, done) match(cell_key(cells), cell_key(done))

cell_key <- function(x) paste(x$approach, x$size, x$rows_y, x$columns, x$threads)

run_rows <- function(rows) rows[is_run(rows), ]

# Terms of the sums.
work_of <- function(cells) as.double(cells$size) * cells$rows_y * cells$columns

# All cells of one size, approach by approach: check each, then let those that are
# quick take turns.
bench_size <- function(cells, data, how, context, book, bar) {
  approach <- factor(cells$approach, unique(cells$approach))
  for (these in split(seq_len(nrow(cells)), approach)) {
    trials <- lapply(these, function(i) {
      bar(cells[i, ])
      prepare_cell(cells[i, ], data, book$all(), how)
    })
    is_long <- vapply(trials, function(trial) {
      trial$expected * how$repetitions > 5
    }, NA)
    turns <- split(seq_along(trials), ifelse(is_long, seq_along(trials), 0))
    for (turn in turns) {
      bar(cells[these[turn[1]], ])
      load <- load_average()
      for (repetition in seq_len(how$repetitions)) {
        trials[turn] <- lapply(trials[turn], repeat_cell, data, repetition, how)
      }
      for (t in turn) book$add(bench_row(cells[these[t], ], trials[[t]], context, load))
    }
  }
}

# A cell before its first repetition: whether and how to run it.
prepare_cell <- function(cell, data, known, how) {
  trial <- list(run = NULL, status = why_not(cell$approach), expected = NA,
                loops = 1, warmup = NA_real_, times = numeric(), cpu = 0)
  if (trial$status == "run") {
    approach <- edist_bench_approaches()[[cell$approach]]
    trial$run <- function(x) approach(x, data$y, cell$threads)
    expected <- expected_seconds(cell, known)
    if (is.na(expected) || expected <= how$max) {
      rate <- tryCatch(check_sample(trial$run, data, how), error = conditionMessage)
      if (is.character(rate)) trial$status <- paste("not run:", rate)
      else if (is.na(expected)) expected <- rate
    }
    trial$expected <- expected
    if (trial$status == "run" && expected > how$max) {
      trial$status <- "not run: over max_seconds"
    }
  }
  if (trial$status != "run") {
    trial$expected <- 0
  } else if (trial$expected <= how$max / 10) {
    trial <- autorange(trial, data, how)
  }
  trial
}

# Loops of 1, 2, 5, 10, ... calls, until one takes `min_seconds`.
autorange <- function(trial, data, how) {
  trial$warmup <- time_loop(trial, data$x, how$clock)$wall
  trial$expected <- trial$warmup
  spent <- trial$warmup
  for (loops in c(outer(c(1, 2, 5), 10^(0:6)))) {
    if (spent + loops * trial$expected > how$max) break
    trial$loops <- loops
    if (loops * trial$expected < how$min / 3) next # far too few
    trial$expected <- time_loop(trial, data$x, how$clock)$wall
    spent <- spent + loops * trial$expected
    if (loops * trial$expected >= how$min) break
  }
  trial
}

repeat_cell <- function(trial, data, repetition, how) {
  spent <- sum(trial$times) * trial$loops
  enough <- repetition > 1 && spent * repetition / (repetition - 1) > how$max
  if (trial$status != "run" || enough) return(trial)
  time <- time_loop(trial, data$x, how$clock)
  trial$times <- c(trial$times, time$wall)
  trial$cpu <- trial$cpu + time$cpu
  trial
}

# Seconds a call, of the clock and of all CPUs.
time_loop <- function(trial, x, clock) {
  gc(FALSE)
  spent <- elapsed(for (i in seq_len(trial$loops)) trial$run(x), clock)
  as.list(spent / trial$loops)
}

# What evaluating `code` takes of that which `clock` tells.
elapsed <- function(code, clock) {
  start <- clock()
  force(code)
  clock() - start
}

# Seconds of the clock on the wall, finer than those of proc.time(), and of all threads
# of this process.
bench_clock <- function() {
  c(wall = as.numeric(Sys.time()), cpu = sum(proc.time()[1:2]))
}

bench_row <- function(cell, trial, context, load) {
  context$load <- load
  context$date <- format(Sys.time(), "%Y-%m-%d %H:%M:%S %z")
  n <- length(trial$times)
  # The system tells those of other processes late, or never.
  here <- n > 0 && !cell$approach %in% c("pool", "shared")
  cpu <- if (here) signif(trial$cpu / n, 6) else NA_real_
  row <- data.frame(cell[c("approach", "size", "rows_y", "columns", "threads")],
                    loops = as.integer(trial$loops), warmup = signif(trial$warmup, 9),
                    cpu_seconds = cpu, limit = signif(cell$limit, 6),
                    oversubscribed = cell$threads > usable_cpus(),
                    status = trial$status)
  row$times <- list(signif(trial$times, 9)) # nanoseconds
  data.frame(row, context)
}

# From the largest size run before; NA if there is none.
expected_seconds <- function(cell, known) {
  same <- known$approach == cell$approach & known$threads == cell$threads &
    known$size < cell$size & is_run(known)
  last <- known[same, ]
  last <- last[which.max(last$size), ]
  if (nrow(last) == 0) return(NA_real_)
  min(last$times[[1]]) * work_of(cell) / work_of(last)
}

# What the cells will take, to go by those known; one of which nothing is known, as
# long as those known took on average. NA if none is.
seconds_left <- function(cells, known, how) {
  taken <- vapply(known$times, sum, 0) * known$loops
  seconds <- vapply(seq_len(nrow(cells)), function(i) {
    one <- expected_seconds(cells[i, ], known)
    if (is.na(one)) return(if (length(taken) > 0) mean(taken) else NA_real_)
    if (one > how$max) 0 else min(how$max, how$repetitions * max(one, how$min))
  }, 0)
  sum(seconds)
}

# A few rows, spread over all: the engine's numbers, or an error. Gives the seconds
# that all rows would take at this rate. One row first, and more if that is quick; and
# more again if all would take too long, for the start of processes counts with them.
check_sample <- function(run, data, how, sample = 1) {
  n <- nrow(data$x)
  rows <- unique(round(seq(1, n, length.out = min(n, sample))))
  few <- data$x[rows, , drop = FALSE]
  seconds <- elapsed(got <- run(few), how$clock)[["wall"]]
  expected <- edist_matrix(few, data$y, threads = 1)
  good <- is.numeric(got) && identical(dim(got), dim(expected)) &&
    isTRUE(max(abs(got - expected)) <= 1e-6 * max(expected))
  if (!good) stop("gives other distances than the engine", call. = FALSE)
  all <- seconds * n / length(rows)
  quick <- seconds * 4 <= how$max / 20
  if (length(rows) == n || !quick || sample >= 8 && all <= how$max) return(all)
  check_sample(run, data, how, 4 * sample)
}

# "run", or why an approach cannot be measured here.
why_not <- function(approach) {
  if (approach == "shared" && !has_fork()) return("not run: no fork here")
  if (approach == "blas" && is.na(approach_threads("blas", 1))) {
    return("not run: needs RhpcBLASctl") # else nobody knows how many threads ran
  }
  "run"
}

# Drawn from a seed of their own; the caller's random numbers stay as they were.
random_matrices <- function(n, p, seed) {
  old <- get0(".Random.seed", globalenv(), inherits = FALSE)
  on.exit({
    if (is.null(old)) {
      suppressWarnings(rm(".Random.seed", envir = globalenv()))
    } else {
      assign(".Random.seed", old, globalenv())
    }
  })
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion")
  length <- as.double(n) * p
  check_fits(2 * length, "the data of a benchmark",
             c("edist_bench(sizes, columns = 100)" = 200 * n))
  list(x = matrix(stats::runif(length), n), y = matrix(stats::runif(length), n))
}

given_matrices <- function(x, y) {
  if (is.null(x) && is.null(y)) return(NULL)
  rows <- as_observations_of_both(x, y, as_dense_observations)
  x <- rows$x
  y <- rows$y
  if (nrow(x) == 0 || nrow(y) == 0 || ncol(x) == 0) {
    abort("{.arg x} and {.arg y} must have rows and columns, not {nrow(x)} and
      {nrow(y)} rows and {ncol(x)} column{?s}.")
  }
  check_finite(x, "x")
  check_finite(y, "y")
  storage.mode(x) <- storage.mode(y) <- "double"
  list(x = x, y = y)
}

check_finite <- function(x, argument) {
  bad <- which(!is.finite(x), arr.ind = TRUE)
  if (nrow(bad) == 0) return(invisible())
  was <- format(x[bad[1, , drop = FALSE]])
  abort("{.arg {argument}} must have no missing or infinite values, but its row
    {bad[1, 1]}, column {bad[1, 2]} is {was}.")
}

# Two runs on the same data have the same name for it.
data_name <- function(given, seed) {
  if (is.null(given)) return(sprintf("uniform, seed %d", as.integer(seed)))
  paste("given,", substr(cli::hash_obj_md5(given), 1, 8))
}

check_counts <- function(x, argument, length = NULL) {
  good <- is.numeric(x) && length(x) > 0 && all(vapply(x, is_count, NA)) &&
    (is.null(length) || length(x) == length)
  if (good) return(invisible())
  what <- if (identical(length, 1)) "a positive whole number" else
    "positive whole numbers"
  bad <- if (is.numeric(x) && length(x) > 0 && is.null(length)) {
    Find(function(value) !is_count(value), x)
  } else {
    x
  }
  was <- describe_count(bad)
  abort("{.arg {argument}} must be {what}, not {was}.")
}

check_seconds <- function(x, argument, zero = FALSE) {
  if (is_number(x) && is.finite(x) && (x > 0 || zero && x == 0)) return(invisible())
  was <- describe(x)
  what <- if (zero) "a number of seconds from 0" else "a positive number of seconds"
  abort("{.arg {argument}} must be {what}, not {was}.")
}

check_seed <- function(seed) {
  if (is_number(seed) && seed == trunc(seed) && abs(seed) <= .Machine$integer.max) {
    return(invisible())
  }
  was <- describe(seed)
  abort("{.arg seed} must be a whole number, not {was}.")
}

check_approaches <- function(approaches) {
  known <- names(edist_bench_approaches())
  if (is.character(approaches) && length(approaches) > 0 &&
        all(approaches %in% known)) {
    return(invisible())
  }
  bad <- if (is.character(approaches)) setdiff(approaches, known) else approaches
  was <- if (length(bad) == 0) "empty" else describe(bad[[1]])
  abort("{.arg approaches} must be among {.or {.val {known}}}, not {was}.")
}

is_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)

# A function to call with each cell as it begins, the number of those done and the
# seconds left; cli takes the bar away when the caller, `frame`, is done.
bench_progress <- function(show, total, frame = parent.frame()) {
  if (!show) return(function(cell, done, left) NULL)
  bar <- cli::cli_progress_bar(
    "Benchmark", total = total, .envir = frame,
    format = "{cli::pb_bar} {cli::pb_current}/{cli::pb_total} {cli::pb_status}"
  )
  function(cell, done, left) {
    status <- paste0(cell$size, " rows, ", bench_label(cell), format_left(left))
    # Not worth an error, which would end the run.
    try(cli::cli_progress_update(set = done, id = bar, status = status,
                                 .envir = frame), silent = TRUE)
  }
}

format_left <- function(seconds) {
  if (is.na(seconds)) return("")
  time <- if (seconds < 100) paste(ceiling(seconds), "s") else
    if (seconds < 6000) paste(ceiling(seconds / 60), "min") else
      paste(ceiling(seconds / 3600), "h")
  paste0(" | about ", time, " left")
}

warn_if_noisy <- function(bench) {
  noisy <- bench[which(bench$cv > 0.1), ]
  if (nrow(noisy) == 0) return(invisible())
  worst <- noisy[which.max(noisy$cv), ]
  text <- cli::format_inline(
    "The machine was noisy: the times of {nrow(noisy)} of {nrow(bench)} cells varied
    by more than 10 %, most those of {bench_label(worst)} at {worst$size} rows,
    by {round(100 * worst$cv)} %.", keep_whitespace = FALSE
  )
  warning(structure(list(message = text, call = NULL),
                    class = c("edist_noisy", "warning", "condition")))
}
