#' What this machine can do at most
#'
#' Measures, in a second or two, the most that this machine can do of what distances
#' take: the arithmetic, in registers alone; square roots; and the writing of a result
#' that nobody has touched before, for which the system has to clear pages. What comes
#' of them, see `predict()`, is how long a call must take about at least, and how near
#' to that it comes.
#'
#' @section What is measured:
#' The arithmetic is that of the engine's own kernels without any load or store: for
#' `"euclidean"` a subtraction and a fused multiply-add for each pair of rows and each
#' column; for `"manhattan"` and `"maximum"` a subtraction, an absolute value, and an
#' addition or a maximum. Roots are those of values in the first-level cache. Fresh
#' memory is 128 MB as R gets them for a new vector, in huge pages where the system has
#' them; warm memory is the same once more. Of several short runs the best counts.
#'
#' @param threads Numbers of threads, positive whole numbers; by default 1 and
#'   [edist_threads()].
#' @param isa Instruction sets; by default all that run here, the one in use first,
#'   see [edist_info()].
#' @param seconds How long each figure may take, in three rounds of at least two runs of
#'   some milliseconds.
#' @param ... Not used; must be empty.
#' @return A data frame of class `"edist_roofline"` with a row per figure: `isa` (empty
#'   for memory), `threads`, `what` (`"euclidean"`, `"manhattan"`, `"maximum"`, `"root"`,
#'   `"fresh"`, `"warm"`), `rate` a second, and its `unit`: pair-columns, roots, or bytes.
#' @references
#' Williams, S., Waterman, A. and Patterson, D. (2009) Roofline: an insightful visual
#' performance model for multicore architectures. *Communications of the ACM* **52**(4),
#' 65-76. \doi{10.1145/1498765.1498785}
#' @seealso [predict.edist_roofline()]; [autoplot.edist_roofline()]; [edist_bench()],
#'   whose column `of_limit` tells how near each cell comes.
#' @export
#' @examples
#' roofline <- edist_bench_roofline(threads = 1, seconds = 0.01)
#' roofline
#' predict(roofline, n = c(1000, 10000), p = 100)
edist_bench_roofline <- function(threads = NULL, isa = NULL, ..., seconds = 0.06) {
  check_dots_empty(...)
  if (is.null(threads)) threads <- c(1L, edist_threads())
  check_counts(threads, "threads")
  threads <- sort(unique(vapply(threads, read_threads, 1L)))
  isa <- read_isa(isa)
  check_seconds(seconds, "seconds")
  sums <- expand.grid(what = c(roof_methods, "root"), threads = threads, isa = isa,
                      stringsAsFactors = FALSE)
  writes <- expand.grid(what = c("fresh", "warm"), threads = threads, isa = "",
                        stringsAsFactors = FALSE)
  sums$rate <- writes$rate <- 0
  for (round in seq_len(roof_rounds)) {
    sums$rate <- pmax(sums$rate, mapply(function(isa, what, threads) {
      .Call(C_edist_roofline_rate, isa, what, threads, seconds / roof_rounds)
    }, sums$isa, sums$what, sums$threads))
    writes$rate <- pmax(writes$rate, unlist(lapply(threads, function(n) {
      .Call(C_edist_roofline_bytes, n, 2 * seconds / roof_rounds)
    })))
  }
  out <- rbind(sums, writes)[c("isa", "threads", "what", "rate")]
  out$unit <- ifelse(out$isa == "", "bytes",
                     ifelse(out$what == "root", "roots", "pair-columns"))
  structure(out, class = c("edist_roofline", "data.frame"),
            processor = processor_name())
}

# All figures once, and again: a busy moment of the machine does not hit one alone.
roof_rounds <- 3

roof_methods <- c("euclidean", "manhattan", "maximum")

read_isa <- function(isa) {
  info <- edist_info()
  known <- info$isa_available
  if (is.null(isa)) return(union(intersect(info$isa, known), known))
  if (is.character(isa) && length(isa) > 0 && all(isa %in% known)) return(unique(isa))
  was <- describe(if (is.character(isa)) c(setdiff(isa, known), NA)[1] else isa)
  abort("{.arg isa} must be among {.or {.val {known}}}, which run here, not {was}.")
}

#' The least time that distances can take on a machine
#'
#' @param object A result of [edist_bench_roofline()].
#' @param n,p Numbers of rows and of columns.
#' @param m Number of rows of the other matrix; `NULL` for distances within one, of
#'   which there are `n (n - 1) / 2`.
#' @param method `"euclidean"`, `"manhattan"` or `"maximum"`.
#' @param threads,isa The number of threads and the instruction set, both among those
#'   measured; by default the most threads and the first instruction set.
#' @param ... Not used; must be empty.
#' @return A data frame with a row per shape: `n`, `m`, `p`, `method`, `threads`,
#'   `isa`, and in seconds what each part takes at least: `compute`, `roots` (0 where
#'   there are none), `write` (into fresh memory), and `total`, their sum. A core that
#'   does one part while it waits for another can take a little less than the sum.
#' @seealso [edist_bench_roofline()]
#' @importFrom stats predict
#' @export
#' @examples
#' roofline <- edist_bench_roofline(threads = 1, seconds = 0.01)
#' predict(roofline, n = 5000, m = 5000, p = c(3, 64, 1000))
predict.edist_roofline <- function(object, n, p, m = NULL, method = "euclidean",
                                   threads = max(object$threads),
                                   isa = object$isa[1], ...) {
  check_dots_empty(...)
  check_counts(n, "n")
  check_counts(p, "p")
  if (!is.null(m)) check_counts(m, "m")
  lengths <- c(length(n), length(p), if (!is.null(m)) length(m))
  if (!all(lengths %in% c(1, max(lengths)))) {
    abort("{.arg n}, {.arg p} and {.arg m} must be single numbers or of one length, not
      of lengths {lengths}.")
  }
  if (!is.character(method) || length(method) == 0 || !all(method %in% roof_methods)) {
    was <- describe(method)
    abort("{.arg method} must be among {.or {.val {roof_methods}}}, not {was}.")
  }
  shape <- data.frame(n, m = if (is.null(m)) NA else m, p, method, threads, isa)
  pairs <- ifelse(is.na(shape$m), as.double(shape$n) * (shape$n - 1) / 2,
                  as.double(shape$n) * shape$m)
  rate <- function(what, isa) {
    at <- match(paste(what, isa, shape$threads),
                paste(object$what, object$isa, object$threads))
    if (!anyNA(at)) return(ifelse(object$rate[at] > 0, object$rate[at], NA))
    measured <- unique(object$threads)
    sets <- unique(object$isa[object$isa != ""])
    abort("{.arg threads} must be among {.or {measured}} and {.arg isa} among
      {.or {.val {sets}}}, which were measured, not {shape$threads[is.na(at)][1]} and
      {.val {shape$isa[is.na(at)][1]}}.")
  }
  shape$compute <- pairs * shape$p / rate(shape$method, shape$isa)
  shape$roots <- ifelse(shape$method == "euclidean", pairs / rate("root", shape$isa), 0)
  shape$write <- 8 * pairs / rate("fresh", "")
  shape$total <- shape$compute + shape$roots + shape$write
  shape
}

#' @export
print.edist_roofline <- function(x, ...) {
  if (!all(c("isa", "threads", "what", "rate") %in% names(x))) return(NextMethod())
  cat(cli::format_inline("{.strong What this machine can do at most}"), "\n", sep = "")
  cat(attr(x, "processor"), "; 1e9 a second\n\n", sep = "")
  threads <- unique(x$threads)
  lines <- unique(data.frame(isa = x$isa, what = x$what))
  columns <- lapply(threads, function(n) {
    at <- match(paste(lines$isa, lines$what, n), paste(x$isa, x$what, x$threads))
    format(signif(x$rate[at] / 1e9, 3), drop0trailing = TRUE)
  })
  names(columns) <- paste(threads, ifelse(threads == 1, "thread", "threads"))
  rows <- paste(ifelse(lines$isa == "", "memory", lines$isa), roof_label(lines$what))
  print_columns(columns, format(c("", rows)))
  invisible(x)
}

roof_label <- function(what) {
  labels <- c(root = "square roots", fresh = "first touch, bytes",
              warm = "once more, bytes")
  ifelse(what %in% names(labels), labels[what], paste0(what, ", pair-columns"))
}

#' Draw a roofline, and the cells of a benchmark under it
#'
#' The more columns, the more arithmetic for each distance that is written: with few
#' columns roots and memory are the limit, with many the arithmetic. The lines are the
#' limit for each number of threads; points are the cells of a benchmark, in the colours
#' of [autoplot.edist_bench()].
#'
#' @param object A result of [edist_bench_roofline()].
#' @param bench A result of [edist_bench()] on the same machine, or `NULL`.
#' @param isa The instruction set; by default the first measured.
#' @param ... Not used; must be empty.
#' @return A plot of package ggplot2, which must be installed.
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' roofline <- edist_bench_roofline(threads = 1, seconds = 0.01)
#' ggplot2::autoplot(roofline)
#' @exportS3Method ggplot2::autoplot
autoplot.edist_roofline <- function(object, bench = NULL, isa = object$isa[1], ...) {
  check_dots_empty(...)
  if (!is.null(bench)) check_bench(bench)
  threads <- unique(object$threads)
  run <- if (!is.null(bench)) bench[is_run(bench) & bench$threads %in% threads, ]
  columns <- range(1, 2048, run$columns)
  p <- unique(round(exp(seq(log(columns[1]), log(columns[2]), length.out = 60))))
  roof <- do.call(rbind, lapply(threads, function(n) {
    predict(object, 1000, p, 1000, threads = n, isa = isa)
  }))
  roof$rate <- 1e6 * roof$p / roof$total / 1e9
  ends <- roof[roof$p == max(p), ]
  ends$text <- paste(ends$threads, ifelse(ends$threads == 1, "thread", "threads"))
  plot <- picture(roof, ggplot2::aes(.data$p, .data$rate)) +
    ggplot2::geom_line(ggplot2::aes(group = .data$threads,
                                    linewidth = factor(.data$threads)),
                       colour = "grey30") +
    ggplot2::geom_text(ggplot2::aes(label = .data$text), ends, hjust = 1, vjust = -0.6,
                       colour = "grey30", size = 3.6) +
    ggplot2::scale_linewidth_manual(values = seq(0.6, 1.1, length.out = length(threads)),
                                    guide = "none") +
    ggplot2::scale_x_log10(breaks = 4^(0:8)) +
    ggplot2::scale_y_log10() +
    ggplot2::labs(title = "The limit of this machine",
                  subtitle = paste0(attr(object, "processor"), ", ", isa,
                                    "; roots and first touch, then arithmetic"),
                  x = "columns", y = "G pair-columns a second")
  if (is.null(run) || nrow(run) == 0) return(plot)
  run$rate <- work_of(run) / run$min / 1e9
  run$label <- ordered_labels(run$approach)
  plot +
    ggplot2::geom_point(ggplot2::aes(.data$columns, colour = .data$label,
                                     shape = factor(.data$threads)), run, size = 2.6) +
    ggplot2::scale_colour_manual(NULL, values = line_colours(run$label)) +
    ggplot2::labs(shape = "threads")
}
