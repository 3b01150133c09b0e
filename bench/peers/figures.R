# Pictures of the report. edist stands out; the peers in R and in Python have colours
# that colour-blind readers can tell apart, and every point has a label.
library(ggplot2)

colours <- c(edist = "#D55E00", R = "grey35", Python = "#0072B2")

look <- function() {
  theme_minimal(base_size = 12) +
    theme(panel.grid.minor = element_blank(),
          plot.title = element_text(face = "bold"), plot.title.position = "plot",
          plot.subtitle = element_text(margin = margin(b = 12)),
          legend.position = "none",
          plot.background = element_rect(fill = "white", colour = NA))
}

side <- function(peer, python) {
  ifelse(grepl("^edist::", peer), "edist", ifelse(peer %in% python, "Python", "R"))
}

# The times of all tasks on one scale, one task below the other, the fastest peer
# first. Each task has a row for its heading.
draw_times <- function(results, title) {
  results <- results[order(match(results$task, unique(results$task)), results$min), ]
  block <- match(results$task, unique(results$task))
  results$row <- -(seq_len(nrow(results)) + 1.7 * block)
  heads <- results[!duplicated(block), ]
  results$text <- paste0(
    format_time(results$min),
    ifelse(results$side == "edist", "", paste0("  (", fold(results$ratio), ")"))
  )
  ggplot(results, aes(min, row, colour = side)) +
    geom_point(aes(size = side == "edist")) +
    geom_text(aes(label = text, fontface = ifelse(side == "edist", 2, 1)),
              hjust = 0, nudge_x = 0.06, size = 3.4) +
    geom_text(aes(min(results$min), row + 1, label = task), heads, colour = "black",
              hjust = 0, vjust = 0.4, fontface = "bold", size = 3.7) +
    scale_y_continuous(breaks = results$row, labels = results$peer,
                       expand = expansion(add = c(0.8, 1))) +
    scale_x_log10(labels = format_time, n.breaks = 7, sec.axis = dup_axis(name = NULL),
                  expand = expansion(mult = c(0.03, 0.2))) +
    scale_colour_manual(values = colours) +
    scale_size_manual(values = c(2.4, 3.6)) +
    labs(title = title, x = "time (log scale)", y = NULL, subtitle = paste(
      "minimum of several runs; in brackets: how many times as long as edist;",
      "blue: Python"
    )) +
    look() +
    theme(panel.grid.major.y = element_line(colour = "grey93"),
          plot.margin = margin(6, 28, 6, 6))
}

# Error against time. In each panel, the labels of the exact peers stand in one column
# to their right, those of the others in another, moved apart if they would overlap.
draw_errors <- function(errors, title) {
  errors$error <- pmin(errors$error, 1)
  errors$log_time <- log10(errors$time)
  errors$group <- paste(errors$data, errors$error > 1e-11)
  room <- diff(range(errors$log_time)) / 24
  errors$at <- stats::ave(errors$log_time, errors$group,
                          FUN = function(at) push_apart(at, room))
  errors$beside <- stats::ave(errors$error, errors$group, FUN = max) * 6
  ggplot(errors, aes(error, log_time, colour = side)) +
    geom_segment(aes(xend = beside / 1.4, yend = at), linewidth = 0.25, alpha = 0.6) +
    geom_point(aes(size = side == "edist")) +
    geom_text(aes(beside, at, label = label, fontface = ifelse(side == "edist", 2, 1)),
              hjust = 0, size = 3.2) +
    facet_wrap(vars(data), ncol = 2) +
    scale_size_manual(values = c(2, 3.6)) +
    scale_colour_manual(values = colours) +
    scale_x_log10(breaks = 10^seq(-16, 0, 4), labels = parse(text = c(
      sprintf("10^%d", seq(-16, -4, 4)), "phantom() >= 1"
    )), limits = c(1e-16, 1e8)) +
    scale_y_continuous(breaks = log10(c(outer(c(1, 3), 10^(-9:3)))),
                       labels = function(y) format_time(10^y)) +
    labs(title = title, x = "maximum relative error (log scale)",
         y = "time per distance (log scale)",
         subtitle = "1000 columns; the best are at the bottom left; blue: Python") +
    look() +
    theme(strip.text = element_text(face = "bold", hjust = 0, size = 12),
          panel.spacing.x = grid::unit(18, "pt"))
}

# Moves places up and down until they are `room` apart, as little as possible: crowded
# places spread around their centre.
push_apart <- function(at, room) {
  order <- order(at)
  # After subtracting `due`, places may coincide but must not decrease: monotone
  # regression.
  due <- room * seq_along(at)
  at[order] <- stats::isoreg(at[order] - due)$yf + due
  at
}

# How many times as long: 1.62 x, 2 310 x.
fold <- function(ratio) {
  few <- vapply(signif(ratio, 3), format, "", big.mark = " ", scientific = FALSE)
  paste(few, "x")
}

format_time <- function(seconds) edist:::format_seconds(seconds)
