# What all pictures share: theme, colours, and texts that know their room. The
# size of a picture is known when it is drawn, not when it is made. So texts in
# it are grobs that choose their size and place as they are drawn, and texts
# around it have lines short enough for a telephone.

picture <- function(data, mapping) {
  # Labels of an axis that would overlap are left out as it is drawn.
  axis <- ggplot2::guide_axis(check.overlap = TRUE)
  ggplot2::ggplot(data, mapping) +
    ggplot2::coord_cartesian(clip = "off") +
    ggplot2::guides(x = axis, y = axis) +
    theme_edist()
}

print_picture <- function(x, noun, ...) {
  check_installed("ggplot2", paste("{.fn plot} of a", noun))
  picture <- ggplot2::autoplot(x, ...)
  print(picture)
  invisible(picture)
}

theme_edist <- function() {
  text <- ggplot2::element_text
  points <- function(n) ggplot2::unit(n, "pt")
  ggplot2::theme_minimal(base_size = 10) +
    ggplot2::theme(
      plot.title = text(face = "bold", margin = ggplot2::margin(b = 3)),
      plot.title.position = "plot",
      plot.subtitle = text(size = 8, colour = "grey30",
                           margin = ggplot2::margin(b = 5)),
      plot.caption = text(size = 7, colour = "grey40", hjust = 0,
                          margin = ggplot2::margin(t = 4)),
      plot.caption.position = "plot",
      plot.margin = plot_margin(),
      axis.title = text(size = 8, colour = "grey30"),
      axis.text = text(size = 7.5),
      panel.grid.minor = ggplot2::element_blank(),
      plot.background = ggplot2::element_rect(fill = "white", colour = NA),
      panel.spacing.x = points(24),
      strip.text = text(size = 8, face = "bold"),
      legend.position = "bottom", legend.box = "vertical",
      legend.box.spacing = points(3), legend.margin = ggplot2::margin(),
      legend.spacing = points(1), legend.key.size = points(9),
      legend.text = text(size = 7.5), legend.title = text(size = 8)
    )
}

# A legend whose width fits a telephone.
narrow_legend <- function() ggplot2::guide_legend(ncol = 3)

# Labels with a blank on both sides, so that neighbours on an axis do not touch.
apart <- function(format = as.character) {
  function(values) paste0(" ", format(values), " ")
}

# Breaks texts into lines of at most `width` characters, also within words.
wrap_text <- function(text, width) {
  vapply(as.character(text), function(one) {
    lines <- unlist(lapply(strsplit(one, "\n")[[1]], strwrap, width + 1))
    pieces <- sprintf("(.{%d})(?=.)", width)
    paste(gsub(pieces, "\\1\n", lines, perl = TRUE), collapse = "\n")
  }, "", USE.NAMES = FALSE)
}

subtitle_of <- function(...) wrap_text(paste(c(...), collapse = "; "), 54)

# Each of the texts begins a line.
caption_of <- function(...) paste(wrap_text(c(...), 60), collapse = "\n")

legend_text <- function(names) wrap_text(names, 16)

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

# The hue of a colour, as dark as text on white must be: with a contrast of at
# least 4.5, as the Web Content Accessibility Guidelines define it.
ink <- function(colour) {
  light <- linear_light(colour)
  light <- light * pmin(1, (1.05 / 4.6 - 0.05) / pmax(luminance(light), 1e-9))
  value <- ifelse(light <= 0.0031308, 12.92 * light,
                  1.055 * light^(1 / 2.4) - 0.055)
  grDevices::rgb(value[, 1], value[, 2], value[, 3])
}

# Black or white, whichever is read better on a colour.
ink_on <- function(fill) {
  ifelse(contrast(fill, "black") > contrast(fill), "black", "white")
}

contrast <- function(colour, ground = "white") {
  a <- luminance(linear_light(colour))
  b <- luminance(linear_light(ground))
  (pmax(a, b) + 0.05) / (pmin(a, b) + 0.05)
}

linear_light <- function(colour) {
  value <- t(grDevices::col2rgb(colour)) / 255
  ifelse(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055)^2.4)
}

luminance <- function(light) drop(light %*% c(0.2126, 0.7152, 0.0722))

# Labels beside the panel. Those of lines are joined to the point x and y, and
# as near to the height yend as the others allow; those of rows (`joined` is
# FALSE) stand at their heights, and some are left out where all would be too
# small to read. They need `side_room()`.
side_labels <- function(ends, mapping, side = "right", joined = TRUE) {
  text_layer(ends, mapping, c("x", "y", "yend", "label"), function(at) {
    grid::gTree(at = at, side = side, joined = joined,
                cl = "edist_side_labels")
  })
}

# Labels to the right of their points, which may reach into `side_room()`.
end_labels <- function(ends, mapping) {
  text_layer(ends, mapping, c("x", "y", "label"), function(at) {
    grid::gTree(at = at, cl = "edist_end_labels")
  })
}

# `grob_at` gets the data in shares of the panel.
text_layer <- function(data, mapping, required, grob_at) {
  geom <- ggplot2::ggproto(
    "GeomEdistText", ggplot2::Geom, required_aes = required,
    default_aes = ggplot2::aes(colour = "grey20"),
    draw_panel = function(data, panel_params, coord) {
      grob_at(coord$transform(data, panel_params))
    }
  )
  ggplot2::layer(geom = geom, stat = "identity", position = "identity",
                 data = data, mapping = mapping, inherit.aes = FALSE,
                 show.legend = FALSE)
}

# Room for labels, on the left between the axis and the panel.
side_room <- function(left = "", right = "") {
  room <- ggplot2::margin(r = side_points(left) + 2)
  ggplot2::theme(plot.margin = plot_margin(right),
                 axis.text.y.left = ggplot2::element_text(margin = room))
}

plot_margin <- function(right = "") {
  ggplot2::margin(6, 14 + side_points(right), 6, 6)
}

no_labels <- function(values) rep("", length(values))

# What labels need in about 8 points, in the usual fonts. Labels in a wider font
# are drawn smaller.
side_points <- function(labels) {
  longest <- max(nchar(as.character(labels)))
  if (longest == 0) 0 else label_gap + 4.4 * longest
}

label_gap <- 10

#' @exportS3Method grid::makeContent
makeContent.edist_side_labels <- function(x) {
  at <- x$at
  width <- points_of(grid::unit(1, "npc"))
  height <- points_of(grid::unit(1, "npc"), "height")
  room <- side_points(at$label) - label_gap
  if (!x$joined) at <- thin_out(at, height / smallest_text / 1.2)
  size <- fitting_size(at$label, room, height / nrow(at) / 1.2, 8.5)
  y <- if (x$joined) spread(at$yend * height, 1.2 * size, height) else
    at$yend * height
  right <- x$side == "right"
  edge <- function(gap) if (right) width + gap else -gap
  points <- function(value) grid::unit(value, "pt")
  lines <- grid::segmentsGrob(
    points(at$x * width), points(at$y * height), points(edge(label_gap - 2)),
    points(y), gp = grid::gpar(col = at$colour, lty = "13")
  )
  texts <- grid::textGrob(
    at$label, points(edge(label_gap)), points(y), hjust = if (right) 0 else 1,
    name = "beside", gp = grid::gpar(col = ink(at$colour), fontsize = size)
  )
  grid::setChildren(x, grid::gList(if (x$joined) lines, texts))
}

# Every second of the rows, or every third, and so on: at most `room`.
thin_out <- function(rows, room) {
  step <- ceiling(nrow(rows) / max(1, floor(room)))
  rows[order(-rows$y)[seq(1, nrow(rows), by = step)], , drop = FALSE]
}

#' @exportS3Method grid::makeContent
makeContent.edist_end_labels <- function(x) {
  at <- x$at
  height <- points_of(grid::unit(1, "npc"), "height")
  pitch <- min(1, diff(sort(at$y))) * height
  size <- fitting_size(at$label, side_points(at$label) - label_gap,
                       pitch / 1.2, 8.5)
  grid::setChildren(x, grid::gList(grid::textGrob(
    at$label, grid::unit(at$x, "npc") + grid::unit(3, "pt"), at$y, hjust = 0,
    name = "beside", gp = grid::gpar(col = ink(at$colour), fontsize = size)
  )))
}

# Tiles with a text each, and a triangle that points down for the fastest and up
# for the slowest.
marked_tiles <- function(mapping) {
  geom <- ggplot2::ggproto(
    "GeomEdistTile", ggplot2::GeomTile,
    required_aes = c("x", "y", "label", "mark"),
    draw_panel = function(data, panel_params, coord, ...) {
      grid::gTree(at = coord$transform(data, panel_params),
                  cl = "edist_marked_tiles")
    }
  )
  ggplot2::layer(geom = geom, stat = "identity", position = "identity",
                 mapping = mapping)
}

# Where the texts would be too small to read, there are none: colours and
# triangles remain.
#' @exportS3Method grid::makeContent
makeContent.edist_marked_tiles <- function(x) {
  at <- x$at
  across <- function(share) points_of(grid::unit(share, "npc"))
  along <- function(share) points_of(grid::unit(share, "npc"), "height")
  width <- min(across(at$xmax - at$xmin))
  height <- min(along(at$ymax - at$ymin))
  place <- mark_place(at$label, width, height)
  marked <- at$mark != ""
  move <- function(by) grid::unit(ifelse(marked, by, 0), "pt")
  text <- grid::textGrob(
    at$label, grid::unit(at$x, "npc") + move(place$text[1]),
    grid::unit(at$y, "npc") + move(place$text[2]),
    gp = grid::gpar(col = ink_on(at$fill), fontsize = place$size,
                    fontface = ifelse(marked, "bold", "plain"))
  )
  gap <- grid::unit(if (min(width, height) > 4) 0.8 else 0, "pt")
  grid::setChildren(x, grid::gList(
    grid::rectGrob(at$x, at$y,
                   grid::unit(at$xmax - at$xmin, "npc") - gap,
                   grid::unit(at$ymax - at$ymin, "npc") - gap,
                   gp = grid::gpar(fill = at$fill, col = NA)),
    if (place$size > 0) text,
    if (any(marked)) {
      triangle_grob((across(at$x) + place$mark[1])[marked],
                    (along(at$y) + place$mark[2])[marked], place$side,
                    at$mark[marked] == "fastest", ink_on(at$fill[marked]))
    }
  ))
}

# How large texts are that fit into tiles (0: there are none), and where they
# and triangles are from the centre: a triangle is above its text or to the left
# of it, whichever leaves the text larger.
mark_place <- function(text, width, height) {
  above <- fitting_size(text, 0.86 * width, 0.9 * height / 1.7, 8)
  beside <- fitting_size(paste0("mm", text), 0.86 * width, 0.75 * height, 8)
  size <- max(above, beside)
  if (size < smallest_text) {
    return(list(size = 0, side = min(0.6 * c(width, height), 8), text = c(0, 0),
                mark = c(0, 0)))
  }
  side <- 0.65 * size
  if (above >= beside) {
    return(list(size = size, side = side, text = c(0, -0.4 * size),
                mark = c(0, 0.5 * size)))
  }
  longest <- max(text_points(text)) * size
  list(size = size, side = side, text = c(0.6 * size, 0),
       mark = c(-longest / 2 - 0.3 * size, 0))
}

smallest_text <- 5.5

triangle_grob <- function(x, y, side, down, colour) {
  if (length(x) == 0 || side < 2) return(grid::nullGrob())
  turn <- ifelse(down, -1, 1) * side * 0.43
  grid::polygonGrob(
    grid::unit(c(rbind(x - side / 2, x + side / 2, x)), "pt"),
    grid::unit(c(rbind(y - turn, y - turn, y + turn)), "pt"),
    id.lengths = rep(3, length(x)), gp = grid::gpar(fill = colour, col = NA)
  )
}

# The size of the font, in points, at which each text fits into `width` and
# `height` points; at most `largest`.
fitting_size <- function(text, width, height, largest) {
  min(largest, width / text_points(text), height)
}

# The width of bold text, in points for each point of its size.
text_points <- function(text) {
  points_of(grid::stringWidth(text), size = 10, face = "bold") / 10
}

# Lengths in points, in the viewport in which a grob is drawn.
points_of <- function(unit, what = "width", size = 10, face = "plain") {
  grid::pushViewport(grid::viewport(gp = grid::gpar(fontsize = size,
                                                    fontface = face)))
  on.exit(grid::popViewport())
  convert <- if (what == "width") grid::convertWidth else grid::convertHeight
  convert(unit, "pt", valueOnly = TRUE)
}

# Moves labels apart that would overlap, as little as possible: they are at
# least `gap` apart, at most `top`, keep their order, and those of the same
# height the order they have here.
spread <- function(height, gap, top) {
  order <- order(height)
  steps <- gap * (seq_along(order) - 0.5)
  # Less their steps, heights only have to grow: a monotone regression.
  free <- stats::isoreg(height[order] - steps)$yf
  free <- pmin(pmax(free, 0), max(0, top - gap * length(order)))
  (free + steps)[order(order)]
}
