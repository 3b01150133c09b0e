# Draws the picture of README.md, man/figures/fast-and-exact.png, from errors
# and times that bench/peers.md reports. After `make peers`, run it from the
# package's directory:
#
#   Rscript bench/peers/readme-figure.R
library(ggplot2)

# "1.52 us" -> 1.52e-6
read_time <- function(text) {
  unit <- c(ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1)
  as.numeric(sub(" .*", "", text)) * unname(unit[sub(".* ", "", text)])
}

# The rows of the table with the columns task, peer, time, error, error with an
# offset: no other table of the report has a time followed by an error.
read_errors <- function(report) {
  row <- paste0("^\\| *(dist|cross) *\\|.*\\| *[0-9.]+ [num]?s \\|",
                " *[0-9.]+e-[0-9]+ \\|")
  cells <- strsplit(grep(row, readLines(report), value = TRUE), " *\\| *")
  cells <- do.call(rbind, cells)
  data.frame(task = cells[, 2], peer = gsub("`", "", cells[, 3]),
             time = read_time(cells[, 4]), error = as.numeric(cells[, 6]))
}

# Which peers are shown, and how. The loops of the workshop are left out, except
# the fastest in C and in Python.
shown <- data.frame(rbind(
  c("cross", "edist::edist_matrix", "edist", "edist"),
  c("dist", "stats::dist", "stats::dist", "R"),
  c("dist", "collapse::fdist", "collapse::fdist", "R"),
  c("dist", "parallelDist::parDist", "parallelDist::parDist", "R"),
  c("cross", "fields::rdist", "fields::rdist", "R"),
  c("cross", "proxy::dist", "proxy::dist", "R"),
  c("dist", "amap::Dist", "amap::Dist", "R"),
  c("cross", "R, tcrossprod", "R, tcrossprod()", "R"),
  c("cross", "plain C, OpenMP", "loops in C with OpenMP", "R"),
  c("cross", "scipy cdist", "SciPy cdist", "Python"),
  c("cross", "scikit-learn", "scikit-learn", "Python"),
  c("cross", "torch cdist, products", "PyTorch cdist", "Python"),
  c("cross", "torch cdist, differences", "PyTorch cdist, differences",
    "Python"),
  c("cross", "faiss, float32", "Faiss (float32)", "Python"),
  c("cross", "Numba prange, fastmath", "Numba loops, fastmath", "Python")
))
names(shown) <- c("task", "peer", "label", "side")

errors <- merge(shown, read_errors("bench/peers.md"), by = c("task", "peer"))
stopifnot(nrow(errors) == nrow(shown))
errors$digits <- pmax(-log10(errors$error), 0)
errors$exact <- errors$digits > 10
# Exact peers have their labels on the left of their points, others on the right.
errors$beside <- errors$digits + ifelse(errors$exact, -0.35, 0.35)

# Labels closer than `room` are moved apart, each as little as possible.
move_apart <- function(at, room) {
  order <- order(at)
  due <- room * seq_along(at)
  at[order] <- stats::isoreg(at[order] - due)$yf + due
  at
}
errors$log_time <- log10(errors$time)
errors$at <- stats::ave(errors$log_time, errors$exact,
                        FUN = function(at) move_apart(at, 0.115))

mine <- errors$side == "edist"
colours <- c(edist = "#D55E00", R = "grey30", Python = "#0072B2")
ticks <- c(20e-9, 50e-9, 100e-9, 200e-9, 500e-9, 1e-6, 2e-6, 5e-6)

note <- paste(
  "These four use x\u00b2 + y\u00b2 \u2212 2xy,", "which loses digits here.",
  "With values around zero,", "they have 15 correct digits", "(Faiss: 6).",
  sep = "\n"
)

picture <- ggplot(errors, aes(digits, log_time, colour = side)) +
  geom_segment(aes(xend = beside, yend = at), linewidth = 0.3) +
  geom_point(size = ifelse(mine, 4.5, 2.2)) +
  geom_text(aes(beside + ifelse(exact, -0.1, 0.1), at, label = label),
            hjust = ifelse(errors$exact, 1, 0), size = ifelse(mine, 5.6, 3.9),
            fontface = ifelse(mine, "bold", "plain")) +
  annotate("label", 0, log10(75e-9), hjust = 0, vjust = 1, size = 3.8,
           lineheight = 1.1, colour = "grey30", label = note, label.size = 0,
           label.padding = grid::unit(2, "pt")) +
  scale_x_continuous(breaks = seq(0, 16, 4), limits = c(0, 16)) +
  scale_y_reverse(breaks = log10(ticks), labels = c(
    "20 ns", "50 ns", "100 ns", "200 ns", "500 ns",
    "1 \u00b5s", "2 \u00b5s", "5 \u00b5s"
  )) +
  scale_colour_manual(values = colours) +
  labs(
    title = "Fast and exact",
    subtitle = paste(
      "Euclidean distances of rows with 1000 columns, values",
      "near one million. Two threads where available.",
      "Grey: R and C; blue: Python.", sep = "\n"
    ),
    x = "correct digits of the worst distance  (more exact \u2192)",
    y = "time for one distance, log scale   (faster \u2192)"
  ) +
  theme_minimal(base_size = 13) +
  theme(panel.grid.minor = element_blank(), legend.position = "none",
        plot.title = element_text(face = "bold", size = 17),
        plot.title.position = "plot",
        plot.subtitle = element_text(colour = "grey30",
                                     margin = margin(b = 10)),
        axis.title = element_text(colour = "grey30"),
        plot.background = element_rect(fill = "white", colour = NA))

# Narrow, so that it can be read on a phone.
ggsave("man/figures/fast-and-exact.png", picture, width = 6.2, height = 5.8,
       dpi = 200)

# A third of the size, with the colours that it has.
if (nzchar(Sys.which("pngquant"))) {
  system2("pngquant", c("--force", "--ext=.png", "--speed=1", "64",
                        "man/figures/fast-and-exact.png"))
}
