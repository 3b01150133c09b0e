#' Draw a benchmark
#'
#' `plot()` shows, and `ggplot2::autoplot()` returns, one of six pictures:
#' * `"time"`: time against size, both on logarithmic scales, with a line for
#'   each approach and number of threads; the more threads, the stronger the
#'   line. Points are minimum times, whiskers reach up to the medians.
#' * `"bars"`: the approaches below each other at one size, each with the time
#'   of its best number of threads, which the colour shows. Leave slow
#'   approaches out with `subset()`.
#' * `"workers"`: time against the number of threads or processes at one size,
#'   both on logarithmic scales, with a line for each approach. The fastest of
#'   each has a ring, and its label says how many threads that are.
#' * `"speedup"` and `"efficiency"`: the speed-up over one thread, and its share
#'   of the ideal speed-up, against the number of threads, at one size. Where an
#'   approach has no time with one thread, its fewest threads count as ideal,
#'   and the subtitle says so.
#' * `"heatmap"`: sizes by approaches and threads; the colour shows how many
#'   times as long as the fastest of that size a cell takes. The fastest and the
#'   slowest are marked as in [edist_bench_table()].
#'
#' Pictures can be as small as a telephone, 3.6 by 3.2 inches: labels move apart
#' and shrink as they are drawn, and those that would still overlap are left
#' out. The caption lists cells that were not run, or the first of them. With
#' benchmarks of several machines, combined by `rbind()`, `"time"` and
#' `"heatmap"` have a panel for each machine; the other kinds accept one machine
#' only.
#'
#' @param object,x A result of [edist_bench()], [edist_bench_read()] or
#'   [as_edist_bench()].
#' @param kind The kind of picture: `"time"`, `"bars"`, `"workers"`,
#'   `"speedup"`, `"efficiency"` or `"heatmap"`.
#' @param size For all kinds but `"time"` and `"heatmap"`, the size to show; by
#'   default the largest among the sizes with the most approaches or, for
#'   pictures of threads, with the most cells.
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
#' published <- as_edist_bench(workshop_results, "published in 2023")
#' ggplot2::autoplot(published, "workers")
autoplot.edist_bench <- function(object, kind = c("time", "bars", "workers",
                                                  "speedup", "efficiency",
                                                  "heatmap"),
                                 ..., size = NULL) {
  check_dots_empty(...)
  check_bench(object, "object")
  check_no_repeats(object, "object")
  draw <- list(time = draw_time, bars = draw_bars, workers = draw_workers,
               speedup = draw_speedup, efficiency = draw_efficiency,
               heatmap = draw_heatmap)
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
  panel <- panel_of(run)
  run$panel <- factor(panel, unique(panel))
  if (!kind %in% c("time", "heatmap")) {
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

# The cells of one size, on one machine.
at_size <- function(run, size, kind) {
  if (length(unique(run$panel)) > 1) {
    abort("{.arg object} must be a benchmark of one machine for {.arg kind}
      {.val {kind}}, not of {length(unique(run$panel))}.")
  }
  if (is.null(size)) size <- fullest_size(run, kind != "bars")
  if (!is_number(size) || !size %in% run$size) {
    was <- describe(size)
    abort("{.arg size} must be one of {.or {.val {unique(run$size)}}}, not
      {was}.")
  }
  run[run$size == size, ]
}

# The largest among the sizes with the most approaches, or, for pictures of
# threads, with the most cells of several threads.
fullest_size <- function(run, of_threads) {
  several <- run$threads %in% setdiff(run$threads, 1)
  if (of_threads && any(several)) {
    count <- table(run$size[several])
  } else {
    count <- table(unique(unclass_bench(run)[c("approach", "size")])$size)
  }
  max(as.numeric(names(count)[count == max(count)]))
}

draw_time <- function(run) {
  run$line <- paste(run$panel, bench_label(run))
  run$strength <- strength(run$threads, paste(run$panel, run$approach))
  plot <- picture(run, ggplot2::aes(.data$size, .data$min, group = .data$line,
                                    colour = .data$label)) +
    ggplot2::geom_line(ggplot2::aes(alpha = .data$strength), in_lines,
                       linewidth = 0.7) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$min, ymax = .data$median), linewidth = 0.4,
      show.legend = FALSE
    ) +
    ggplot2::geom_point(ggplot2::aes(alpha = .data$strength), size = 1.4) +
    ggplot2::scale_x_log10(breaks = sort(unique(run$size)),
                           labels = apart(format_size)) +
    ggplot2::scale_alpha_identity() +
    ggplot2::labs(title = "Time by number of rows",
                  subtitle = bench_subtitle(run, strength_note(run)),
                  x = "rows (log scale)", y = NULL)
  colours <- line_colours(run$label)
  if (length(unique(run$panel)) > 1) {
    return(
      plot + machine_panels(16, ncol = 2) + scale_seconds() +
        ggplot2::scale_colour_manual(NULL, values = colours,
                                     labels = legend_text,
                                     guide = narrow_legend())
    )
  }
  # At their beginning all lines have a time, and are far apart.
  ends <- best_of(run)
  ends <- ends[ends$size == stats::ave(ends$size, ends$approach, FUN = min), ]
  names_side <- ggplot2::dup_axis(labels = no_labels, name = NULL)
  plot + scale_seconds(position = "right", sec.axis = names_side) +
    side_room(left = ends$label) +
    side_labels(ends, ggplot2::aes(.data$size, .data$min, yend = .data$min,
                                   label = .data$label,
                                   colour = .data$label), "left") +
    ggplot2::scale_colour_manual(values = colours, guide = "none")
}

# The points of lines that have more than one.
in_lines <- function(run) {
  run[run$line %in% run$line[duplicated(run$line)], ]
}

scale_seconds <- function(...) {
  ggplot2::scale_y_log10(labels = axis_seconds, n.breaks = 6, ...)
}

# Without zeros at the end of a fraction.
axis_seconds <- function(seconds) {
  sub("[.]? ([a-z]+)$", " \\1", sub("([.][0-9]*?)0+ ([a-z]+)$", "\\1 \\2",
                                  format_seconds(seconds), perl = TRUE))
}

# A panel for each machine, with its name in lines of `width` characters.
machine_panels <- function(width, ...) {
  ggplot2::facet_wrap("panel", ..., labeller = function(names) {
    lapply(names, wrap_text, width)
  })
}

# The fastest number of threads of each approach and size on each machine.
best_of <- function(run) {
  key <- paste(run$panel, run$approach, run$size)
  by_time <- order(run$min)
  run[sort(by_time[!duplicated(key[by_time])]), ]
}

draw_bars <- function(run) {
  counts <- sort(unique(run$threads))
  run <- best_of(run)
  run$name <- factor(run$label, rev(levels(droplevels(run$label))))
  run$workers <- count_levels(run$threads)
  run$text <- format_seconds(run$min)
  picture(run, ggplot2::aes(.data$min, .data$name)) +
    ggplot2::geom_col(ggplot2::aes(fill = .data$workers), width = 0.7) +
    end_labels(run, ggplot2::aes(.data$min, .data$name, label = .data$text)) +
    side_room(right = run$text) +
    ggplot2::scale_fill_manual("threads",
                               values = count_colours(levels(run$workers)),
                               guide = ggplot2::guide_legend(nrow = 1)) +
    ggplot2::scale_y_discrete(labels = legend_text) +
    ggplot2::scale_x_continuous(labels = apart(format_size),
                                expand = ggplot2::expansion()) +
    ggplot2::labs(
      title = size_title("Time", run),
      subtitle = bench_subtitle(run, if (length(counts) > 0) {
        paste("the best of", format_list(counts), "threads")
      }),
      x = "seconds", y = NULL
    ) +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_blank())
}

# Numbers of threads as a factor; unknown ones come last.
count_levels <- function(threads) {
  counts <- sort(unique(threads))
  factor(ifelse(is.na(threads), "?", threads),
         c(counts, if (anyNA(threads)) "?"))
}

# Blue for one thread, and the darker an orange the more threads there are.
count_colours <- function(counts) {
  several <- setdiff(counts, c("1", "?"))
  oranges <- grDevices::colorRampPalette(c("#F3C15F", "#8F4700"))
  if (length(several) == 1) oranges <- function(n) "#E69F00"
  colours <- c("1" = "#0072B2", "?" = "#999999",
               stats::setNames(oranges(length(several)), several))
  colours[counts]
}

draw_workers <- function(run) {
  all <- run
  run <- run[!is.na(run$threads), ]
  best <- best_of(several_counts(run))
  ends <- run[run$threads == stats::ave(run$threads, run$approach, FUN = max), ]
  at <- match(ends$approach, best$approach)
  ends$text <- paste0(ends$label, ifelse(is.na(at), "", ": "),
                      ifelse(is.na(at), "", best$threads[at]))
  picture(run, ggplot2::aes(.data$threads, .data$min, colour = .data$label)) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(size = 1.4) +
    ggplot2::geom_point(data = best, size = 3.4, shape = 21, stroke = 0.9) +
    side_room(right = ends$text) +
    side_labels(ends, ggplot2::aes(.data$threads, .data$min, yend = .data$min,
                                   label = .data$text,
                                   colour = .data$label)) +
    ggplot2::scale_x_log10(breaks = sort(unique(run$threads)),
                           labels = apart()) +
    scale_seconds() +
    ggplot2::scale_colour_manual(values = line_colours(run$label),
                                 guide = "none") +
    ggplot2::labs(
      title = size_title("Time by threads", run),
      subtitle = bench_subtitle(
        run, "ring and number: how many threads are the fastest",
        left_out(all, run, "number of threads unknown")
      ),
      x = "threads or processes (log scale)", y = NULL
    )
}

draw_speedup <- function(run) {
  times <- function(speedup) paste0(signif(speedup, 2), "x")
  draw_scaling(run, "speedup", function(threads) threads, times) +
    ggplot2::scale_y_continuous(breaks = whole_breaks, labels = times,
                                limits = c(0, NA)) +
    ggplot2::labs(title = size_title("Speed-up", run))
}

whole_breaks <- function(limits) {
  breaks <- pretty(limits)
  breaks[breaks == trunc(breaks)]
}

draw_efficiency <- function(run) {
  percent <- function(share) paste(signif(100 * share, 2), "%")
  draw_scaling(run, "efficiency", function(threads) 1, percent) +
    ggplot2::scale_y_continuous(labels = percent, limits = c(0, NA)) +
    ggplot2::labs(title = size_title("Efficiency", run))
}

format_size <- function(size) format(size, big.mark = " ", trim = TRUE)

size_title <- function(what, run) {
  paste0(what, ", ", format_size(run$size[1]), " rows")
}

# The column `what` against threads, for the approaches with several numbers of
# threads.
draw_scaling <- function(run, what, ideal, format) {
  all <- run
  run <- from_fewest(several_counts(run))
  threads <- sort(unique(run$threads))
  line <- data.frame(threads = threads, ideal = ideal(threads))
  ends <- run[run$threads == stats::ave(run$threads, run$approach, FUN = max), ]
  ends$text <- paste(ends$label, format(ends[[what]]))
  picture(run, ggplot2::aes(.data$threads, .data[[what]],
                            colour = .data$label)) +
    ggplot2::geom_line(ggplot2::aes(.data$threads, .data$ideal), line,
                       linetype = "dashed", colour = "grey40") +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(size = 1.6) +
    side_room(right = ends$text) +
    side_labels(ends, ggplot2::aes(.data$threads, .data[[what]],
                                   yend = .data[[what]], label = .data$text,
                                   colour = .data$label)) +
    ggplot2::scale_x_continuous(breaks = threads, labels = apart()) +
    ggplot2::scale_colour_manual(values = line_colours(run$label),
                                 guide = "none") +
    ggplot2::labs(
      subtitle = bench_subtitle(
        run, scaling_notes(run), left_out(all, run, "one number of threads")
      ),
      x = "threads or processes", y = NULL
    )
}

# Whether there is anything to draw for pictures of threads.
has_scaling <- function(bench) {
  run <- unclass_bench(run_rows(bench))
  if (nrow(run) == 0) return(FALSE)
  nrow(of_several(run[run$size == fullest_size(run, TRUE), ])) > 0
}

# The rows of the approaches that have several, each of another number of
# threads.
of_several <- function(run) {
  run <- run[!is.na(run$threads), ]
  run[stats::ave(run$threads, run$approach, FUN = length) > 1, ]
}

several_counts <- function(run) {
  run <- of_several(run)
  if (nrow(run) == 0) {
    abort("{.arg object} must have an approach that was run with several numbers
      of threads, but has none.")
  }
  run
}

# Speed-up and efficiency of each approach, relative to its fewest threads, with
# which it is ideal.
from_fewest <- function(run) {
  run$fewest <- stats::ave(run$threads, run$approach, FUN = min)
  first <- run[run$threads == run$fewest, ]
  first <- first$min[match(run$approach, first$approach)]
  run$speedup <- run$fewest * first / run$min
  run$efficiency <- run$speedup / run$threads
  run
}

scaling_notes <- function(run) {
  late <- run[run$threads == run$fewest & run$fewest > 1, ]
  missing <- vapply(split(late, late$fewest), function(same) {
    paste0("no time with 1 thread: ", paste(same$label, collapse = ", "),
           " (", same$fewest[1], " threads count as ", same$fewest[1], "x)")
  }, "")
  c("dashed: ideal", unname(missing))
}

# Approaches that a picture of threads cannot show.
left_out <- function(run, shown, why) {
  names <- setdiff(as.character(run$label), as.character(shown$label))
  if (length(names) == 0) return(NULL)
  paste0("not shown: ", paste(names, collapse = ", "), " (", why, ")")
}

draw_heatmap <- function(run) {
  key <- paste(run$panel, run$size)
  run$slower <- run$min / stats::ave(run$min, key, FUN = min)
  run$mark <- unsplit(lapply(split(run$min, key), function(row) {
    c(row_marks(t(row)))
  }), key)
  run$text <- format_seconds(run$min, 2)
  run$rows <- factor(format_size(run$size),
                     format_size(sort(unique(run$size))))
  run$line <- paste0(run$label, threads_suffix(run, " x"))
  from_top <- unique(run$line[order(run$label, run$threads)])
  run$line <- factor(run$line, rev(from_top))
  rows <- run[!duplicated(run[c("panel", "line")]), ]
  slowest <- log10(max(run$slower))
  times <- if (slowest > 1.5) 10^(0:slowest) else
    grDevices::axisTicks(c(0, slowest), log = TRUE, nint = 3)
  plot <- picture(run, ggplot2::aes(.data$rows, .data$line)) +
    marked_tiles(ggplot2::aes(fill = log10(.data$slower), label = .data$text,
                              mark = .data$mark)) +
    ggplot2::scale_fill_viridis_c(NULL, breaks = log10(times), labels = times,
                                  direction = -1, option = "cividis",
                                  end = 0.97) +
    ggplot2::scale_x_discrete(expand = ggplot2::expansion(),
                              labels = apart()) +
    ggplot2::scale_y_discrete(expand = ggplot2::expansion(),
                              labels = no_labels) +
    ggplot2::labs(title = "Time by rows and threads",
                  subtitle = subtitle_of(
                    "colour: times as long as the fastest of its size",
                    "triangles: fastest (down) and slowest (up)"
                  ),
                  x = "rows", y = NULL) +
    side_room(left = run$line) +
    side_labels(rows, ggplot2::aes(.data$rows, .data$line, yend = .data$line,
                                   label = .data$line), "left", FALSE) +
    ggplot2::theme(panel.grid = ggplot2::element_blank(),
                   legend.key.height = ggplot2::unit(5, "pt"),
                   legend.key.width = ggplot2::unit(24, "pt"))
  if (length(unique(run$panel)) == 1) return(plot)
  plot + machine_panels(26, ncol = 1, scales = "free_y")
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

strength_note <- function(run) {
  threads <- sort(unique(run$threads))
  if (length(threads) < 2) return(NULL)
  paste("from light to strong lines:", format_list(threads), "threads")
}

# What all pictures say, after what one kind has to say.
bench_subtitle <- function(run, ...) {
  shape <- if (all(run$columns == run$size)) "n" else
    format_range(run$columns)
  subtitle_of(..., paste("two matrices of n rows and", shape, "columns"),
              paste0(if (any(run$repetitions > 1)) "minimum of ",
                     format_repetitions(run$repetitions)))
}

bench_caption <- function(bench) {
  machines <- split(bench, factor(bench$processor, unique(bench$processor)))
  # Panels have names, and little room below several.
  where <- if (length(machines) <= 2) vapply(machines, function(here) {
    if (!is.na(here$cores[1])) return(machine_line(here))
    if (length(machines) == 1) here$processor[1] else ""
  }, "")
  where <- where[where != ""]
  over <- if (any(bench$oversubscribed, na.rm = TRUE)) {
    paste("More threads than CPUs from",
          min(bench$threads[bench$oversubscribed %in% TRUE]))
  }
  not_run <- if (!all(is_run(bench))) paste("Not run:", format_missed(bench))
  caption_of(where, over, not_run)
}

# Lists lines that miss the same sizes together, and what all numbers of threads
# miss by the name of the approach. Only the first few fit below a picture.
format_missed <- function(bench) {
  bench <- bench[order(is_run(bench), bench$size), ]
  line <- bench_label(bench)
  sizes <- vapply(split(seq_along(line), factor(line, unique(line))),
                  function(of) format_sizes(bench[of, ], bench$size), "")
  approach <- bench$approach[match(names(sizes), line)]
  distinct <- function(codes) length(unique(codes))
  alike <- stats::ave(match(sizes, sizes), approach, FUN = distinct) == 1
  names(sizes)[alike] <- approach[alike]
  sizes <- sizes[sizes != "" & !duplicated(names(sizes))]
  lines <- split(names(sizes), factor(sizes, unique(sizes)))
  groups <- paste(vapply(lines, paste, "", collapse = ", "), names(lines))
  few <- max(1, sum(cumsum(nchar(groups)) <= 95))
  paste(c(groups[seq_len(few)], if (few < length(groups)) "and others"),
        collapse = "; ")
}

# The sizes that these cells miss; mostly all from one on.
format_sizes <- function(cells, all_sizes) {
  missed <- unique(cells$size[!is_run(cells)])
  if (length(missed) == 0) return("")
  rest <- unique(all_sizes[all_sizes >= min(missed)])
  if (length(rest) > 1 && setequal(missed, rest)) {
    return(paste("from", min(missed)))
  }
  paste("at", format_list(missed))
}

format_list <- function(numbers) {
  numbers <- unique(numbers)
  if (length(numbers) < 4) return(paste(numbers, collapse = ", "))
  format_range(numbers)
}

utils::globalVariables(".data") # of aes()
