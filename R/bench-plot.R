#' Draw a benchmark
#'
#' `plot()` shows, and `ggplot2::autoplot()` returns, one of five pictures:
#' * `"time"`: time against size, both on logarithmic scales, with a line for
#'   each approach and number of threads; the more threads, the stronger the
#'   line. Points are minimum times, whiskers reach up to the medians.
#' * `"bars"`: the approaches next to each other at one size, each with its best
#'   number of threads and its time; single-core and multi-core approaches have
#'   different colours. Leave slow approaches out with `subset()`.
#' * `"speedup"` and `"efficiency"`: the speed-up over one thread, and its share
#'   of the ideal speed-up, against the number of threads, at one size.
#' * `"heatmap"`: sizes by threads for each approach; the colour shows how many
#'   times as long as the fastest of that size a cell takes. The fastest and the
#'   slowest are marked as in [edist_bench_table()].
#'
#' Cells that were not run are listed below the picture. With benchmarks of
#' several machines, combined by `rbind()`, `"time"` and `"heatmap"` have a
#' panel for each machine; the other kinds accept one machine only.
#'
#' @param object,x A result of [edist_bench()], [edist_bench_read()] or
#'   [as_edist_bench()].
#' @param kind The kind of picture: `"time"`, `"bars"`, `"speedup"`,
#'   `"efficiency"` or `"heatmap"`.
#' @param size For `"bars"`, `"speedup"` and `"efficiency"`, the size to show;
#'   by default the largest among the sizes that the maximum number of
#'   approaches ran.
#' @param ... For `autoplot()`, not used, must be empty; for `plot()`, `kind`
#'   and `size`.
#' @return `autoplot()` returns a ggplot, of package ggplot2, which must be
#'   installed for both. `plot()` prints it and returns it invisibly.
#' @seealso [edist_bench()], [edist_bench_table()], [autoplot.edist_roofline()]
#' @exportS3Method ggplot2::autoplot
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' recorded <- system.file("extdata/size-threads.csv", package = "edist")
#' b <- edist_bench_read(recorded)
#' plot(b)
#' ggplot2::autoplot(subset(b, approach != "loop"), "bars", size = 750)
autoplot.edist_bench <- function(object, kind = c("time", "bars", "speedup",
                                                  "efficiency", "heatmap"),
                                 ..., size = NULL) {
  check_dots_empty(...)
  check_bench(object, "object")
  check_no_repeats(object, "object")
  draw <- list(time = draw_time, bars = draw_bars, speedup = draw_speedup,
               efficiency = draw_efficiency, heatmap = draw_heatmap)
  if (missing(kind)) kind <- "time"
  if (!is.character(kind) || length(kind) != 1 || !kind %in% names(draw)) {
    was <- describe(kind)
    abort("{.arg kind} must be one of {.or {.val {names(draw)}}}, not {was}.")
  }
  run <- object[is_run(object), ]
  if (nrow(run) == 0) {
    abort("{.arg object} must have a cell that was run, but all {nrow(object)}
      are marked {.val not run}.")
  }
  run$label <- ordered_labels(run$approach)
  run$panel <- panel_of(run)
  if (kind %in% c("bars", "speedup", "efficiency")) {
    run <- at_size(run, size, kind)
    object <- object[object$size == run$size[1], ]
  }
  draw[[kind]](unclass_bench(run)) +
    ggplot2::labs(caption = bench_caption(object))
}

#' @rdname autoplot.edist_bench
#' @export
plot.edist_bench <- function(x, ...) {
  print_picture(x, "benchmark", ...)
}

print_picture <- function(x, noun, ...) {
  check_installed("ggplot2", paste("{.fn plot} of a", noun))
  picture <- ggplot2::autoplot(x, ...)
  print(picture)
  invisible(picture)
}

# The cells of one size, on one machine.
at_size <- function(run, size, kind) {
  if (length(unique(run$panel)) > 1) {
    abort("{.arg object} must be a benchmark of one machine for {.arg kind}
      {.val {kind}}, not of {length(unique(run$panel))}.")
  }
  if (is.null(size)) {
    scaling <- kind != "bars" && any(run$threads > 1, na.rm = TRUE)
    several <- run$threads %in% setdiff(run$threads, 1)
    shown <- if (scaling) run[several, ] else run
    count <- tapply(shown$approach, shown$size, function(names) {
      length(unique(names))
    })
    size <- max(as.numeric(names(count)[count == max(count)]))
  }
  if (!is_number(size) || !size %in% run$size) {
    was <- describe(size)
    abort("{.arg size} must be one of {.or {.val {unique(run$size)}}}, not
      {was}.")
  }
  run[run$size == size, ]
}

draw_time <- function(run) {
  run$line <- paste(run$panel, bench_label(run))
  run$strength <- strength(run$threads, paste(run$panel, run$approach))
  ends <- line_ends(run)
  panels <- length(unique(run$panel))
  gap <- 0.015 * panels * diff(range(log10(run$size)))
  room <- 0.0185 * max(nchar(ends$text)) * panels
  plot <- picture(run, ggplot2::aes(.data$size, .data$min, group = .data$line,
                                    colour = .data$label)) +
    ggplot2::geom_line(ggplot2::aes(alpha = .data$strength), linewidth = 0.8) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$min, ymax = .data$median), linewidth = 0.5
    ) +
    ggplot2::geom_point(ggplot2::aes(alpha = .data$strength), size = 1.8) +
    ggplot2::geom_text(ggplot2::aes(y = .data$height, label = .data$text), ends,
                       hjust = 0, size = 3.5, nudge_x = gap) +
    ggplot2::scale_x_log10(breaks = spaced(unique(run$size), 0.12 * panels),
                           labels = format_size,
                           expand = ggplot2::expansion(mult = c(0.03, room))) +
    ggplot2::scale_y_log10(labels = format_seconds, n.breaks = 7) +
    ggplot2::scale_alpha_identity() +
    ggplot2::scale_colour_manual(values = line_colours(run$label),
                                 guide = "none") +
    ggplot2::labs(title = "Time to compute a matrix of Euclidean distances",
                  subtitle = bench_subtitle(run), x = "rows (log scale)",
                  y = "minimum time (log scale)")
  if (panels == 1) return(plot)
  plot + ggplot2::facet_wrap("panel")
}

# The labels of the approaches, where the line of each ends. All labels stand in
# a column to the right of the largest size, so that none covers a line. Lines
# that end at a smaller size take the place they would have if they grew with
# the work.
line_ends <- function(run) {
  whose <- paste(run$panel, run$approach)
  ends <- best_of(run[run$size == stats::ave(run$size, whose, FUN = max), ])
  largest <- stats::ave(run$size, run$panel, FUN = max)
  largest <- largest[match(ends$panel, run$panel)]
  early <- ends$size < largest
  ends$text <- paste0(ends$label, " ", format_seconds(ends$min),
                      ifelse(early, paste0(" at ", ends$size), ""))
  there <- log(ends$min) + 3 * log(largest / ends$size)
  range <- log(range(run$min))
  ends$height <- ends$min
  for (here in split(seq_len(nrow(ends)), ends$panel)) {
    at <- spread(pmin(there[here], range[2]), range, there[here])
    ends$height[here] <- exp(at)
  }
  ends$size <- largest
  ends
}

# The fastest number of threads of each approach and size on each machine.
best_of <- function(run) {
  key <- paste(run$panel, run$approach, run$size)
  run[run$min == stats::ave(run$min, key, FUN = min), ]
}

draw_bars <- function(run) {
  counts <- format_list(sort(unique(run$threads)))
  run <- best_of(run)
  run$cores <- factor(ifelse(is_single(run), "single-core", "multi-core"),
                      c("single-core", "multi-core"))
  run$name <- paste0(run$label, threads_suffix(run, "\nx"))
  run$name <- stats::reorder(run$name, as.integer(run$label))
  picture(run, ggplot2::aes(.data$name, .data$min, fill = .data$cores)) +
    ggplot2::geom_col(width = 0.7) +
    ggplot2::geom_text(ggplot2::aes(label = format_seconds(.data$min)),
                       vjust = -0.5, size = 4, fontface = "bold",
                       colour = "grey20") +
    ggplot2::scale_fill_manual(NULL, values = c("single-core" = "#0072B2",
                                                "multi-core" = "#E69F00"),
                               drop = FALSE) +
    ggplot2::scale_x_discrete(labels = function(name) gsub(" ", "\n", name)) +
    ggplot2::scale_y_continuous(
      expand = ggplot2::expansion(mult = c(0, 0.12))
    ) +
    ggplot2::labs(
      title = paste(format_size(run$size[1]),
                    "rows: minimum time of each approach"),
      subtitle = bench_subtitle(run, paste("the best of", counts, "threads")),
      x = NULL, y = "seconds"
    ) +
    ggplot2::theme(legend.position = "top")
}

draw_speedup <- function(run) {
  draw_scaling(run, "speedup", function(threads) threads,
               function(speedup) paste0(signif(speedup, 2), "x")) +
    ggplot2::scale_y_continuous(breaks = sort(unique(run$threads)),
                                limits = c(0, NA)) +
    ggplot2::labs(title = scaling_title(run, "Speed-up over one thread"),
                  subtitle = bench_subtitle(run, "dashed: ideal speed-up"),
                  x = "threads or processes",
                  y = "times as fast as one thread")
}

draw_efficiency <- function(run) {
  percent <- function(share) paste(signif(100 * share, 2), "%")
  draw_scaling(run, "efficiency", function(threads) 1, percent) +
    ggplot2::scale_y_continuous(labels = percent, limits = c(0, NA)) +
    ggplot2::labs(title = scaling_title(run, "Efficiency: speed-up per thread"),
                  subtitle = bench_subtitle(run, "dashed: ideal speed-up"),
                  x = "threads or processes", y = "share of the ideal")
}

format_size <- function(size) format(size, big.mark = " ", trim = TRUE)

scaling_title <- function(run, what) {
  paste0(what, ", ", format_size(run$size[1]), " rows")
}

# The column `what` against threads, for the approaches with several numbers of
# threads.
draw_scaling <- function(run, what, ideal, format) {
  run <- run[!is.na(run[[what]]) & !is.na(run$threads), ]
  run <- run[stats::ave(run$threads, run$approach, FUN = length) > 1, ]
  if (nrow(run) == 0) {
    abort("{.arg object} must have an approach that was run with one thread and
      with several, but has none.")
  }
  threads <- sort(unique(run$threads))
  line <- data.frame(threads = threads, ideal = ideal(threads))
  ends <- run[run$threads == stats::ave(run$threads, run$approach, FUN = max), ]
  ends$height <- spread(ends[[what]], c(0, run[[what]], line$ideal))
  picture(run, ggplot2::aes(.data$threads, .data[[what]],
                            colour = .data$label)) +
    ggplot2::geom_line(ggplot2::aes(.data$threads, .data$ideal), line,
                       linetype = "dashed", colour = "grey40") +
    ggplot2::geom_line(linewidth = 0.9) +
    ggplot2::geom_point(size = 2.2) +
    ggplot2::geom_text(
      ggplot2::aes(y = .data$height,
                   label = paste(.data$label, format(.data[[what]]))),
      ends, hjust = 0, nudge_x = 0.02 * diff(range(threads)), size = 3.8
    ) +
    ggplot2::scale_x_continuous(
      breaks = threads, expand = ggplot2::expansion(mult = c(0.05, 0.4))
    ) +
    ggplot2::scale_colour_manual(values = line_colours(run$label),
                                 guide = "none")
}

draw_heatmap <- function(run) {
  key <- paste(run$panel, run$size)
  run$slower <- run$min / stats::ave(run$min, key, FUN = min)
  run$mark <- unsplit(lapply(split(run$min, key), function(row) {
    c(row_marks(t(row)))
  }), key)
  run$text <- paste0(format_seconds(run$min, 2),
                     ifelse(run$mark == "", "", "\n"),
                     mark_symbol(run$mark, utf8 = TRUE))
  run$workers <- factor(ifelse(is.na(run$threads), "?", run$threads),
                        c(sort(unique(run$threads)), "?"))
  run$rows <- factor(format_size(run$size),
                     format_size(sort(unique(run$size))))
  many <- length(unique(run$panel)) > 1
  picture(run, ggplot2::aes(.data$workers, .data$rows)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$slower), colour = "white",
                       linewidth = 0.6) +
    ggplot2::geom_text(
      ggplot2::aes(label = .data$text, colour = .data$slower > 30,
                   fontface = ifelse(.data$mark == "", "plain", "bold")),
      size = 2.9, lineheight = 0.85
    ) +
    ggplot2::scale_fill_viridis_c("times as long as the fastest of its size",
                                  trans = "log10", direction = -1,
                                  option = "cividis", end = 0.97) +
    ggplot2::scale_colour_manual(values = c("grey10", "white"),
                                 guide = "none") +
    ggplot2::facet_grid(
      stats::reformulate("label", if (many) "panel" else "."),
      scales = "free_x", space = "free_x",
      labeller = ggplot2::label_wrap_gen(8)
    ) +
    ggplot2::labs(title = "Time by size and threads",
                  subtitle = paste(mark_symbol("fastest", TRUE), "fastest and",
                                   mark_symbol("slowest", TRUE),
                                   "slowest of each size"),
                  x = "threads or processes", y = "rows") +
    ggplot2::theme(panel.grid = ggplot2::element_blank(), strip.clip = "off",
                   legend.position = "bottom",
                   legend.key.height = ggplot2::unit(0.3, "cm"),
                   legend.key.width = ggplot2::unit(1.5, "cm"),
                   panel.spacing.x = ggplot2::unit(0.25, "cm"),
                   strip.text = ggplot2::element_text(face = "bold"))
}

# Okabe and Ito's palette, which colour-blind readers can tell apart; the engine
# has the strongest colour. An approach of the notebook has the colour of its
# counterpart here.
approach_colours <- c(loop = "#999999", vectorised = "#0072B2",
                      blas = "#333333", pool = "#E69F00", shared = "#CC79A7",
                      openmp_inner = "#56B4E9", openmp_outer = "#009E73",
                      engine = "#D55E00")

line_colours <- function(labels) {
  about <- attr(edist_bench_approaches(), "about")
  colours <- c(approach_colours[about$name], approach_colours[about$name])
  names(colours) <- c(about$label, about$notebook)
  colours <- colours[levels(labels)]
  colours[is.na(colours)] <- own_colours(sum(is.na(colours)))
  stats::setNames(colours, levels(labels))
}

# In the order of the ladder, with unknown approaches last.
ordered_labels <- function(approaches) {
  about <- attr(edist_bench_approaches(), "about")
  order <- match(approaches, c(about$name, about$notebook))
  known <- unique(approaches[order((order - 1) %% nrow(about), order)])
  factor(approach_label(approaches), unique(approach_label(known)))
}

# The more threads, the stronger the line; full strength for the maximum of each
# group.
strength <- function(threads, group) {
  stats::ave(log2(threads), group, FUN = function(t) {
    if (anyNA(t) || max(t) == min(t)) return(1)
    0.35 + 0.65 * (t - min(t)) / (max(t) - min(t))
  })
}

# Moves labels apart that would overlap in a picture of the usual height, whose
# scale covers `range`. They keep the order of `rank` and stay near their
# values.
spread <- function(value, range, rank = value) {
  gap <- 0.07 * diff(range(range))
  order <- order(rank)
  at <- value[order]
  for (i in seq_along(at)[-1]) at[i] <- max(at[i], at[i - 1] + gap)
  at <- at - mean(at - value[order])
  at <- at - max(0, at - max(range))
  at[order(order)]
}

# Selects the numbers to label on a log scale, from the maximum down, so that
# they are at least the share `gap` of the scale apart.
spaced <- function(values, gap) {
  values <- sort(values, decreasing = TRUE)
  gap <- gap * diff(range(log(values)))
  keep <- values[1]
  for (value in values[-1]) {
    if (log(keep[length(keep)] / value) >= gap) keep <- c(keep, value)
  }
  keep
}

bench_subtitle <- function(run, more = NULL) {
  shape <- if (all(run$columns == run$size)) {
    "two matrices of n rows and n columns each"
  } else {
    paste("two matrices of n rows and", format_range(run$columns),
          "columns each")
  }
  threads <- sort(unique(run$threads))
  if (is.null(more) && length(threads) > 1) {
    more <- paste0("from light to strong lines: ", format_list(threads),
                   " threads")
  }
  text <- paste0(shape, "; minimum of ", format_repetitions(run$repetitions))
  paste(c(text, more), collapse = "\n")
}

bench_caption <- function(bench) {
  where <- vapply(split(bench, bench$processor), function(here) {
    if (is.na(here$cores[1])) here$processor[1] else machine_line(here)
  }, "")
  over <- if (any(bench$oversubscribed, na.rm = TRUE)) {
    paste("More threads than CPUs from",
          min(bench$threads[bench$oversubscribed %in% TRUE]))
  }
  missed <- bench[!is_run(bench), ]
  not_run <- if (nrow(missed) > 0) {
    strwrap(paste("Not run:", format_missed(missed)), 95)
  }
  paste(c(where, over, not_run), collapse = "\n")
}

# Lists lines that miss the same sizes together.
format_missed <- function(missed) {
  line <- factor(bench_label(missed), unique(bench_label(missed)))
  sizes <- vapply(split(missed$size, line), format_list, "")
  lines <- split(names(sizes), factor(sizes, unique(sizes)))
  paste(vapply(lines, paste, "", collapse = ", "), "at", names(lines),
        collapse = "; ")
}

format_list <- function(numbers) {
  if (length(numbers) < 4) return(paste(numbers, collapse = ", "))
  format_range(numbers)
}

picture <- function(run, mapping) ggplot2::ggplot(run, mapping) + theme_edist()

theme_edist <- function() {
  ggplot2::theme_minimal(base_size = 13) +
    ggplot2::theme(
      plot.title = ggplot2::element_text(face = "bold"),
      plot.title.position = "plot",
      plot.subtitle = ggplot2::element_text(colour = "grey30"),
      plot.caption = ggplot2::element_text(colour = "grey40", hjust = 0),
      plot.caption.position = "plot",
      panel.grid.minor = ggplot2::element_blank(),
      plot.background = ggplot2::element_rect(fill = "white", colour = NA)
    )
}

utils::globalVariables(".data") # of aes()
