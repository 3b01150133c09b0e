#' Draw a benchmark
#'
#' Time against size, both on logarithmic scales, with a line for each approach and
#' number of threads, the stronger the more threads. Points are the least times,
#' whiskers reach up to the medians. Cells that were not run are named below the
#' picture.
#'
#' @param object A result of [edist_bench()].
#' @param ... Not used; must be empty.
#' @return A ggplot.
#' @exportS3Method ggplot2::autoplot
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' b <- edist_bench(c(50, 100), threads = 1:2, repetitions = 2)
#' ggplot2::autoplot(b)
autoplot.edist_bench <- function(object, ...) {
  check_dots_empty(...)
  about <- attr(edist_approaches(), "about")
  known <- about$name[about$name %in% object$approach]
  run <- object[object$status == "run", ]
  if (nrow(run) == 0) {
    abort("{.arg object} must have cells that were run, but all {nrow(object)}
      are marked {.val not run}.")
  }
  run$line <- bench_label(run)
  run$strength <- ave_strength(run$threads, run$approach)
  starts <- run[run$size == stats::ave(run$size, run$approach, FUN = min), ]
  starts$min <- exp(stats::ave(log(starts$min), starts$approach))
  starts <- starts[!duplicated(starts$approach), ]
  starts$height <- spread(starts$min, run$min)
  starts$text <- about$label[match(starts$approach, about$name)]
  ends <- run[run$size == stats::ave(run$size, run$line, FUN = max), ]
  ends$text <- format_seconds(ends$min)
  ends$height <- stats::ave(ends$min, ends$size,
                            FUN = function(min) spread(min, run$min))
  run$approach <- factor(run$approach, known)

  ggplot2::ggplot(run, ggplot2::aes(.data$size, .data$min,
                                    colour = .data$approach,
                                    group = .data$line)) +
    ggplot2::geom_line(ggplot2::aes(alpha = .data$strength), linewidth = 0.9) +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$min, ymax = .data$median),
                            linewidth = 0.5) +
    ggplot2::geom_point(size = 2.2) +
    ggplot2::geom_text(ggplot2::aes(y = .data$height, label = .data$text), starts,
                       hjust = 1, nudge_x = -0.03, size = 4, fontface = "bold") +
    ggplot2::geom_text(ggplot2::aes(y = .data$height, label = .data$text), ends,
                       hjust = 0, nudge_x = 0.025, size = 3.6) +
    ggplot2::scale_x_log10(
      breaks = unique(run$size),
      expand = ggplot2::expansion(mult = c(0.026 * max(nchar(starts$text)), 0.13))
    ) +
    ggplot2::scale_y_log10(labels = format_seconds, n.breaks = 7) +
    ggplot2::scale_alpha_identity() +
    ggplot2::scale_colour_manual(values = approach_colours[known],
                                 guide = "none") +
    ggplot2::labs(title = "Time to compute a matrix of Euclidean distances",
                  subtitle = bench_subtitle(object), x = "rows (log scale)",
                  y = "time (log scale)", caption = bench_caption(object)) +
    theme_edist()
}

# Okabe and Ito's palette, told apart by colour-blind readers too; the engine in
# the strongest.
approach_colours <- c(loop = "#999999", vectorised = "#0072B2",
                      openmp_outer = "#009E73", engine = "#D55E00")

# More threads, stronger line: the most of each approach in full.
ave_strength <- function(threads, approach) {
  stats::ave(log2(threads), approach, FUN = function(t) {
    if (max(t) == min(t)) 1 else 0.4 + 0.6 * (t - min(t)) / (max(t) - min(t))
  })
}

# Labels that would overlap on the log scale of a picture of usual height, which
# goes over `range`, are moved apart, in place.
spread <- function(value, range) {
  gap <- 10^(0.06 * diff(log10(range(range))))
  order <- order(value)
  value <- value[order]
  for (i in seq_along(value)[-1]) value[i] <- max(value[i], value[i - 1] * gap)
  value[order(order)]
}

bench_subtitle <- function(bench) {
  shape <- if (all(bench$columns == bench$size)) {
    "two matrices of n rows and n columns"
  } else {
    paste("two matrices of n rows and", format_range(bench$columns), "columns")
  }
  run <- bench[bench$status == "run", ]
  threads <- sort(unique(run$threads))
  strength <- if (length(threads) > 1) {
    paste0("\nlight to strong lines: ", paste(threads, collapse = ", "), " threads")
  }
  paste0(shape, "; least of ", format_range(run$repetitions), " repetitions", strength)
}

bench_caption <- function(bench) {
  machine <- attr(bench, "machine")
  where <- paste0(machine$cpu, ", ", machine$cores, " cores, ", machine$isa,
                  ", edist ", machine$edist)
  missed <- bench[bench$status != "run", ]
  if (nrow(missed) == 0) return(where)
  by_line <- split(missed$size, bench_label(missed))
  missed <- paste0(names(by_line), " at ",
                   vapply(by_line, paste, "", collapse = ", "))
  paste0(where, "\nNot run: ", paste(missed, collapse = "; "))
}

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

utils::globalVariables(".data") # aes() knows it
