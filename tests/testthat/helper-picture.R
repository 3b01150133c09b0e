# The sizes, in inches, at which pictures must hold: a page, half a page, a telephone.
picture_sizes <- list(c(7, 5), c(4.5, 3), c(3.6, 3.2))

# What is wrong with the texts of a picture at a size: texts that overlap, that are cut
# off, or that are too pale to read on white.
flaws_of <- function(picture, size, device = pdf_of) {
  texts <- texts_of(picture, size, device)
  out <- texts$left < 0 | texts$bottom < 0 | texts$right > 72 * size[1] |
    texts$top > 72 * size[2]
  pairs <- which(upper.tri(diag(nrow(texts))), arr.ind = TRUE)
  a <- texts[pairs[, 1], ]
  b <- texts[pairs[, 2], ]
  touch <- pmin(a$right, b$right) - pmax(a$left, b$left) > 0.2 &
    pmin(a$top, b$top) - pmax(a$bottom, b$bottom) > 0.2
  pale <- !texts$on_tile & contrast(texts$colour) < 4.5
  c(sprintf("'%s' is cut off", texts$label[out | texts$cut]),
    sprintf("'%s' overlaps '%s'", a$label[touch], b$label[touch]),
    sprintf("'%s' is pale", texts$label[pale]))
}

pdf_of <- function(size) grDevices::pdf(NULL, size[1], size[2])

# The fonts of this device are wider, and its sizes are rounded.
png_of <- function(size) {
  grDevices::png(tempfile(fileext = ".png"), size[1], size[2], "in", res = 96,
                 type = "cairo")
}

# All texts that a picture shows, with their boxes in points from the lower left corner.
texts_of <- function(picture, size, device = pdf_of) {
  device(size)
  on.exit(grDevices::dev.off())
  grid::grid.newpage()
  grid::grid.draw(picture)
  grid::grid.force()
  all <- grid::grid.ls(viewports = TRUE, print = FALSE)
  tree <- list(children = list())
  found <- lapply(which(all$type %in% c("grobListing", "gTreeListing")), function(i) {
    if (!nzchar(all$gPath[i])) {
      tree$children[[all$name[i]]] <<- grid::grid.get(all$name[i])
    }
    path <- c(strsplit(all$gPath[i], "::", fixed = TRUE)[[1]], all$name[i])
    text <- Reduce(function(grob, name) grob$children[[name]], path, tree)
    if (!inherits(text, "text") || !any(grepl("[^ ]", text$label))) return(NULL)
    grid::upViewport(0)
    where <- sub("^ROOT(::)?", "", all$vpPath[i])
    if (nzchar(where)) grid::downViewport(where)
    boxes_of(text, where)
  })
  do.call(rbind, found)
}

# The boxes of one text grob, in the viewport where it is drawn. Texts in a panel must not
# leave it, except those that belong beside it.
boxes_of <- function(text, where) {
  label <- as.character(text$label)
  n <- length(label)
  each <- function(value) rep_len(value, n)
  corners <- grid::deviceLoc(grid::unit(0:1, "npc"), grid::unit(0:1, "npc"))
  panel <- 72 * as.numeric(corners$x)
  at <- grid::deviceLoc(text$x, text$y)
  extent <- matrix(0, n, 3)
  font <- each(if (is.null(text$gp$font)) 1 else text$gp$font)
  for (face in unique(font)) {
    gp <- unclass(text$gp)[setdiff(names(text$gp), c("font", "col"))]
    grid::pushViewport(grid::viewport(gp = do.call(grid::gpar, c(gp, fontface = face))))
    these <- font == face
    points <- function(unit) grid::convertHeight(unit(label[these]), "pt", TRUE)
    extent[these, ] <- cbind(
      grid::convertWidth(grid::stringWidth(label[these]), "pt", TRUE),
      points(grid::stringHeight), points(grid::stringDescent)
    )
    grid::popViewport()
  }
  h <- each(grid::resolveHJust(text$just, text$hjust))
  v <- each(grid::resolveVJust(text$just, text$vjust))
  angle <- each(text$rot) * pi / 180
  x <- cbind(-h, 1 - h)[, c(1, 1, 2, 2)] * extent[, 1]
  y <- cbind(-v * extent[, 2] - extent[, 3], (1 - v) * extent[, 2])[, c(1, 2, 1, 2)]
  dim(x) <- dim(y) <- c(n, 4)
  across <- 72 * each(as.numeric(at$x)) + x * cos(angle) - y * sin(angle)
  along <- 72 * each(as.numeric(at$y)) + x * sin(angle) + y * cos(angle)
  boxes <- data.frame(label, left = apply(across, 1, min), right = apply(across, 1, max),
                      bottom = apply(along, 1, min), top = apply(along, 1, max),
                      colour = each(text$gp$col))
  boxes <- boxes[grepl("[^ ]", label), ]
  if (isTRUE(text$check.overlap)) boxes <- boxes[is_drawn(boxes), ]
  boxes$on_tile <- grepl("panel", where) & text$name != "beside"
  boxes$cut <- (boxes$on_tile | grepl("strip", where)) &
    (boxes$left < panel[1] - 1 | boxes$right > panel[2] + 1)
  boxes
}

# As grid does it: a text that overlaps one before it is left out.
is_drawn <- function(boxes) {
  drawn <- rep(TRUE, nrow(boxes))
  for (i in seq_len(nrow(boxes))[-1]) {
    before <- boxes[seq_len(i - 1), ][drawn[seq_len(i - 1)], ]
    drawn[i] <- !any(before$left < boxes$right[i] & before$right > boxes$left[i] &
                       before$bottom < boxes$top[i] & before$top > boxes$bottom[i])
  }
  drawn
}
