#' Time the approaches over sizes and threads
#'
#' Runs every approach at every size with every number of threads, on the same
#' random matrices, and keeps all times. So it answers the question 'more cores,
#' more speed?' for your own machine.
#'
#' @section How it measures:
#' A cell is one approach at one size with one number
#' of threads. Each cell first computes the distances of a few rows. They, and
#' those of some rows of the first whole call, must agree with those of the
#' engine to a millionth of the largest ([edist_bench_validate()] compares them
#' closely): a cell that gives other numbers, or at any time an error, has no
#' times, and its `status` says why. Then the cell is
#' measured like `%timeit` in Python: one whole call, which is reported
#' separately (`warmup`), and then 1, 2, 5, 10, ... calls in a loop, until a
#' loop takes `min_seconds`. Such a loop is a repetition, and its time is
#' divided by its number of calls. If a call is expected to take more than a
#' tenth of `max_seconds`, there is no warm-up and each repetition is a single
#' call.
#'
#' The numbers of threads of one approach at one size take turns, one repetition
#' after the other, so that a busy moment of the machine affects them alike;
#' cells that take more than a few seconds run alone. Garbage is collected
#' between repetitions, outside the measured time.
#'
#' The expected time of a cell is the time of the same approach at the previous
#' size, multiplied by the growth of the work, or, at the first size, an
#' estimate from the few rows. If it exceeds `max_seconds`, the cell is not run:
#' its times are `NA` and its `status` says so. All times in the result are
#' measured, none is estimated. If the repetitions of a cell vary by more than a
#' tenth (their coefficient of variation), a warning of class `"edist_noisy"`
#' names the worst cell.
#'
#' @section A run that can be interrupted:
#' With `file`, each finished cell is
#' written to that CSV. The new file is written under another name and then
#' renamed, so it is complete at any moment. If you call the function again with
#' the same file, it runs only the cells that are missing or were not run; cells
#' that were run stay as they are, even with another number of repetitions. If
#' the file holds anything other than a benchmark of the same data on the same
#' machine with the same versions, this is an error, and the file stays as it
#' is. If the disk is full, the run continues, tries to write again after each
#' cell, and ends with a warning if the last attempt failed.
#'
#' @section Your own function:
#' `approaches = list(mine = f, "engine")` times functions beside the approaches
#' of edist; [edist_bench_validate()] says how they are named and called and
#' what they must return. Before anything is timed, each must give the right
#' distances for up to 20 rows of `x` and 13 of `y`, to a millionth of the
#' largest; otherwise this is an error of class `"edist_disagreement"` that says
#' what is wrong.
#'
#' A function that has an argument `threads` is timed with every number of
#' threads. Any other function is timed once for each size: how many threads or
#' processes it uses is not known, so `threads`, `limit` and all that follows
#' from them are `NA`, and tables show `?`.
#'
#' In a file, a function is known by its name alone: after a change, give it
#' another name, or its old times stay.
#'
#' @param sizes Numbers of rows, positive whole numbers: both matrices have this
#'   number of rows.
#' @param threads Numbers of threads, positive whole numbers; by default 1, 2, 4
#'   and so on up to [edist_threads()]. A number that a call would not get, see
#'   [edist_threads()], is replaced by the number it would get. A number above
#'   that of the CPUs which this process may use is run and marked as
#'   oversubscribed. Approaches that use one core are timed once, with one
#'   thread.
#' @param approaches Names of approaches, see [edist_bench_approaches()], or a
#'   list of such names and of functions of your own, see below.
#' @param columns The number of columns; by default as many as rows.
#' @param ... Not used; must be empty.
#' @param x,y Dense numeric matrices to use instead of random ones; `sizes`,
#'   `columns` and `seed` then have no effect. By default, `y` is `x`.
#' @param repetitions How often each cell is timed; less often if that would
#'   take more than `max_seconds`, but at least once.
#' @param min_seconds The minimum seconds of a repetition: short calls are
#'   repeated in a loop until it is reached.
#' @param max_seconds The maximum seconds that a cell may take.
#' @param seed The seed of the random matrices, which are uniform on (0, 1). The
#'   state of R's random number generator does not change.
#' @param file The name of a CSV that keeps the cells, or `NULL`.
#' @param progress Whether to show a progress bar with the remaining time.
#'
#' @return A data frame of class `"edist_bench"` with a row per cell. It prints
#'   as a table of sizes by approaches, with the fastest and the slowest of each
#'   size marked; [edist_bench_table()] gives that table as HTML, and
#'   [`plot()`][plot.edist_bench] draws it. Columns:
#'   * `approach`, `size`, `rows_y` (the rows of `y`), `columns`, `threads`;
#'   * `repetitions`, the number done, and `loops`, the calls in each;
#'   * `warmup`, the seconds of the first call, `NA` if there was no warm-up;
#'   * `min` and `median` of the repetitions, in seconds per call, and `cv`,
#'     their coefficient of variation;
#'   * `cpu_seconds` of all threads together, per call; `NA` for `pool`,
#'     `shared` and functions of your own, whose workers may be other processes;
#'   * `gflops`, billions of operations per second at the minimum time, with
#'     three operations for each pair of rows and each column;
#'   * `speedup`, the minimum time with one thread divided by that of the cell,
#'     `NA` without a time for one thread, and `efficiency`, the speed-up per
#'     thread;
#'   * `limit`, the minimum seconds that this machine needs to subtract, square
#'     and add with this number of threads, to take roots, or to write the
#'     result, whichever takes longest, see [predict.edist_roofline()]; and
#'     `of_limit`, the limit divided by the minimum time;
#'   * `oversubscribed`, whether there are more threads than CPUs;
#'   * `status`, `"run"`, or the reason why the cell was not run;
#'   * `times`, a list of all measured seconds;
#'   * where it ran: `data`, `date`, `load` (the average of the last minute
#'     before the cell), `processor`, `cores`, `caches`, `isa`, `limits` of the
#'     number of threads, `r`, `blas`, `compiler`, `os`, `edist`, and `slurm`,
#'     the Slurm job if there is one.
#' @seealso [edist_bench_approaches()] for what is timed; [edist_bench_table()]
#'   and [plot.edist_bench()] to show a result; [edist_bench_compare()],
#'   [edist_bench_read()]; [edist_bench_roofline()] for the limits of the
#'   machine
#' @export
#' @examples
#' b <- edist_bench(c(50, 100), threads = 1, repetitions = 2, min_seconds = 0,
#'                  approaches = c("vectorised", "engine"))
#' b
#' subset(b, approach == "engine", c(size, threads, min, median, gflops))
#'
#' # A function of your own beside the engine
#' mine <- function(x, y) {
#'   out <- matrix(0, nrow(x), nrow(y))
#'   for (k in seq_len(ncol(x))) out <- out + outer(x[, k], y[, k], "-")^2
#'   sqrt(out)
#' }
#' edist_bench(100, threads = 1, list(mine = mine, "engine"), repetitions = 2,
#'             min_seconds = 0)
edist_bench <- function(sizes = c(250, 500, 1000, 2000), threads = NULL,
                        approaches = names(edist_bench_approaches()),
                        columns = NULL, ..., x = NULL, y = x, repetitions = 7,
                        min_seconds = 0.2, max_seconds = 20, seed = 1,
                        file = NULL, progress = interactive()) {
  check_dots_empty(...)
  check_counts(sizes, "sizes")
  if (is.null(threads)) threads <- doubling(edist_threads())
  check_counts(threads, "threads")
  threads <- vapply(threads, read_threads, 1L) # what a call would use
  if (!is.null(columns)) check_counts(columns, "columns", 1)
  check_counts(repetitions, "repetitions", 1)
  approaches <- read_approaches(approaches)
  check_seconds(max_seconds, "max_seconds")
  check_seconds(min_seconds, "min_seconds", zero = TRUE)
  check_seed(seed)
  check_flag(progress, "progress")
  given <- given_matrices(x, y)
  if (!is.null(given)) sizes <- nrow(given$x)

  data <- data_name(given, seed)
  columns_of <- function(size) if (is.null(columns)) size else columns
  data_of <- function(size) {
    if (is.null(given)) random_matrices(size, columns_of(size), seed) else given
  }
  own <- approaches[is_own(names(approaches))]
  check_own(own, data_of(min(sizes)), max(threads))
  context <- bench_context(data)
  cells <- bench_cells(sort(unique(sizes)), sort(unique(threads)), approaches)
  cells$rows_y <- if (is.null(given)) cells$size else nrow(given$y)
  cells$columns <- as.integer(if (is.null(given)) columns_of(cells$size) else
    ncol(given$x))
  cells$run <- approaches[cells$approach]
  book <- bench_book(file, context)
  rules <- list(repetitions = repetitions, min = min_seconds,
                max = max_seconds, clock = bench_clock)
  todo <- cells[is.na(match_cells(cells, run_rows(book$all()))), ]
  todo$limit <- least_seconds(todo)
  progress_bar <- bench_progress(progress, nrow(todo))
  bar <- function(cell) {
    left <- todo[is.na(match_cells(todo, book$tried())), ]
    progress_bar(cell, nrow(todo) - nrow(left),
                 seconds_left(left, book$all(), rules))
  }
  for (size in unique(todo$size)) {
    here <- todo$size == size
    matrices <- data_of(size)
    bench_size(todo[here, ], matrices, rules, context, book, bar)
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

# An approach that uses one core, or an unknown number of threads, has one cell
# per size.
bench_cells <- function(sizes, threads, approaches) {
  asked <- expand.grid(threads = threads, approach = names(approaches),
                       stringsAsFactors = FALSE)
  asked$threads <- as.integer(mapply(function(approach, threads) {
    if (!takes_threads(approaches[[approach]])) return(NA)
    approach_threads(approach, threads)
  }, asked$approach, asked$threads))
  asked <- unique(asked)
  size <- rep(sizes, each = nrow(asked))
  data.frame(approach = asked$approach, size = as.integer(size),
             threads = asked$threads)
}

# The limit of the difference form; NA if the instruction set or the number of
# threads is unknown.
least_seconds <- function(cells) {
  isa <- edist_info()$isa
  limit <- rep(NA_real_, nrow(cells))
  known <- !is.na(cells$threads) & !is.na(isa)
  if (!any(known)) return(limit)
  cells <- cells[known, ]
  roofline <- edist_bench_roofline(unique(cells$threads), isa, seconds = 0.05)
  limit[known] <- predict.edist_roofline(roofline, cells$size, cells$columns,
                                         cells$rows_y,
                                         threads = cells$threads)$limit
  limit
}

# The row of `done` that holds each cell, or NA.
match_cells <- function(cells, done) match(cell_key(cells), cell_key(done))

cell_key <- function(x) {
  paste(x$approach, x$size, x$rows_y, x$columns, x$threads)
}

run_rows <- function(rows) rows[is_run(rows), ]

# The number of terms of all sums.
work_of <- function(cells) as.double(cells$size) * cells$rows_y * cells$columns

# Runs all cells of one size, approach by approach: checks each cell, then lets
# the short ones take turns.
bench_size <- function(cells, data, rules, context, book, bar) {
  approach <- factor(cells$approach, unique(cells$approach))
  for (these in split(seq_len(nrow(cells)), approach)) {
    trials <- lapply(these, function(i) {
      bar(cells[i, ])
      prepare_cell(cells[i, ], data, book$all(), rules)
    })
    is_long <- vapply(trials, function(trial) {
      trial$expected * rules$repetitions > 5
    }, NA)
    turns <- split(seq_along(trials), ifelse(is_long, seq_along(trials), 0))
    for (turn in turns) {
      bar(cells[these[turn[1]], ])
      load <- load_average()
      for (repetition in seq_len(rules$repetitions)) {
        trials[turn] <- lapply(trials[turn], repeat_cell, data, repetition,
                               rules)
      }
      for (t in turn) {
        book$add(bench_row(cells[these[t], ], trials[[t]], context, load))
      }
    }
  }
}

# Decides before the first repetition of a cell whether to run it, and with how
# many calls per repetition.
prepare_cell <- function(cell, data, known, rules) {
  finalize_mirai() # approaches may fork
  trial <- new_trial(cell, data)
  if (trial$status == "run") {
    trial$expected <- expected_seconds(cell, known)
    if (!isTRUE(trial$expected > rules$max)) {
      # With a single row, many a function returns a vector.
      least <- if (is_own(cell$approach)) 2 else 1
      trial <- attempt(trial, {
        rate <- check_sample(trial$run, data, rules, least)
        if (is.na(trial$expected)) trial$expected <- rate
        trial
      })
    }
    if (trial$status == "run" && trial$expected > rules$max) {
      trial <- not_run(trial, "over max_seconds")
    }
  }
  if (trial$status == "run" && trial$expected <= rules$max / 10) {
    trial <- attempt(trial, autorange(trial, data, rules))
  }
  trial
}

new_trial <- function(cell, data) {
  f <- cell$run[[1]]
  status <- why_not(cell$approach)
  list(run = function(x) run_approach(f, x, data$y, cell$threads),
       status = status, expected = if (status == "run") NA_real_ else 0,
       loops = 1, warmup = NA_real_, times = numeric(), cpu = 0)
}

not_run <- function(trial, why) {
  trial$status <- paste("not run:", why)
  trial$expected <- trial$cpu <- 0
  trial$loops <- 1
  trial$warmup <- NA_real_
  trial$times <- numeric()
  trial
}

# An error while a cell runs is that of the cell: the others go on.
attempt <- function(trial, code) {
  tryCatch(code, error = function(e) {
    not_run(trial, one_line(conditionMessage(e)))
  })
}

# Tries loops of 1, 2, 5, 10, ... calls until one takes `min_seconds`.
autorange <- function(trial, data, rules) {
  trial$warmup <- first_call(trial, data, rules)$wall
  trial$expected <- trial$warmup
  spent <- trial$warmup
  for (loops in c(outer(c(1, 2, 5), 10^(0:6)))) {
    if (spent + loops * trial$expected > rules$max) break
    trial$loops <- loops
    if (loops * trial$expected < rules$min / 3) next # far too short
    trial$expected <- time_loop(trial, data$x, rules$clock)$wall
    spent <- spent + loops * trial$expected
    if (loops * trial$expected >= rules$min) break
  }
  trial
}

repeat_cell <- function(trial, data, repetition, rules) {
  spent <- sum(trial$times) * trial$loops
  enough <- repetition > 1 && spent * repetition / (repetition - 1) > rules$max
  if (trial$status != "run" || enough) return(trial)
  attempt(trial, {
    time <- if (repetition == 1 && is.na(trial$warmup)) {
      first_call(trial, data, rules)
    } else {
      time_loop(trial, data$x, rules$clock)
    }
    trial$times <- c(trial$times, time$wall)
    trial$cpu <- trial$cpu + time$cpu
    trial
  })
}

# The first call with all rows: its result is checked, too, at some rows.
first_call <- function(trial, data, rules) {
  gc(FALSE)
  spent <- elapsed(got <- trial$run(data$x), rules$clock)
  refuse_fault(shape_fault(got, data$x, data$y))
  rows <- sample_rows(nrow(data$x), 20)
  check_rows(got[rows, , drop = FALSE], data, rows)
  as.list(spent)
}

# Seconds per call, on the clock and on all CPUs.
time_loop <- function(trial, x, clock) {
  gc(FALSE) # as finalize_mirai() does
  spent <- elapsed(for (i in seq_len(trial$loops)) trial$run(x), clock)
  as.list(spent / trial$loops)
}

# How far `clock` advances while `code` is evaluated.
elapsed <- function(code, clock) {
  start <- clock()
  force(code)
  clock() - start
}

# Seconds on the wall clock, with a finer resolution than proc.time() has, and
# CPU seconds of all threads of this process.
bench_clock <- function() {
  c(wall = as.numeric(Sys.time()), cpu = sum(proc.time()[1:2]))
}

bench_row <- function(cell, trial, context, load) {
  context$load <- load
  context$date <- format(Sys.time(), "%Y-%m-%d %H:%M:%S %z")
  n <- length(trial$times)
  # CPU seconds of other processes become known late, or never.
  elsewhere <- cell$approach %in% c("pool", "shared") || is_own(cell$approach)
  here <- n > 0 && !elsewhere
  cpu <- if (here) to_digits(trial$cpu / n, 6) else NA_real_
  row <- data.frame(cell[c("approach", "size", "rows_y", "columns", "threads")],
                    loops = as.integer(trial$loops),
                    warmup = to_digits(trial$warmup, 9),
                    cpu_seconds = cpu, limit = to_digits(cell$limit, 6),
                    oversubscribed = cell$threads > usable_cpus(),
                    status = trial$status)
  row$times <- list(to_digits(trial$times, 9)) # nanoseconds
  data.frame(row, context)
}

# Rounds as signif() does, but always to the double that is nearest to the
# decimal number, so that a file that is read has the same bits.
to_digits <- function(x, digits) {
  x <- as.numeric(x)
  known <- !is.na(x)
  x[known] <- as.numeric(formatC(x[known], digits = digits, format = "g",
                                 decimal.mark = "."))
  x
}

# Estimated from the largest smaller size that was run; NA if there is none.
expected_seconds <- function(cell, known) {
  same <- known$approach == cell$approach & known$threads %in% cell$threads &
    known$size < cell$size & is_run(known)
  last <- known[same, ]
  last <- last[which.max(last$size), ]
  if (nrow(last) == 0) return(NA_real_)
  min(last$times[[1]]) * work_of(cell) / work_of(last)
}

# Estimates the time of the remaining cells. A cell without an estimate counts
# as the average of those done; NA if none is done.
seconds_left <- function(cells, known, rules) {
  taken <- vapply(known$times, sum, 0) * known$loops
  seconds <- vapply(seq_len(nrow(cells)), function(i) {
    one <- expected_seconds(cells[i, ], known)
    if (is.na(one)) return(if (length(taken) > 0) mean(taken) else NA_real_)
    if (one > rules$max) return(0)
    min(rules$max, rules$repetitions * max(one, rules$min))
  }, 0)
  sum(seconds)
}

# Compares the distances of a few rows, spread over all, with the engine's; an
# error if they differ. Returns the seconds that all rows would take. Starts
# with `sample` rows, and goes on with more if that is quick.
check_sample <- function(run, data, rules, sample = 1, before = NULL) {
  n <- nrow(data$x)
  rows <- sample_rows(n, sample)
  few <- data$x[rows, , drop = FALSE]
  seconds <- elapsed(got <- run(few), rules$clock)[["wall"]]
  check_rows(got, data, rows)
  # Two samples tell what each row takes, and what starting takes once.
  of_all <- function(seconds) {
    each <- if (is.null(before)) seconds / length(rows) else
      max(0, (seconds - before$seconds) / (length(rows) - before$rows))
    seconds + each * (n - length(rows))
  }
  # On a busy machine, threads that wait for each other may be slow once.
  for (again in 1:2) {
    if (of_all(seconds) <= rules$max || seconds > rules$max / 20) break
    seconds <- min(seconds, elapsed(run(few), rules$clock)[["wall"]])
  }
  all <- of_all(seconds)
  quick <- seconds * 4 <= rules$max / if (is.null(before)) 2 else 20
  enough <- sample >= 8 && all <= rules$max
  if (length(rows) == n || !quick || enough) return(all)
  check_sample(run, data, rules, 4 * sample,
               list(rows = length(rows), seconds = seconds))
}

# Rows spread over all.
sample_rows <- function(n, count) {
  unique(round(seq(1, n, length.out = min(n, count))))
}

# An error if `got` is not the distances of these rows from all of y.
check_rows <- function(got, data, rows) {
  few <- data$x[rows, , drop = FALSE]
  expected <- edist_matrix(few, data$y, threads = 1)
  refuse_fault(result_fault(got, list(high = expected, low = 0),
                            1e-6 * max(expected), few, data$y))
}

refuse_fault <- function(fault) {
  if (is.null(fault)) return(invisible())
  stop("gives other distances than the engine: it ", one_line(fault),
       call. = FALSE)
}

# "run", or why an approach cannot be measured here.
why_not <- function(approach) {
  if (approach == "shared" && !has_fork()) return("not run: no fork here")
  if (approach == "blas" && is.na(approach_threads("blas", 1))) {
    return("not run: needs RhpcBLASctl") # to set the number of threads
  }
  "run"
}

# Draws from its own seed, and restores the state of R's random number
# generator.
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

# The same data always get the same name.
data_name <- function(given, seed) {
  if (is.null(given)) return(sprintf("uniform, seed %d", as.integer(seed)))
  paste("given,", substr(cli::hash_obj_md5(given), 1, 8))
}

check_counts <- function(x, argument, length = NULL) {
  good <- is.numeric(x) && length(x) > 0 && all(vapply(x, is_count, NA)) &&
    (is.null(length) || length(x) == length)
  if (good) return(invisible())
  what <- "positive whole numbers"
  if (identical(length, 1)) what <- "a positive whole number"
  bad <- if (is.numeric(x) && length(x) > 0 && is.null(length)) {
    Find(function(value) !is_count(value), x)
  } else {
    x
  }
  was <- describe_count(bad)
  abort("{.arg {argument}} must be {what}, not {was}.")
}

check_seconds <- function(x, argument, zero = FALSE) {
  if (is_number(x) && is.finite(x) && (x > 0 || zero && x == 0)) {
    return(invisible())
  }
  was <- describe(x)
  what <- "a positive number of seconds"
  if (zero) what <- "a number of seconds, 0 or more"
  abort("{.arg {argument}} must be {what}, not {was}.")
}

check_seed <- function(seed) {
  if (is_number(seed) && seed == trunc(seed) &&
        abs(seed) <= .Machine$integer.max) {
    return(invisible())
  }
  was <- describe(seed)
  abort("{.arg seed} must be a whole number, not {was}.")
}

is_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)

# Returns a progress callback: a function of the cell that starts, the number of
# cells done and the seconds left. cli removes the bar when the caller, `frame`,
# returns.
bench_progress <- function(show, total, frame = parent.frame()) {
  if (!show) return(function(cell, done, left) NULL)
  bar <- cli::cli_progress_bar(
    "Benchmark", total = total, .envir = frame,
    format = "{cli::pb_bar} {cli::pb_current}/{cli::pb_total} {cli::pb_status}"
  )
  function(cell, done, left) {
    status <- paste0(cell$size, " rows, ", bench_label(cell), format_left(left))
    # A failure to show progress must not end the run.
    try(cli::cli_progress_update(set = done, id = bar, status = status,
                                 .envir = frame), silent = TRUE)
  }
}

format_left <- function(seconds) {
  if (is.na(seconds)) return("")
  time <- if (seconds < 100) {
    paste(ceiling(seconds), "s")
  } else if (seconds < 6000) {
    paste(ceiling(seconds / 60), "min")
  } else {
    paste(ceiling(seconds / 3600), "h")
  }
  paste0(" | about ", time, " left")
}

warn_if_noisy <- function(bench) {
  noisy <- bench[which(bench$cv > 0.1), ]
  if (nrow(noisy) == 0) return(invisible())
  worst <- noisy[which.max(noisy$cv), ]
  text <- cli::format_inline(
    "The machine was noisy: the times of {nrow(noisy)} of {nrow(bench)} cells
    varied by more than 10 %. The worst is {bench_label(worst)} at {worst$size}
    rows, by {round(100 * worst$cv)} %.", keep_whitespace = FALSE
  )
  warning(structure(list(message = text, call = NULL),
                    class = c("edist_noisy", "warning", "condition")))
}
