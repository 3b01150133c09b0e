#' Write and read a benchmark as CSV
#'
#' The file is an ordinary CSV: a row per cell, the seconds measured in one column,
#' `times`, with spaces between. [edist_bench()] writes the same with its argument
#' `file`.
#'
#' @param bench A result of [edist_bench()].
#' @param file Name of a file. An existing one is written over if it is a
#'   benchmark, and is an error otherwise.
#' @return `edist_bench_read()` gives the benchmark as it was; a file that holds
#'   none is an error. `edist_bench_write()` gives `bench`, invisibly.
#' @seealso [edist_bench_compare()], [as_edist_bench()] for times of others
#' @export
#' @examples
#' b <- edist_bench(50, 1, "engine", repetitions = 2, min_seconds = 0)
#' file <- tempfile(fileext = ".csv")
#' edist_bench_write(b, file)
#' identical(edist_bench_read(file), b)
edist_bench_write <- function(bench, file) {
  check_bench(bench)
  check_file(file)
  if (file.exists(file)) read_rows(file)
  if (!write_rows(bench, file)) {
    abort("{.arg file} must name a file that can be written in full, but
      {.file {file}} cannot.")
  }
  invisible(bench)
}

#' @rdname edist_bench_write
#' @export
edist_bench_read <- function(file) {
  check_file(file)
  as_bench(read_rows(file))
}

# Takes finished cells, and keeps the file as it goes.
bench_book <- function(file, context) {
  nothing <- data.frame(approach = "", size = 1L, columns = 1L, threads = 1L)
  trial <- list(loops = 1, warmup = NA_real_, times = numeric(), cpu = 0, status = "run")
  rows <- bench_row(nothing, trial, context, NA_real_)[0, ]
  written <- TRUE
  if (!is.null(file)) {
    check_file(file)
    if (file.exists(file)) {
      old <- read_rows(file)
      check_same_context(old, context, file)
      rows <- rbind(rows, old[names(rows)])
    } else if (!write_rows(as_bench(rows), file)) {
      abort("{.arg file} must name a file that can be written, but {.file {file}}
        cannot.")
    }
  }
  list(
    all = function() rows,
    add = function(row) {
      rows <<- rbind(rows, row)
      if (!is.null(file)) written <<- write_rows(as_bench(rows), file)
    },
    close = function() {
      if (written) return(invisible())
      warning(cli::format_inline(
        "{.file {file}} could not be written in full, is the disk full? It holds
        the cells up to the last that could; the result has all.",
        keep_whitespace = FALSE
      ), call. = FALSE)
    }
  )
}

check_same_context <- function(old, context, file) {
  for (name in same_context) {
    other <- setdiff(old[[name]], context[[name]])
    if (length(other) > 0) {
      abort("{.arg file} must hold a benchmark of the same data on the same machine
        to be continued, but {.field {name}} in {.file {file}} is {.val {other[1]}}
        and here {.val {context[[name]]}}.")
    }
  }
}

check_file <- function(file) {
  if (is.character(file) && length(file) == 1 && !is.na(file) && nzchar(file)) {
    return(invisible())
  }
  was <- describe(file)
  abort("{.arg file} must be the name of a file, not {was}.")
}

# Whole or not at all: written beside, measured, and put in place. FALSE if that
# failed. R does not notice a full disk when it writes little.
write_rows <- function(bench, file) {
  bench$times <- vapply(bench$times, function(times) {
    paste(sprintf("%.9g", times), collapse = " ")
  }, "")
  lines <- tempfile()
  part <- paste0(file, ".part")
  on.exit(unlink(c(lines, part)))
  utils::write.csv(unclass_bench(bench), lines, row.names = FALSE)
  text <- readLines(lines)
  done <- tryCatch({
    writeLines(text, part)
    file.size(part) == sum(nchar(text, "bytes")) + length(text) &&
      file.rename(part, file)
  }, error = function(e) FALSE, warning = function(w) FALSE)
  isTRUE(done)
}

read_rows <- function(file) {
  rows <- tryCatch(
    utils::read.csv(file, colClasses = "character", check.names = FALSE),
    error = function(e) NULL, warning = function(w) NULL
  )
  complaint <- if (!file.exists(file)) {
    "does not exist"
  } else if (is.null(rows) || !all(bench_columns %in% names(rows))) {
    "is something else"
  }
  if (is.null(complaint)) {
    rows <- tryCatch(typed_rows(rows[bench_columns]), warning = function(w) NULL)
    if (is.null(rows) || anyNA(unlist(rows$times))) {
      complaint <- "has cells that are not numbers"
    }
  }
  if (is.null(complaint)) return(rows)
  abort("{.arg file} must be a CSV of {.fn edist_bench}, but {.file {file}}
    {complaint}.")
}

typed_rows <- function(rows) {
  rows$times <- lapply(strsplit(rows$times, " "), as.numeric)
  for (name in c("size", "columns", "threads", "loops", "cores")) {
    rows[[name]] <- as.integer(na_text(rows[[name]]))
  }
  for (name in c("warmup", "cpu_seconds", "load")) {
    rows[[name]] <- as.numeric(na_text(rows[[name]]))
  }
  rows$oversubscribed <- as.logical(na_text(rows$oversubscribed))
  rows
}

na_text <- function(text) ifelse(text == "NA", NA, text)
