# Draws man/figures/logo.png and the icons of the web site, pkgdown/favicon/: the lower
# triangle of a distance matrix, as a dist holds it, on a hexagon. Run at the top of the
# sources.
library(grid)

# Seven points on a line, in three groups: a tile is the darker the closer two of them are.
distances <- as.matrix(dist(c(0, 1.2, 2, 5, 6, 8.8, 9.5)))
tiles <- which(lower.tri(distances), arr.ind = TRUE)
tiles <- data.frame(tiles, share = distances[tiles] / max(distances))
ramp <- colorRamp(c("#0b6fb8", "#5fd0c5", "#fdf3a7"), space = "Lab")
tiles$colour <- rgb(ramp(tiles$share), maxColorValue = 255)

# A shape in one colour. Only lines are drawn with smooth edges.
shape <- function(x, y, colour) {
  grid.polygon(x, y, default.units = "native",
               gp = gpar(fill = colour, col = colour, lwd = 0.5, linejoin = "mitre"))
}

draw_logo <- function(word) {
  grid.newpage()
  # The hexagon is 2 high and sqrt(3) wide, around 0.
  pushViewport(viewport(width = if (word) 0.99 else 0.99 * sqrt(3) / 2, height = 0.99,
                        xscale = c(-1, 1) * sqrt(3) / 2, yscale = c(-1, 1)))
  angle <- pi / 6 + 0:5 * pi / 3
  shape(cos(angle), sin(angle), "#5fd0c5")
  shape(0.93 * cos(angle), 0.93 * sin(angle), "#10263d")
  # The diagonal of the matrix lies at the bottom. `half` is half the width of a tile.
  half <- (if (word) 0.6 else 0.68) / (nrow(distances) - 1)
  bottom <- if (word) -0.14 else -0.36
  for (tile in split(tiles, seq_len(nrow(tiles)))) {
    x <- (tile$row + tile$col - nrow(distances) - 1) * half
    y <- bottom + (tile$row - tile$col - 1) * half
    shape(x + 0.84 * half * c(1, 0, -1, 0), y + 0.84 * half * c(0, 1, 0, -1), tile$colour)
  }
  if (word) {
    height <- convertHeight(unit(0.34, "native"), "points", valueOnly = TRUE)
    grid.text("edist", 0, -0.5, default.units = "native",
              gp = gpar(col = "white", fontface = "bold", fontsize = height))
  }
  popViewport()
}

write_logo <- function(file, size, word = FALSE) {
  png(file, round(if (word) size * sqrt(3) / 2 else size), size, bg = "transparent",
      type = "cairo")
  on.exit(dev.off())
  draw_logo(word)
  invisible()
}
write_logo("man/figures/logo.png", 278, word = TRUE)
for (size in c(16, 32)) {
  write_logo(sprintf("pkgdown/favicon/favicon-%dx%d.png", size, size), size)
}
write_logo("pkgdown/favicon/apple-touch-icon.png", 180)
