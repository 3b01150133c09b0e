# A benchmark as a data frame: its columns, the figures derived from the raw
# times, and how published times become one.

bench_columns <- c(
  "approach", "size", "rows_y", "columns", "threads", "repetitions", "loops",
  "warmup", "min", "median", "cv", "cpu_seconds", "gflops", "speedup",
  "efficiency", "limit", "of_limit", "oversubscribed", "status", "times",
  "data", "date", "load", "processor", "cores", "caches", "isa", "limits", "r",
  "blas", "compiler", "os", "edist", "slurm"
)

# All figures derived from the raw times are computed here and nowhere else.
as_bench <- function(rows) {
  of_times <- function(f) {
    vapply(rows$times, function(times) {
      if (length(times) > 0) f(times) else NA_real_
    }, 0)
  }
  rows$repetitions <- lengths(rows$times)
  rows$min <- of_times(min)
  rows$median <- of_times(stats::median)
  rows$cv <- of_times(stats::sd) / of_times(mean)
  rows$gflops <- 3 * work_of(rows) / rows$min / 1e9
  rows$speedup <- single_thread_seconds(rows) / rows$min
  rows$efficiency <- rows$speedup / rows$threads
  rows$of_limit <- rows$limit / rows$min
  rows <- rows[bench_columns]
  rownames(rows) <- NULL
  structure(rows, class = c("edist_bench", "data.frame"))
}

single_thread_seconds <- function(rows) {
  key <- paste(rows$approach, rows$size, rows$rows_y, rows$columns,
               panel_of(rows))
  single <- rows$threads %in% 1
  rows$min[single][match(key, key[single])]
}

# The panel that a cell belongs to: its machine, and what differs between the
# cells of that machine.
panel_of <- function(bench) {
  fixed <- stats::ave(bench$columns, bench$processor, FUN = function(n) {
    length(unique(n))
  }) == 1
  shape <- ifelse(bench$columns == bench$size & !fixed, "",
                  paste(bench$columns, "columns"))
  about <- data.frame(shape, bench[c("data", "edist", "r", "blas", "compiler",
                                     "isa")])
  panel <- bench$processor
  for (name in names(about)) {
    counts <- tapply(about[[name]], bench$processor, function(x) {
      length(unique(x))
    })
    varies <- as.vector(counts[bench$processor]) > 1
    label <- if (name %in% c("shape", "data", "r")) about[[name]] else
      paste(name, about[[name]])
    label[label == ""] <- "square"
    panel <- ifelse(varies, paste0(panel, ", ", label), panel)
  }
  panel
}

check_no_repeats <- function(bench, argument) {
  if (nrow(bench) == 0) {
    abort("{.arg {argument}} must have at least one cell, but has none.")
  }
  at <- first_repeat(bench)
  if (at == 0) return(invisible())
  was <- paste("two of", bench_label(bench[at, ]), "at", bench$size[at], "rows")
  abort("{.arg {argument}} must have each cell once, but has {was}; of two
    machines of one model, give one another name in column {.field processor}.")
}

# The first row that holds the same cell as a row before it, or 0.
first_repeat <- function(bench) {
  anyDuplicated(data.frame(cell_key(bench), panel_of(bench)))
}

check_bench <- function(bench, argument = "bench") {
  if (is_bench(bench)) return(invisible())
  was <- describe(bench)
  abort("{.arg {argument}} must be a result of {.fn edist_bench} with all its
    columns, not {was}.")
}

# A benchmark whose columns were dropped is a plain data frame.
is_bench <- function(x) {
  inherits(x, "edist_bench") && all(bench_columns %in% names(x))
}

unclass_bench <- function(bench) structure(bench, class = "data.frame")

is_run <- function(bench) bench$status == "run"

#' Convert published times to a benchmark
#'
#' Turns a table of seconds into what [edist_bench()] returns. You can then draw
#' it, show it as a table, and combine it with your own benchmark by `rbind()`:
#' pictures and tables keep the machines apart.
#'
#' @param x A data frame with columns `approach`, `size`, `seconds`, and
#'   `threads` or `workers` (`NA` if unknown), such as [workshop_results].
#' @param processor A short name for the machine.
#' @param columns The number of columns of the matrices: one number, or one for
#'   each row of `x`. By default, as many columns as rows.
#' @return A data frame of class `"edist_bench"` with `nrow(x)` rows. What `x`
#'   does not tell is `NA`, or `""` in columns of text.
#' @seealso [edist_bench()] for the columns; [edist_bench_table()],
#'   [autoplot.edist_bench()]
#' @export
#' @examples
#' published <- as_edist_bench(workshop_results, "published in 2023")
#' subset(published, size <= 750)
as_edist_bench <- function(x, processor, columns = x$size) {
  workers <- if (is.data.frame(x)) {
    intersect(c("threads", "workers"), names(x))[1]
  }
  if (!is.data.frame(x) || nrow(x) == 0 || is.na(workers) ||
        !all(c("approach", "size", "seconds") %in% names(x))) {
    was <- describe(x)
    abort("{.arg x} must be a data frame with at least one row and with columns
      {.field approach}, {.field size}, {.field threads} and {.field seconds},
      not {was}.")
  }
  check_counts(x$size, "x$size")
  check_counts(columns, "columns")
  if (!all(is.na(x[[workers]]))) {
    check_counts(x[[workers]][!is.na(x[[workers]])], paste0("x$", workers))
  }
  lapply(x$seconds, check_seconds, "x$seconds")
  if (missing(processor) || !is.character(processor) ||
        length(processor) != 1 || is.na(processor)) {
    was <- if (missing(processor)) "missing" else describe(processor)
    abort("{.arg processor} must be a string that names the machine, not
      {was}.")
  }
  rows <- data.frame(
    approach = as.character(x$approach), size = as.integer(x$size),
    rows_y = as.integer(x$size), columns = as.integer(columns),
    threads = as.integer(x[[workers]]), loops = 1L, warmup = NA_real_,
    cpu_seconds = NA_real_, limit = NA_real_, oversubscribed = NA,
    status = "run", data = "", date = "", load = NA_real_,
    processor = processor, cores = NA_integer_, caches = "", isa = "",
    limits = "", r = "", blas = "", compiler = "", os = "", edist = "",
    slurm = ""
  )
  rows$times <- as.list(as.double(x$seconds))
  as_bench(rows)
}

# Adds the columns that package bench needs to print, summarise and draw times.
# bench::as_bench_mark() takes a tibble.
#' @exportS3Method tibble::as_tibble
as_tibble.edist_bench <- function(x, ...) {
  out <- unclass_bench(x[is_run(x), ])
  has_bench <- requireNamespace("bench", quietly = TRUE)
  seconds <- if (has_bench) bench::as_bench_time else identity
  out$expression <- bench_label(out)
  out[["min"]] <- seconds(out$min)
  out[["median"]] <- seconds(out$median)
  out[["itr/sec"]] <- 1 / vapply(out$times, mean, 0)
  out$mem_alloc <- rep(NA_real_, nrow(out))
  out[["gc/sec"]] <- numeric(nrow(out))
  out$n_itr <- out$repetitions * out$loops
  out$n_gc <- numeric(nrow(out))
  out$total_time <- seconds(vapply(out$times, sum, 0) * out$loops)
  out$result <- rep(list(NULL), nrow(out))
  out$memory <- rep(list(NULL), nrow(out))
  out$time <- lapply(out$times, seconds)
  out$gc <- lapply(out$times, function(times) {
    none <- rep(0, length(times))
    tibble::tibble(level0 = none, level1 = none, level2 = none)
  })
  tibble::as_tibble(out[union("expression", names(out))], ...)
}

bench_label <- function(bench) {
  paste0(bench$approach, threads_suffix(bench, " x"))
}

threads_suffix <- function(bench, times) {
  plain <- is_single(bench) | is.na(bench$threads)
  ifelse(plain, "", paste0(times, bench$threads))
}

# Approaches that always use one core, in edist or in the published times.
is_single <- function(bench) {
  is_single_core(bench$approach) | bench$approach == "NumPy"
}
