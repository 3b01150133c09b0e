# The engine in three pictures, in the shapes that it has on this machine. Base
# graphics: they need no other package. Colours: rows of x are blue, rows of y
# orange, sums green; the light ones are for areas, the dark ones for text, too.
dark <- c(x = "#0067A3", y = "#B34700", sum = "#00705A")
light <- c(x = "#CBE2F2", y = "#FADCC6", sum = "#C9EBDF")
ink <- "#222222"

# An empty picture, in which y grows downwards as rows of a matrix do.
draw_canvas <- function(width, height, same_scale = FALSE) {
  old <- graphics::par(mar = c(0, 0, 0, 0), family = "sans", fg = ink)
  graphics::plot.new()
  graphics::plot.window(c(0, width), c(height, 0), xaxs = "i", yaxs = "i",
                        asp = if (same_scale) 1 else NA)
  invisible(old)
}

draw_text <- function(x, y, text, colour = ink, size = 1.1, at = 0, ...) {
  graphics::text(x, y, text, col = colour, cex = size, adj = c(at, 0.5), ...)
}

draw_cells <- function(x, y, width, height, fill, border = "white") {
  graphics::rect(x, y, x + width, y + height, col = fill, border = border)
}

draw_frame <- function(x, y, width, height, colour = ink) {
  graphics::rect(x, y, x + width, y + height, col = NA, border = colour, lwd = 2)
}

# Packing: a matrix of two micro-panels and three columns; where its numbers are
# in R's memory, in NumPy's, and in the engine's.
draw_packing <- function(info = edist_info()) {
  old <- draw_canvas(100, 100)
  on.exit(graphics::par(old))
  lanes <- info$tile[["x"]]
  columns <- 3
  cells <- expand.grid(row = seq_len(2 * lanes), column = seq_len(columns))
  cells$panel <- (cells$row - 1) %/% lanes + 1
  full <- c("#0067A3", "#B34700", "#00705A")
  pale <- c("#8EC1E4", "#F2B48A", "#7CCBB4")
  cells$fill <- ifelse(cells$panel == 1, full[cells$column], pale[cells$column])
  followed <- cells$panel == 1 & cells$column == 1

  # The matrix, rows down, with its two panels.
  side <- 40 / (2 * lanes)
  left <- 8
  draw_cells(left + 7 * (cells$column - 1), 6 + side * (cells$row - 1), 7, side,
             cells$fill)
  draw_text(left + 7 * (seq_len(columns) - 0.5), 3, seq_len(columns), at = 0.5)
  draw_frame(left, 6, 7, side * lanes)
  right <- left + 7 * columns + 3
  for (panel in 1:2) {
    top <- 6 + 20 * (panel - 1)
    graphics::lines(right + c(0, 1, 1, 0), top + c(0.5, 0.5, 19.5, 19.5), lwd = 2)
    rows <- lanes * (panel - 1) + c(1, lanes)
    draw_text(right + 3, top + 7, paste("micro-panel", panel), font = 2)
    draw_text(right + 3, top + 13, paste("rows", rows[1], "to", rows[2], "of x"))
  }
  draw_cells(66, 11, 4, 4, full[1])
  draw_frame(66, 11, 4, 4)
  draw_text(72, 13, "column 1 of")
  draw_text(72, 19, "micro-panel 1")
  # What lies where.
  orders <- list(
    "R: column after column (Fortran order)" = order(cells$column, cells$row),
    "NumPy: row after row (C order)" = order(cells$row, cells$column),
    "Packed: panel after panel, in each column after column" =
      order(cells$panel, cells$column, cells$row)
  )
  width <- 96 / nrow(cells)
  for (i in seq_along(orders)) {
    top <- 41 + 17 * i - 4
    at <- order(orders[[i]])
    draw_text(2, top - 4, names(orders)[i])
    draw_cells(2 + width * (at - 1), top, width, 7, cells$fill)
    mine <- range(at[followed])
    if (diff(mine) < lanes) {
      draw_frame(2 + width * (mine[1] - 1), top, width * lanes, 7)
    } else {
      draw_frame(2 + width * (at[followed] - 1), top, width, 7)
    }
  }
}

# The register tile: a column of both micro-panels, and the sums that it goes to.
draw_register_tile <- function(info = edist_info()) {
  mr <- info$tile[["x"]]
  nr <- info$tile[["y"]]
  shown <- 3 # columns of a micro-panel; the last one is at work
  left <- top <- shown + 3
  old <- draw_canvas(left + nr + 0.3, top + mr + 3.2, same_scale = TRUE)
  on.exit(graphics::par(old))
  for (k in seq_len(shown)) {
    fill <- if (k == shown) dark else light
    draw_cells(k + 1, top + seq_len(mr) - 1, 1, 1, fill[["x"]])
    draw_cells(left + seq_len(nr) - 1, k + 1, 1, 1, fill[["y"]])
  }
  pairs <- expand.grid(i = seq_len(mr), j = seq_len(nr))
  draw_cells(left + pairs$j - 1, top + pairs$i - 1, 1, 1, light[["sum"]])
  # One pair.
  i <- mr %/% 2
  j <- (nr + 1) %/% 2
  draw_cells(left + j - 1, top + i - 1, 1, 1, dark[["sum"]])
  graphics::arrows(shown + 2.2, top + i - 0.5, left + j - 1.1, length = 0.09,
                   lwd = 2.5, col = dark[["x"]])
  graphics::arrows(left + j - 0.5, shown + 2.2, y1 = top + i - 1.1, length = 0.09,
                   lwd = 2.5, col = dark[["y"]])
  draw_text(left + nr / 2, 1, paste("micro-panel of y:", nr, "rows"), dark[["y"]],
            at = 0.5)
  draw_text(1.2, top + mr / 2, paste("x:", mr, "rows"), dark[["x"]], at = 0.5,
            srt = 90)
  draw_text(left - 0.4, shown + 1.5, "column k", at = 1)
  draw_text(left + nr / 2, top + mr + 0.9,
            sprintf("%d \u00d7 %d = %d sums in registers", mr, nr, mr * nr),
            dark[["sum"]], at = 0.5)
  draw_text(left + nr / 2, top + mr + 2.4,
            quote("each of them: sum" + (x[k] - y[k])^2), dark[["sum"]], at = 0.5)
}

# Blocks: how the table of pairs is cut, to scale, and what of it is where.
draw_blocks <- function(info = edist_info(), rows = 2000) {
  old <- draw_canvas(100, 100)
  on.exit(graphics::par(old))
  draw_table(info, rows)
  draw_block(info)
  draw_places(info, 62)
}

table_at <- c(x = 2, y = 7, width = 42, height = 49) # a square on 7 by 6 inches
block_at <- c(x = 56, y = 7, width = 42, height = 24.5)

# All pairs, with one slab and one block in it, and lines to the block drawn large.
draw_table <- function(info, rows) {
  at <- as.list(table_at)
  wide <- at$width / rows * info$block[["y"]]
  high <- at$height / rows * info$block[["x"]]
  x <- at$x + wide
  y <- at$y + 2 * high
  draw_text(at$x, 3, sprintf("all %d \u00d7 %d pairs", rows, rows))
  draw_cells(at$x, at$y, at$width, at$height, "#EEEEEE", NA)
  draw_cells(x, at$y, wide, at$height, light[["y"]], NA)
  draw_cells(at$x, y, at$width, high, light[["x"]], NA)
  draw_cells(x, y, wide, high, light[["sum"]], NA)
  draw_frame(x, y, wide, high, dark[["sum"]])
  draw_text(x + wide / 2, at$y + at$height - 4, "slab", dark[["y"]], at = 0.5)
  graphics::segments(x + wide, y + c(0, high), block_at[["x"]],
                     block_at[["y"]] + c(0, block_at[["height"]]), lty = 3)
}

# One block, with one strip and one tile in it.
draw_block <- function(info) {
  at <- as.list(block_at)
  wide <- at$width / info$block[["y"]] * info$tile[["y"]]
  high <- at$height / info$block[["x"]] * info$tile[["x"]]
  x <- at$x + wide * 0.25 * (info$block[["y"]] %/% info$tile[["y"]])
  y <- at$y + high * 0.4 * (info$block[["x"]] %/% info$tile[["x"]])
  draw_text(at$x, 3, sprintf("block: %d \u00d7 %d", info$block[["x"]],
                             info$block[["y"]]), dark[["sum"]])
  draw_cells(at$x, at$y, at$width, at$height, light[["sum"]], NA)
  draw_cells(x, at$y, wide, at$height, light[["y"]], NA)
  draw_cells(at$x, y, at$width, high, light[["x"]], NA)
  draw_cells(x, y, wide, high, dark[["sum"]], NA)
  draw_frame(at$x, at$y, at$width, at$height, dark[["sum"]])
  key <- data.frame(
    fill = c(dark[["sum"]], light[["y"]], light[["x"]]),
    colour = dark[c("sum", "y", "x")],
    text = c(sprintf("tile: %d \u00d7 %d", info$tile[["x"]], info$tile[["y"]]),
             sprintf("strip: %d rows of y", info$tile[["y"]]),
             sprintf("%d rows of x", info$tile[["x"]]))
  )
  for (i in seq_len(nrow(key))) {
    y <- at$y + at$height + 7 * i - 1
    draw_cells(at$x, y - 2, 4, 4, key$fill[i], NA)
    draw_text(at$x + 6, y, key$text[i], key$colour[i])
  }
}

# Registers, caches and memory, and what the engine keeps in them.
draw_places <- function(info, top) {
  bytes <- function(rows) format_kib(8 * rows * info$block[["columns"]])
  cache <- function(level) {
    size <- info$caches[[level]]
    if (is.na(size)) level else paste0(level, ", ", format_kib(size))
  }
  tile <- info$tile
  block <- info$block
  places <- data.frame(
    place = c("registers", cache("L1"), cache("L2"), "L3, memory"),
    what = c(
      sprintf("the sums of a tile: %s", format_kib(8 * prod(tile))),
      sprintf("two micro-panels: %s, %s", bytes(tile[["x"]]), bytes(tile[["y"]])),
      sprintf("%d rows of x: %s", block[["x"]], bytes(block[["x"]])),
      sprintf("%d rows of y: %s", block[["y"]], bytes(block[["y"]]))
    ),
    left = c("sum", "x", "x", "y"), right = c("sum", "y", "x", "y")
  )
  for (i in seq_len(nrow(places))) {
    y <- top + 9.6 * (i - 1)
    draw_cells(2, y, 15, 8, light[[places$left[i]]], NA)
    draw_cells(17, y, 15, 8, light[[places$right[i]]], NA)
    draw_text(3.5, y + 4, places$place[i], font = 2)
    draw_text(35, y + 4, places$what[i])
  }
}

format_kib <- function(bytes) {
  if (bytes < 2^10) return(paste(bytes, "bytes"))
  if (bytes < 2^20) return(paste(signif(bytes / 2^10, 3), "KiB"))
  paste(signif(bytes / 2^20, 3), "MiB")
}
