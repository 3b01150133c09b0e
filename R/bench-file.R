#' Write and read a benchmark as CSV
#'
#' The file is an ordinary CSV with a row per cell. Its column `times` holds all
#' measured seconds of the cell, separated by spaces. [edist_bench()] writes the
#' same file with its argument `file`.
#'
#' @param bench A result of [edist_bench()].
#' @param file The name of a file. `edist_bench_write()` replaces an existing
#'   file only if it is a benchmark; any other file is an error.
#' @return `edist_bench_read()` returns the benchmark that was written. It
#'   computes the derived columns, such as the speed-up, from the cells in the
#'   file. A file that is not a benchmark is an error. `edist_bench_write()`
#'   returns `bench`, invisibly.
#' @seealso [edist_bench()], [edist_bench_compare()]; [as_edist_bench()] for
#'   published times
#' @export
#' @examples
#' b <- edist_bench(50, 1, "engine", repetitions = 2, min_seconds = 0)
#' file <- tempfile(fileext = ".csv")
#' edist_bench_write(b, file)
#' identical(edist_bench_read(file), b)
edist_bench_write <- function(bench, file) {
  check_bench(bench)
  check_file(file)
  check_parent(file, "file")
  if (file.exists(file)) read_rows(file)
  if (!write_rows(bench, file)) {
    abort("{.arg file} must name a file that can be written in full, but
      {.file {file}} cannot: is the disk full?")
  }
  invisible(bench)
}

#' @rdname edist_bench_write
#' @export
edist_bench_read <- function(file) {
  check_file(file)
  as_bench(read_rows(file))
}

# The cells of a run. Each finished cell is added, and written to the file.
bench_book <- function(file, context) {
  nothing <- data.frame(approach = "", size = 1L, rows_y = 1L, columns = 1L,
                        threads = 1L, limit = NA_real_)
  trial <- list(loops = 1, warmup = NA_real_, times = numeric(), cpu = 0,
                status = "run")
  rows <- added <- bench_row(nothing, trial, context, NA_real_)[0, ]
  written <- TRUE
  if (!is.null(file)) {
    check_file(file)
    check_parent(file, "file")
    if (file.exists(file)) {
      rows <- rbind(rows, read_rows(file)[names(rows)])
      check_same_context(rows, context, file)
    } else if (!write_rows(as_bench(rows), file)) {
      abort("{.arg file} must name a file that can be written, but
        {.file {file}} cannot.")
    }
  }
  list(
    all = function() rows,
    tried = function() added,
    add = function(row) {
      added <<- rbind(added, row)
      rows <<- rbind(rows[cell_key(rows) != cell_key(row), ], row)
      if (!is.null(file)) {
        rows <<- with_others(rows, file)
        written <<- write_rows(as_bench(rows), file)
      }
    },
    close = function() {
      if (written) return(invisible())
      warning(cli::format_inline(
        "{.file {file}} could not be written in full: is the disk full? Some of
        the last cells are missing from the file, but the result has all
        cells.",
        keep_whitespace = FALSE
      ), call. = FALSE)
    }
  )
}

# Keeps the cells that another run has added to the same file meanwhile.
with_others <- function(rows, file) {
  others <- tryCatch(read_rows(file)[names(rows)],
                     error = function(e) rows[0, ])
  rbind(rows, others[!cell_key(others) %in% cell_key(rows), ])
}

check_same_context <- function(old, context, file) {
  for (name in same_context) {
    other <- setdiff(old[[name]], context[[name]])
    if (length(other) > 0) {
      abort("{.arg file} must hold a benchmark of the same data on the same
        machine to be resumed, but {.field {name}} in {.file {file}} is
        {.val {other[1]}} and here {.val {context[[name]]}}: name another file,
        or delete this one.")
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

# The file is never incomplete: it is written under another name, synced to the
# disk, and renamed. NULL, or what failed.
write_whole <- function(file, bytes) {
  part <- paste0(file, ".", new_token(), ".part")
  .Call(C_edist_store_bytes, c(part, file), bytes)
}

# Whether all could be written.
write_rows <- function(bench, file) {
  bench$times <- vapply(bench$times, function(times) {
    paste(sprintf("%.17g", times), collapse = " ")
  }, "")
  memory <- rawConnection(raw(), "wb")
  on.exit(close(memory))
  utils::write.csv(unclass_bench(bench), memory, row.names = FALSE)
  is.null(write_whole(file, rawConnectionValue(memory)))
}

read_rows <- function(file) {
  if (!file.exists(file)) {
    abort("{.arg file} must name a file that exists, but {.file {file}} does
      not.")
  }
  rows <- tryCatch(
    utils::read.csv(file, colClasses = "character", check.names = FALSE,
                    na.strings = character()),
    error = function(e) NULL, warning = function(w) NULL
  )
  if (is.null(rows) || !setequal(names(rows), bench_columns)) {
    abort("{.arg file} must be a CSV of {.fn edist_bench}, but {.file {file}} is
      not.")
  }
  typed <- typed_rows(rows[bench_columns])
  bad <- which(!good_rows(typed))
  if (length(bad) > 0) {
    abort("{.arg file} must be a CSV of {.fn edist_bench}, but line {bad[1] + 1}
      of {.file {file}} is not a cell of one.")
  }
  typed
}

# Text that is not a number becomes NA.
typed_rows <- function(rows) {
  number <- function(text) suppressWarnings(as.numeric(text))
  rows$times <- lapply(strsplit(rows$times, " "), number)
  for (name in c("size", "rows_y", "columns", "threads", "loops", "cores")) {
    value <- number(rows[[name]])
    whole <- value == trunc(value) & value >= 1 & value < 2^31
    rows[[name]] <- as.integer(ifelse(whole, value, NA))
  }
  for (name in c("warmup", "cpu_seconds", "limit", "load")) {
    rows[[name]] <- number(rows[[name]])
  }
  rows$oversubscribed <- as.logical(rows$oversubscribed)
  rows
}

# Published times may not say the number of threads.
good_rows <- function(rows) {
  timed <- vapply(rows$times, function(times) {
    length(times) > 0 && all(is.finite(times)) && all(times > 0)
  }, NA)
  untimed <- lengths(rows$times) == 0
  counted <- !is.na(rows$size) & !is.na(rows$rows_y) & !is.na(rows$columns) &
    !is.na(rows$loops)
  counted & nzchar(rows$approach) &
    ifelse(rows$status == "run", timed,
           untimed & startsWith(rows$status, "not run"))
}
