# A benchmark as a data frame: its columns, what follows from the raw times, and
# the way from other people's times to it.

bench_columns <- c(
  "approach", "size", "rows_y", "columns", "threads", "repetitions", "loops",
  "warmup", "min", "median", "cv", "cpu_seconds", "gflops", "speedup", "efficiency",
  "limit", "of_limit", "oversubscribed", "status", "times", "data", "date", "load",
  "processor", "cores", "caches", "isa", "limits", "r", "blas", "compiler", "os", "edist",
  "slurm"
)

# Everything that follows from the raw times is worked out here and nowhere else.
as_bench <- function(rows) {
  of_times <- function(f) {
    vapply(rows$times, function(times) if (length(times)) f(times) else NA_real_, 0)
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
  key <- paste(rows$approach, rows$size, rows$rows_y, rows$columns, panel_of(rows))
  single <- rows$threads %in% 1
  rows$min[single][match(key, key[single])]
}

# What sets cells apart that are otherwise alike: their machine, and what differs
# among those of one machine.
panel_of <- function(bench) {
  shape <- ifelse(bench$columns == bench$size, "", paste(bench$columns, "columns"))
  about <- data.frame(shape, bench[c("data", "edist", "r", "blas", "compiler", "isa")])
  panel <- bench$processor
  for (name in names(about)) {
    counts <- tapply(about[[name]], bench$processor, function(x) length(unique(x)))
    varies <- as.vector(counts[bench$processor]) > 1
    label <- if (name %in% c("shape", "data", "r")) about[[name]] else
      paste(name, about[[name]])
    label[label == ""] <- "square"
    panel <- ifelse(varies, paste0(panel, ", ", label), panel)
  }
  panel
}

check_no_repeats <- function(bench, argument) {
  at <- anyDuplicated(data.frame(cell_key(bench), panel_of(bench)))
  if (nrow(bench) > 0 && at == 0) return(invisible())
  was <- if (nrow(bench) == 0) "no cells" else
    paste("two of", bench_label(bench[at, ]), "at", bench$size[at], "rows")
  abort("{.arg {argument}} must have cells, one of each kind, but has {was}.")
}

check_bench <- function(bench, argument = "bench") {
  if (is_bench(bench)) return(invisible())
  was <- describe(bench)
  abort("{.arg {argument}} must be a result of {.fn edist_bench} with all its columns,
    not {was}.")
}

# Columns may have been dropped: a plain data frame by now.
is_bench <- function(x) inherits(x, "edist_bench") && all(bench_columns %in% names(x))

unclass_bench <- function(bench) structure(bench, class = "data.frame")

is_run <- function(bench) bench$status == "run"

#' Times that others measured, as a benchmark
#'
#' Makes of a table of seconds what [edist_bench()] returns, so that it can be
#' drawn and tabled, and bound to a benchmark of your own with `rbind()`: pictures
#' and tables then tell the machines apart.
#'
#' @param x A data frame with columns `approach`, `size`, `seconds`, and `threads`
#'   or `workers` (`NA` where unknown), such as [workshop_results].
#' @param processor A few words on the machine, to tell it by.
#' @param columns The number of columns of the matrices; by default as many as
#'   rows.
#' @return A data frame of class `"edist_bench"`, `NA` in all that is not known.
#' @export
#' @examples
#' published <- as_edist_bench(workshop_results, "published in 2023")
#' subset(published, size <= 750)
as_edist_bench <- function(x, processor, columns = x$size) {
  workers <- if (is.data.frame(x)) intersect(c("threads", "workers"), names(x))[1]
  if (!is.data.frame(x) || nrow(x) == 0 || is.na(workers) ||
        !all(c("approach", "size", "seconds") %in% names(x))) {
    was <- describe(x)
    abort("{.arg x} must be a data frame with rows and with columns {.field approach},
      {.field size}, {.field threads} and {.field seconds}, not {was}.")
  }
  check_counts(x$size, "x$size")
  check_counts(columns, "columns")
  if (!all(is.na(x[[workers]]))) {
    check_counts(x[[workers]][!is.na(x[[workers]])], paste0("x$", workers))
  }
  lapply(x$seconds, check_seconds, "x$seconds")
  if (missing(processor) || !is.character(processor) || length(processor) != 1 ||
        is.na(processor)) {
    was <- if (missing(processor)) "missing" else describe(processor)
    abort("{.arg processor} must be a few words on the machine, not {was}.")
  }
  rows <- data.frame(
    approach = as.character(x$approach), size = as.integer(x$size),
    rows_y = as.integer(x$size), columns = as.integer(columns),
    threads = as.integer(x[[workers]]), loops = 1L, warmup = NA_real_,
    cpu_seconds = NA_real_, limit = NA_real_, oversubscribed = NA, status = "run",
    data = "", date = "", load = NA_real_, processor = processor, cores = NA_integer_,
    caches = "", isa = "", limits = "", r = "", blas = "", compiler = "", os = "",
    edist = "", slurm = ""
  )
  rows$times <- as.list(as.double(x$seconds))
  as_bench(rows)
}

# What package bench needs to print, summarise and draw times, beside our columns;
# bench::as_bench_mark() takes a tibble.
#' @exportS3Method tibble::as_tibble
as_tibble.edist_bench <- function(x, ...) {
  out <- unclass_bench(x[is_run(x), ])
  seconds <- if (requireNamespace("bench", quietly = TRUE)) bench::as_bench_time else
    identity
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

bench_label <- function(bench) paste0(bench$approach, threads_suffix(bench, " x"))

threads_suffix <- function(bench, times) {
  plain <- is_single(bench) | is.na(bench$threads)
  ifelse(plain, "", paste0(times, bench$threads))
}

# Approaches that always use one core, here or in the published figures.
is_single <- function(bench) is_single_core(bench$approach) | bench$approach == "NumPy"
