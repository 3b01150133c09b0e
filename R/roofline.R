#' Measure the limits of this machine
#'
#' In a second or two, measures how fast this machine can do each part of the
#' work behind a distance matrix: the arithmetic, in registers alone; square
#' roots; and the writing of a result to fresh memory, whose pages the system
#' has to clear first. From these rates, `predict()` computes the minimum time
#' of a call, and [edist_bench()] how close each cell comes to it.
#'
#' @section What is measured:
#' The arithmetic is that of the engine's own kernels
#' without any load or store: for `"euclidean"` a subtraction and a fused
#' multiply-add for each pair of rows and each column; for `"manhattan"` and
#' `"maximum"` a subtraction, an absolute value, and an addition or a maximum.
#' Roots are those of values in the first-level cache. Fresh memory is 128 MB as
#' R gets them for a new vector, in huge pages if the system has them; warm
#' memory is the same 128 MB, written a second time. The best of several short
#' runs counts.
#'
#' @param threads Numbers of threads, positive whole numbers; by default 1 and
#'   [edist_threads()].
#' @param isa Instruction sets; by default all that this CPU runs, the one in
#'   use first, see [edist_info()].
#' @param seconds The maximum time for each figure, in three rounds of at least
#'   two runs of some milliseconds.
#' @param ... Not used; must be empty.
#' @return A data frame of class `"edist_roofline"` with a row per figure: `isa`
#'   (empty for memory), `threads`, `what` (`"euclidean"`, `"manhattan"`,
#'   `"maximum"`, `"root"`, `"fresh"`, `"warm"`), `rate`, the number of units
#'   per second, and `unit`: `"pair-columns"`, `"roots"` or `"bytes"`.
#' @references Williams, S., Waterman, A. and Patterson, D. (2009) Roofline: an
#' insightful visual performance model for multicore architectures.
#' *Communications of the ACM* **52**(4), 65-76. \doi{10.1145/1498765.1498785}
#' @seealso [predict.edist_roofline()]; [autoplot.edist_roofline()];
#'   [edist_bench()], whose column `of_limit` tells how close each cell comes to
#'   the limit.
#' @export
#' @examples
#' roofline <- edist_bench_roofline(threads = 1, seconds = 0.01)
#' roofline
#' predict(roofline, n = c(1000, 10000), p = 100)
edist_bench_roofline <- function(threads = NULL, isa = NULL, ...,
                                 seconds = 0.06) {
  check_dots_empty(...)
  if (is.null(threads)) threads <- c(1L, edist_threads())
  check_counts(threads, "threads")
  threads <- sort(unique(vapply(threads, read_threads, 1L)))
  isa <- read_isa(isa)
  check_seconds(seconds, "seconds")
  sums <- expand.grid(what = c(roof_methods, "root"), threads = threads,
                      isa = isa, stringsAsFactors = FALSE)
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

# Each round measures all figures, so that a busy moment of the machine does not
# affect one figure alone.
roof_rounds <- 3

roof_methods <- c("euclidean", "manhattan", "maximum")

read_isa <- function(isa) {
  info <- edist_info()
  known <- info$isa_available
  if (is.null(isa)) return(union(intersect(info$isa, known), known))
  if (is.character(isa) && length(isa) > 0 && all(isa %in% known)) {
    return(unique(isa))
  }
  was <- describe(if (is.character(isa)) c(setdiff(isa, known), NA)[1] else isa)
  abort("{.arg isa} must be among {.or {.val {known}}}, which this CPU runs, not
    {was}.")
}

#' Predict the minimum time of a distance matrix
#'
#' Divides the work of each part, arithmetic, roots and writing, by the rates
#' that [edist_bench_roofline()] measured. The slowest part is the limit: a
#' processor can do the others meanwhile.
#'
#' @param object A result of [edist_bench_roofline()].
#' @param n,p Numbers of rows and of columns of the data.
#' @param m The number of rows of the other matrix; `NULL` for the
#'   `n (n - 1) / 2` distances within one matrix.
#' @param method `"euclidean"`, `"manhattan"` or `"maximum"`.
#' @param threads,isa The number of threads and the instruction set. Both must
#'   have been measured; by default, the maximum number of threads and the first
#'   instruction set.
#' @param memory `"fresh"` or `"warm"`: whether the result is in memory that the
#'   system has to clear first. By default, fresh if it is larger than 32 MB: R
#'   may get smaller ones where an earlier result was.
#' @param ... Not used; must be empty.
#' @return A data frame with a row per shape: `n`, `m`, `p`, `method`,
#'   `threads`, `isa`, `memory`, the minimum seconds of each part: `compute`,
#'   `roots` (0 if the method has none) and `write`, and `limit`, the largest of
#'   them.
#' @seealso [edist_bench_roofline()], [autoplot.edist_roofline()]
#' @importFrom stats predict
#' @export
#' @examples
#' roofline <- edist_bench_roofline(threads = 1, seconds = 0.01)
#' predict(roofline, n = 5000, m = 5000, p = c(3, 64, 1000))
predict.edist_roofline <- function(object, n, p, m = NULL, method = "euclidean",
                                   threads = max(object$threads),
                                   isa = object$isa[1], memory = NULL, ...) {
  check_dots_empty(...)
  if (!is.null(memory)) {
    memory <- match_name(memory, c("fresh", "warm"), "memory")
  }
  check_counts(n, "n")
  check_counts(p, "p")
  if (!is.null(m)) check_counts(m, "m")
  lengths <- c(length(n), length(p), if (!is.null(m)) length(m))
  if (!all(lengths %in% c(1, max(lengths)))) {
    abort("{.arg n}, {.arg p} and {.arg m} must have one length or length 1, not
      lengths {lengths}.")
  }
  if (!is.character(method) || length(method) == 0 ||
        !all(method %in% roof_methods)) {
    was <- describe(method)
    abort("{.arg method} must be among {.or {.val {roof_methods}}}, not {was}.")
  }
  shape <- data.frame(n, m = if (is.null(m)) NA else m, p, method, threads,
                      isa)
  pairs <- ifelse(is.na(shape$m), as.double(shape$n) * (shape$n - 1) / 2,
                  as.double(shape$n) * shape$m)
  rate <- function(what, isa) {
    at <- match(paste(what, isa, shape$threads),
                paste(object$what, object$isa, object$threads))
    if (!anyNA(at)) {
      return(ifelse(object$rate[at] > 0, object$rate[at], NA))
    }
    measured <- unique(object$threads)
    sets <- unique(object$isa[object$isa != ""])
    missing <- shape[is.na(at), ][1, ]
    abort("{.arg threads} must be among {.or {measured}} and {.arg isa} among
      {.or {.val {sets}}}, which were measured, not {missing$threads} and
      {.val {missing$isa}}.")
  }
  if (is.null(memory)) {
    memory <- ifelse(8 * pairs > 32 * 2^20, "fresh", "warm")
  }
  shape$memory <- memory
  shape$compute <- pairs * shape$p / rate(shape$method, shape$isa)
  shape$roots <- ifelse(shape$method == "euclidean",
                        pairs / rate("root", shape$isa), 0)
  shape$write <- 8 * pairs / rate(shape$memory, "")
  shape$limit <- pmax(shape$compute, shape$roots, shape$write)
  shape
}

#' @export
print.edist_roofline <- function(x, ...) {
  whole <- all(c("isa", "threads", "what", "rate") %in% names(x))
  if (!whole || nrow(x) == 0) return(NextMethod())
  cat(cli::format_inline("{.strong The limits of this machine}"), sep = "\n")
  cat(paste(c(attr(x, "processor"), "in 1e9 per second"), collapse = "; "),
      "\n\n", sep = "")
  threads <- unique(x$threads)
  lines <- unique(data.frame(isa = x$isa, what = x$what))
  columns <- lapply(threads, function(n) {
    at <- match(paste(lines$isa, lines$what, n),
                paste(x$isa, x$what, x$threads))
    rate <- format(signif(x$rate[at] / 1e9, 3), drop0trailing = TRUE)
    ifelse(is.na(at), "", rate)
  })
  names(columns) <- count_threads(threads)
  rows <- paste(ifelse(lines$isa == "", "memory", lines$isa),
                roof_label(lines$what))
  print_columns(columns, format(c("", rows)))
  invisible(x)
}

roof_label <- function(what) {
  labels <- c(root = "square roots", fresh = "first write, bytes",
              warm = "second write, bytes")
  ifelse(what %in% names(labels), labels[what], paste0(what, ", pair-columns"))
}

#' Draw a roofline, with the cells of a benchmark below it
#'
#' `plot()` shows, and `ggplot2::autoplot()` returns, the speed limit of the
#' machine against the number of columns, with a line for each number of
#' threads. The more columns, the more arithmetic for each distance that is
#' written: with few columns the limit is roots or memory, with many it is the
#' arithmetic. Points are the cells of a benchmark, in the colours of
#' [autoplot.edist_bench()].
#'
#' Limits measured on a busy machine are too low. The caption says so where it
#' shows: if a limit of several threads is below that of fewer, or if a cell of
#' the benchmark is above its limit, by more than a twentieth.
#'
#' @param object,x A result of [edist_bench_roofline()].
#' @param bench A result of [edist_bench()] on the same machine, or `NULL`.
#' @param isa The instruction set; by default the first measured.
#' @param ... For `autoplot()`, not used, must be empty; for `plot()`, `bench`
#'   and `isa`.
#' @return `autoplot()` returns a ggplot, of package ggplot2, which must be
#'   installed for both. `plot()` prints it and returns it invisibly.
#' @seealso [edist_bench_roofline()], [predict.edist_roofline()]
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' roofline <- edist_bench_roofline(threads = 1, seconds = 0.01)
#' plot(roofline)
#' @exportS3Method ggplot2::autoplot
autoplot.edist_roofline <- function(object, bench = NULL, isa = object$isa[1],
                                    ...) {
  check_dots_empty(...)
  if (!is.null(bench)) check_bench(bench)
  threads <- unique(object$threads)
  run <- if (!is.null(bench)) {
    unclass_bench(bench[is_run(bench) & bench$threads %in% threads, ])
  }
  columns <- log(range(1, 2048, run$columns))
  p <- unique(round(exp(seq(columns[1], columns[2], length.out = 60))))
  roof <- do.call(rbind, lapply(threads, function(n) {
    predict(object, 1000, p, 1000, threads = n, isa = isa, memory = "fresh")
  }))
  where <- paste(c(attr(object, "processor"), isa), collapse = ", ")
  roof$rate <- 1e6 * roof$p / roof$limit / 1e9
  ends <- roof[roof$p == max(p), ]
  ends$text <- count_threads(ends$threads)
  plot <- picture(roof, ggplot2::aes(.data$p, .data$rate)) +
    ggplot2::geom_line(ggplot2::aes(group = .data$threads,
                                    linewidth = factor(.data$threads)),
                       colour = "grey30") +
    side_room(right = ends$text) +
    side_labels(ends, ggplot2::aes(.data$p, .data$rate, yend = .data$rate,
                                   label = .data$text)) +
    ggplot2::scale_linewidth_manual(
      values = seq(0.5, 1, length.out = length(threads)), guide = "none"
    ) +
    ggplot2::scale_x_log10(breaks = 4^(0:8), labels = apart()) +
    ggplot2::scale_y_log10(labels = as.character) +
    ggplot2::labs(
      title = "The limit of this machine",
      subtitle = subtitle_of(
        "billions of pair-columns a second",
        "arithmetic, roots, or first write of the result"
      ),
      x = "columns (log scale)", y = NULL,
      caption = caption_of(where, busy_note(object, roof, run))
    )
  if (is.null(run) || nrow(run) == 0) return(plot)
  run$rate <- work_of(run) / run$min / 1e9
  run$label <- ordered_labels(run$approach)
  plot +
    ggplot2::geom_point(ggplot2::aes(.data$columns, colour = .data$label,
                                     shape = factor(.data$threads)),
                        run, size = 2) +
    ggplot2::scale_colour_manual(NULL, values = line_colours(run$label),
                                 labels = legend_text,
                                 guide = narrow_legend()) +
    ggplot2::labs(shape = "threads")
}

count_threads <- function(threads) {
  paste(threads, ifelse(threads == 1, "thread", "threads"))
}

# By how much a share of a limit may be wrong on a quiet machine.
limit_noise <- 0.05

# Says what cannot be unless the machine was busy while its limits were
# measured.
busy_note <- function(roofline, roof, run) {
  signs <- c(crossed_limits(roof), passed_limits(roofline, run, roof$isa[1]))
  if (length(signs) == 0) return(NULL)
  paste0(paste(signs, collapse = ", and "),
         ": the machine was busy while its limits were measured.")
}

# A limit of several threads below that of fewer.
crossed_limits <- function(roof) {
  threads <- sort(unique(roof$threads))
  for (i in seq_along(threads)[-1]) {
    ratio <- roof$limit[roof$threads == threads[i]] /
      roof$limit[roof$threads == threads[i - 1]]
    if (any(ratio > 1 + limit_noise)) {
      return(paste("The limit with", count_threads(threads[i]),
                   "is below that with", threads[i - 1]))
    }
  }
}

# A cell above its limit. The product form of "blas" does other arithmetic.
passed_limits <- function(roofline, run, isa) {
  run <- run[run$approach != "blas", ]
  if (is.null(run) || nrow(run) == 0) return(NULL)
  limit <- predict(roofline, run$size, run$columns, run$rows_y,
                   threads = run$threads, isa = isa)$limit
  share <- limit / run$min
  top <- which.max(share)
  if (share[top] <= 1 + limit_noise) return(NULL)
  paste0(run$approach[top], " with ", count_threads(run$threads[top]), " at ",
         run$size[top], " rows is at ", round(100 * share[top]),
         " % of its limit")
}

#' @rdname autoplot.edist_roofline
#' @export
plot.edist_roofline <- function(x, ...) {
  print_picture(x, "roofline", ...)
}
