#' Compare two benchmarks
#'
#' Compares the cells that two benchmarks have in common, for instance of two
#' versions, two compilers or two machines.
#'
#' @param before,after Results of [edist_bench()] or [edist_bench_read()].
#' @return A data frame of class `"edist_bench_compare"` with a row for each
#'   cell that both have run: `approach`, `size`, `columns`, `threads`, the
#'   minimum seconds `before` and `after`, their `ratio`, after over before, and
#'   `verdict`: `"faster"` or `"slower"` if the interquartile ranges of the two
#'   sets of times do not overlap, and `"alike"` if they do.
#' @seealso [edist_bench()], [edist_bench_read()]
#' @export
#' @examples
#' run <- function() {
#'   edist_bench(50, 1, c("vectorised", "engine"), repetitions = 3, min_seconds
#'   = 0)
#' }
#' edist_bench_compare(run(), run())
edist_bench_compare <- function(before, after) {
  check_bench(before, "before")
  check_bench(after, "after")
  before <- before[is_run(before), ]
  after <- after[is_run(after), ]
  at <- match_cells(before, after)
  if (all(is.na(at))) {
    abort("{.arg before} and {.arg after} must have run a cell in common, but
      have none.")
  }
  before <- unclass_bench(before[!is.na(at), ])
  after <- unclass_bench(after[at[!is.na(at)], ])
  out <- data.frame(before[c("approach", "size", "columns", "threads")],
                    before = before$min, after = after$min,
                    ratio = after$min / before$min,
                    verdict = mapply(verdict, before$times, after$times))
  rownames(out) <- NULL
  structure(out, class = c("edist_bench_compare", "data.frame"))
}

verdicts <- c("faster", "slower", "alike")

verdict <- function(before, after) {
  before <- stats::quantile(before, c(0.25, 0.75))
  after <- stats::quantile(after, c(0.25, 0.75))
  if (after[2] < before[1]) return("faster")
  if (after[1] > before[2]) return("slower")
  "alike"
}

#' @export
print.edist_bench_compare <- function(x, ...) {
  shown <- c("approach", "size", "threads", "before", "after", "ratio",
             "verdict")
  whole <- all(shown %in% names(x)) && all(x$verdict %in% verdicts)
  if (!whole || nrow(x) == 0) return(NextMethod())
  verdict <- x$verdict
  verdict[x$verdict == "faster"] <- paint_fastest("faster")
  verdict[x$verdict == "slower"] <- paint_slowest("slower")
  print_columns(list(
    approach = bench_label(x), size = format(x$size),
    before = format_seconds(x$before), after = format_seconds(x$after),
    ratio = formatC(x$ratio, digits = 2, format = "f"), "after is" = verdict
  ))
  invisible(x)
}
