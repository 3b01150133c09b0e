#' Time the approaches over sizes and threads
#'
#' Runs every approach at every size with every number of threads, on the same
#' random matrices, and keeps all times. It is the question 'more cores, more
#' speed?', answered on your own machine.
#'
#' @details
#' For each size, every approach first computes the distances of a few rows,
#' which warms it up and is checked against the engine's: an approach that gives
#' other numbers is an error. Then all cells of that size take turns, one
#' repetition after the other, so that a busy moment of the machine hits them
#' alike. Garbage is collected between repetitions, outside the measured time.
#'
#' A cell is expected to take as long as the same approach took at the size
#' before, times the growth of the work, or, at the first size, as long as its
#' warm-up suggests. If that exceeds `max_seconds`, the cell is not run: its
#' times are `NA` and its `status` says so. No time in the result is anything but
#' a measurement.
#'
#' @param sizes Numbers of rows, positive whole numbers: each is the number of
#'   rows of both matrices.
#' @param threads Numbers of threads, positive whole numbers; by default 1, 2, 4
#'   and so on up to [edist_threads()]. Numbers that a call would not get, see
#'   there, are replaced by what it would. Approaches that use one core are timed
#'   once, with one thread.
#' @param approaches Names of approaches, see [edist_approaches()].
#' @param columns The number of columns; by default as many as rows.
#' @param ... Not used; must be empty.
#' @param x,y Numeric matrices to use in place of random ones; `sizes`, `columns`
#'   and `seed` then have no effect. `y` is `x` if not given.
#' @param repetitions How often each cell is timed; fewer times if that would
#'   take more than `max_seconds`, but at least once.
#' @param max_seconds The most seconds that a cell may take.
#' @param seed Seed of the random matrices, uniform on (0, 1). Your own random
#'   numbers are not touched.
#' @param progress Whether to show a progress bar.
#'
#' @return A data frame of class `"edist_bench"` with a row per cell: `approach`,
#'   `size`, `columns`, `threads`, `repetitions` (those done), `min` and `median`
#'   in seconds, `status` (`"run"` or the reason why not), and `times`, a list of
#'   all seconds measured. Its attribute `"machine"` says where. It prints in
#'   readable units; `ggplot2::autoplot()` draws it.
#' @seealso [edist_approaches()], [autoplot.edist_bench()]
#' @export
#' @examples
#' b <- edist_bench(c(50, 100), threads = 1:2, repetitions = 2,
#'                  approaches = c("vectorised", "openmp_outer", "engine"))
#' b
#' subset(b, approach == "engine", c(size, threads, min, median))
edist_bench <- function(sizes = c(250, 500, 1000, 2000), threads = NULL,
                        approaches = names(edist_approaches()), columns = NULL,
                        ..., x = NULL, y = x, repetitions = 5,
                        max_seconds = 20, seed = 1, progress = interactive()) {
  check_dots_empty(...)
  check_counts(sizes, "sizes")
  if (is.null(threads)) threads <- doubling(edist_threads())
  check_counts(threads, "threads")
  threads <- vapply(threads, read_threads, 1L) # what a call would really use
  if (!is.null(columns)) check_counts(columns, "columns", 1)
  check_counts(repetitions, "repetitions", 1)
  check_approaches(approaches)
  if (!is_number(max_seconds) || max_seconds <= 0) {
    was <- describe(max_seconds)
    abort("{.arg max_seconds} must be a positive number, not {was}.")
  }
  if (!is_number(seed)) {
    was <- describe(seed)
    abort("{.arg seed} must be a number, not {was}.")
  }
  given <- given_matrices(x, y)
  if (!is.null(given)) sizes <- nrow(given$x)

  cells <- bench_cells(sort(unique(sizes)), sort(unique(threads)), approaches)
  bar <- bench_progress(progress, nrow(cells))
  done <- NULL
  for (size in unique(cells$size)) {
    data <- given
    if (is.null(data)) {
      data <- random_matrices(size, if (is.null(columns)) size else columns, seed)
    }
    here <- cells[cells$size == size, ]
    done <- rbind(done, bench_size(here, data, done, repetitions, max_seconds, bar))
  }
  rownames(done) <- NULL
  structure(done, machine = machine(), class = c("edist_bench", "data.frame"))
}

# 1, 2, 4, ... and n itself.
doubling <- function(n) {
  unique(c(2^seq(0, log2(n)), n))
}

is_single_core <- function(approach) {
  about <- attr(edist_approaches(), "about")
  about$cores[match(approach, about$name)] == "single"
}

# Approaches of one core have one cell a size.
bench_cells <- function(sizes, threads, approaches) {
  cells <- expand.grid(threads = threads, approach = approaches, size = sizes,
                       stringsAsFactors = FALSE)
  cells$threads[is_single_core(cells$approach)] <- 1
  unique(cells[c("approach", "size", "threads")])
}

# All cells of one size: check each, then let those that are to run take turns.
bench_size <- function(cells, data, before, repetitions, max_seconds, bar) {
  n <- nrow(cells)
  run <- lapply(seq_len(n), function(i) {
    approach <- edist_approaches()[[cells$approach[i]]]
    function(x) approach(x, data$y, cells$threads[i])
  })
  times <- rep(list(numeric()), n)
  status <- rep("run", n)
  for (i in seq_len(n)) {
    bar(cells[i, ])
    expected <- expected_seconds(cells[i, ], data, before)
    if (is.na(expected) || expected <= max_seconds) {
      warm_up <- check_sample(run[[i]], cells$approach[i], data)
      if (is.na(expected)) expected <- warm_up
    }
    if (expected > max_seconds) status[i] <- "not run: over max_seconds"
  }
  for (repetition in seq_len(repetitions)) {
    for (i in which(status == "run")) {
      spent <- sum(times[[i]])
      if (repetition == 1 || spent * repetition / (repetition - 1) <= max_seconds) {
        times[[i]] <- c(times[[i]], time_once(run[[i]], data$x))
      }
    }
  }
  best <- function(f) {
    vapply(times, function(t) if (length(t)) f(t) else NA_real_, 0)
  }
  cells <- data.frame(cells["approach"], cells["size"], columns = ncol(data$x),
                      cells["threads"], repetitions = lengths(times),
                      min = best(min), median = best(stats::median), status)
  cells$times <- times
  cells
}

# From the largest size measured before; NA if there is none.
expected_seconds <- function(cell, data, before) {
  same <- before$approach == cell$approach & before$threads == cell$threads
  last <- utils::tail(before[same, ], 1)
  if (is.null(before) || nrow(last) == 0) return(NA_real_)
  if (last$status != "run") return(Inf)
  growth <- (cell$size / last$size)^2 * ncol(data$x) / last$columns
  last$min * growth
}

time_once <- function(run, x) {
  gc(FALSE)
  elapsed(run(x))
}

# Seconds that evaluating `code` takes.
elapsed <- function(code) {
  start <- Sys.time()
  force(code)
  as.numeric(difftime(Sys.time(), start, units = "secs"))
}

# A few rows, spread over all: the same numbers as the engine's, to rounding.
# Gives the seconds that all rows would take at this rate.
check_sample <- function(run, name, data) {
  n <- nrow(data$x)
  rows <- unique(round(seq(1, n, length.out = min(n, 8))))
  few <- data$x[rows, , drop = FALSE]
  seconds <- elapsed(got <- run(few))
  expected <- edist_matrix(few, data$y, threads = 1)
  same <- all.equal(c(got), c(expected), tolerance = 1e-10)
  if (!isTRUE(same)) {
    abort("The approach {.val {name}} must give the distances of the engine, but
      {same[1]}.")
  }
  seconds * n / length(rows)
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
  list(x = matrix(stats::runif(n * p), n), y = matrix(stats::runif(n * p), n))
}

given_matrices <- function(x, y) {
  if (is.null(x) && is.null(y)) return(NULL)
  x <- as_observations(x, "x")
  y <- as_observations(y, "y")
  check_same_columns(x, y)
  if (nrow(x) == 0 || nrow(y) == 0 || ncol(x) == 0) {
    abort("{.arg x} and {.arg y} must have rows and columns, not {nrow(x)} and
      {nrow(y)} rows and {ncol(x)} column{?s}.")
  }
  storage.mode(x) <- storage.mode(y) <- "double"
  list(x = x, y = y)
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
  was <- describe(bad)
  abort("{.arg {argument}} must be {what}, not {was}.")
}

check_approaches <- function(approaches) {
  known <- names(edist_approaches())
  if (is.character(approaches) && length(approaches) > 0 &&
        all(approaches %in% known)) {
    return(invisible())
  }
  bad <- if (is.character(approaches)) setdiff(approaches, known) else approaches
  was <- if (length(bad) == 0) "empty" else describe(bad[[1]])
  abort("{.arg approaches} must be among {.or {.val {known}}}, not {was}.")
}

is_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)

# A function to call with each cell as it begins; cli takes the bar away when the
# caller, `frame`, is done.
bench_progress <- function(show, total, frame = parent.frame()) {
  if (!show) return(function(cell) NULL)
  bar <- cli::cli_progress_bar(
    "Benchmark", total = total, .envir = frame,
    format = "{cli::pb_bar} {cli::pb_current}/{cli::pb_total} {cli::pb_status}"
  )
  function(cell) {
    status <- paste0(cell$size, " rows, ", cell$approach, ", ", cell$threads,
                     if (cell$threads == 1) " thread" else " threads")
    cli::cli_progress_update(id = bar, status = status, .envir = frame)
  }
}

# Where a benchmark ran, in a few words each.
machine <- function() {
  info <- edist_info()
  list(cpu = cpu_name(), cores = info$limits[["CPUs online"]], isa = info$isa,
       r = R.version.string, edist = as.character(info$version))
}

cpu_name <- function() {
  line <- tryCatch(
    grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)[1],
    error = function(e) NA, warning = function(w) NA
  )
  if (is.na(line)) R.version$platform else trimws(sub(".*:", "", line))
}

#' @export
print.edist_bench <- function(x, ...) {
  needed <- c("approach", "size", "threads", "repetitions", "min", "status")
  if (!all(needed %in% names(x))) {
    return(NextMethod()) # columns were dropped: a plain data frame by now
  }
  lines <- bench_label(x)
  sizes <- unique(x$size)
  cells <- vapply(unique(lines), function(line) {
    vapply(sizes, function(size) {
      cell <- x[lines == line & x$size == size, ]
      if (nrow(cell) == 0) return("")
      if (cell$status[1] == "run") format_seconds(cell$min[1]) else "not run"
    }, "")
  }, character(length(sizes)))
  cells <- matrix(cells, length(sizes), dimnames = list(sizes, unique(lines)))
  table <- data.frame(size = format(sizes), cells, check.names = FALSE)
  cat("Least time of ", format_range(x$repetitions[x$status == "run"]),
      " repetitions\n", sep = "")
  print(table, row.names = FALSE)
  machine <- attr(x, "machine")
  if (!is.null(machine)) {
    cat(machine$cpu, ", ", machine$cores, " cores, ", machine$isa, "\n", sep = "")
  }
  invisible(x)
}

format_range <- function(x) {
  if (length(x) == 0) return("0")
  paste(unique(range(x)), collapse = " to ")
}

bench_label <- function(bench) {
  paste0(bench$approach, ifelse(is_single_core(bench$approach), "",
                                paste0(" x", bench$threads)))
}

# Three digits and a unit that people read; NA stays NA.
format_seconds <- function(seconds) {
  power <- pmin(pmax(ceiling(-log10(seconds) / 3), 0), 3)
  value <- seconds * 1000^power
  text <- paste(formatC(signif(value, 3), format = "fg", width = 1),
                c("s", "ms", "us", "ns")[power + 1])
  ifelse(is.na(seconds), NA_character_, text)
}
