#' ---
#' title: "More cores: measured, and modelled"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 4.6
#' ---
#'
#+ setup, include = FALSE
# Run by `make scaling`, which renders this file to scaling.md.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
info <- edist_info()
cores <- info$limits[["CPUs online"]]
program <- tempfile("scaling")
units <- Sys.glob(c("../src/engine/*.c", "../src/isa/*.c", "../src/kernel/*.c",
                    "../src/sink/*.c", "../src/source/*.c"))
built <- system2("cc", c("-std=gnu17", "-O2", "-fopenmp", "-I../src", "scaling.c",
                         units, "-o", program, "-lm", "-lpthread"))
stopifnot(built == 0)
measured <- unique(c(2^(0:floor(log2(cores))), cores))
lines <- system2(program, c(2, measured), stdout = TRUE)
got <- read.table(text = lines, col.names = c("what", "threads", "value"))
of <- function(what, threads = 1) {
  value <- got$value[got$what == what & got$threads == threads]
  if (what == "touch") max(value) else value
}
tasks <- data.frame(n = c(2000, 6000, 5000, 5000), p = c(2000, 1000, 64, 3))
tasks$name <- paste0(tasks$n, "x", tasks$p)
tasks$label <- sprintf("cross, n = %d, p = %d", tasks$n, tasks$p)

# A machine that is not here: two sockets of 64 cores like those of this one, each with
# memory of its own that its cores together clear and write at this rate.
there <- list(cores = 128, sockets = 2, clear = 60e9, read = 150e9)

# Seconds of each part with some threads; the tile's share of the peak is what the
# measured time of one thread leaves for it.
parts <- function(task, threads, ceiling = Inf, reading = Inf) {
  n <- task$n
  p <- task$p
  columns <- of(paste0("columns_", task$name))
  pack <- function(threads) {
    once <- n * p * columns + n * p * max(1, threads / columns)
    max(once * of("pack") / threads, 8 * once / reading)
  }
  rest <- function(threads) {
    c(pack = pack(threads), roots = n^2 / of("root") / threads,
      touch = 8 * n^2 / min(threads * of("touch"), ceiling))
  }
  ideal <- n^2 * p / of("peak")
  tile <- max(of(task$name) - sum(rest(1)), ideal)
  # On average half of the last piece of work, and a fork and join.
  end <- if (threads == 1) 0 else
    of(paste0("unit_", task$name)) * p / of("peak") / 2 + 5e-6 * log2(threads)
  c(arithmetic = tile / threads, rest(threads), end = end)
}
model <- function(task, threads, ...) sum(parts(task, threads, ...))
each_task <- function(f) lapply(split(tasks, seq_len(nrow(tasks))), f)
share <- function(x) sprintf("%.0f %%", 100 * x)

#' How far do more cores help, where must that end, and why? Measured on this machine, as
#' far as its cores go; beyond them a model says what to expect, built of rates measured
#' here. **What is modelled is no measurement**, and stands in a section of its own.
#'
#' `r edist:::processor_name()`, `r cores` cores, `r info$isa`, edist
#' `r packageVersion("edist")`: the C core alone, without R (`scaling.c`; it runs wherever
#' there is a C compiler).
#'
#' ## Measured
#'
#' Least times, and the speed-up over one thread. The limit is that of
#' `edist_bench_roofline()`: arithmetic in registers, roots, and the first touch of the result.
#'
#+ measured
rows <- do.call(rbind, each_task(function(task) {
  limit <- vapply(measured, function(t) {
    task$n^2 * (task$p / of("peak", t) + 1 / of("root", t) + 8 / of("touch", t))
  }, 0)
  time <- vapply(measured, function(t) of(task$name, t), 0)
  data.frame(task = task$label, threads = measured, time = edist:::format_seconds(time),
             "speed-up" = sprintf("%.2f", time[1] / time),
             "of the limit" = share(limit / time),
             "the model says" = edist:::format_seconds(vapply(measured, function(t) {
               model(task, t, ceiling = of("touch", max(measured)))
             }, 0)), check.names = FALSE)
}))
knitr::kable(rows, row.names = FALSE, align = "lrrrrr")

#' The rates: `r signif(of("peak") / 1e9, 3)` G pair-columns/s a core in registers,
#' `r signif(of("root") / 1e9, 3)` G roots/s, `r signif(of("touch") / 1e9, 3)` GB/s of
#' fresh memory by one thread and `r signif(of("touch", max(measured)) / 1e9, 3)` GB/s by
#' `r max(measured)`, `r signif(of("pack") * 1e9, 2)` ns to pack a value.
#'
#' ## Other instruction sets
#'
#' The first task by the kernels for lesser processors, forced by `EDIST_ISA`, with all
#' cores: how near each comes to its own peak.
#'
#+ sets
sets <- do.call(rbind, lapply(info$isa_available, function(isa) {
  lines <- system2(program, c(1, cores), stdout = TRUE, env = paste0("EDIST_ISA=", isa))
  one <- read.table(text = lines, col.names = c("what", "threads", "value"))
  again <- edist_bench_roofline(cores, isa, seconds = 0.5) # peaks: the best of both
  one <- rbind(one, list("peak", cores, again$rate[again$what == "euclidean"]))
  value <- function(what) {
    value <- one$value[one$what == what & one$threads == cores]
    if (what == "peak") max(value) else value
  }
  data.frame(isa, time = edist:::format_seconds(value("2000x2000")),
             "peak, G pair-columns/s" = sprintf("%.1f", value("peak") / 1e9),
             "of the peak" = share(2000^3 / value("2000x2000") / value("peak")),
             check.names = FALSE)
}))
knitr::kable(sets, row.names = FALSE, align = "lrrr")

#' ## Modelled
#'
#' For `r there$sockets` sockets of `r there$cores / there$sockets` such cores that all
#' together clear and write `r there$clear / 1e9` GB/s of fresh memory on each socket, and
#' with all of `x` and `y` in the memory of one socket, which gives `r there$read / 1e9`
#' GB/s. These two rates are assumed. A run takes
#'
#' * the arithmetic and the roots, divided by the threads;
#' * packing: `x` once for each column of blocks, and `y` once, or once for each thread
#'   that shares a column of blocks where there are more threads than those;
#' * clearing the pages of the result, which ends to scale at the memory's rate;
#' * and at the end half of the smallest piece of work, and the joining of the threads.
#'
#+ modelled
threads <- c(1, 2, 8, 16, 32, 64, 128)
curve <- do.call(rbind, each_task(function(task) {
  time <- vapply(threads, function(t) {
    sockets <- if (t > there$cores / there$sockets) there$sockets else 1
    model(task, t, sockets * there$clear, there$read)
  }, 0)
  data.frame(task = task$label, threads, time, speedup = time[1] / time)
}))
wide <- data.frame(task = unique(curve$task))
for (t in c(16, 64, 128)) {
  at <- curve[curve$threads == t, ]
  wide[paste(t, "threads")] <- edist:::format_seconds(at$time)
  wide[paste("speed-up", t)] <- sprintf("%.1f", at$speedup)
}
knitr::kable(wide, align = "lrrrrrr")

#+ figure, fig.alt = "Speed-up over threads: many columns scale to 128 threads, few end at the rate of the memory."
library(ggplot2)
curve$task <- factor(curve$task, unique(curve$task))
real <- do.call(rbind, each_task(function(task) {
  time <- vapply(measured, function(t) of(task$name, t), 0)
  data.frame(task = task$label, threads = measured, speedup = time[1] / time)
}))
ends <- curve[curve$threads == max(threads), ]
ggplot(curve, aes(threads, speedup, colour = task)) +
  geom_abline(colour = "grey80") +
  geom_line(linetype = "22", linewidth = 0.8) +
  geom_point(data = real, size = 3) +
  geom_text(aes(label = task), ends, hjust = 0, nudge_x = 0.06, size = 3.6) +
  scale_x_log10(breaks = threads, expand = expansion(mult = c(0.03, 0.38))) +
  scale_y_log10(breaks = threads) +
  scale_colour_manual(values = c("#D55E00", "#0072B2", "#009E73", "#555555"),
                      guide = "none") +
  labs(title = "Speed-up over one thread",
       subtitle = "points are measured, dashed lines modelled; grey: as many times as threads",
       y = NULL) +
  theme_minimal(base_size = 12) +
  theme(panel.grid.minor = element_blank(), plot.title = element_text(face = "bold"),
        plot.title.position = "plot",
        plot.background = element_rect(fill = "white", colour = NA))

#' ## Where it must end, and what NUMA would need
#'
#+ ends, results = "asis"
tall <- tasks[2, ]
few <- tasks[4, ]
at_end <- function(task) {
  parts(task, there$cores, there$sockets * there$clear, there$read)
}
shown <- function(task) {
  p <- at_end(task)
  paste(sprintf("%s %s", share(p / sum(p)), names(p)), collapse = ", ")
}
cat(sprintf("* %s, %d threads: %s.\n", c(tall$label, few$label), there$cores,
            c(shown(tall), shown(few))), sep = "")

#' * **Few columns end at memory.** With 3 columns a distance is 8 bytes written for a
#'   handful of operations; once the cores together clear pages as fast as memory takes
#'   them, more of them wait. Only not writing helps: nearest neighbours, counts and sums
#'   instead of the matrix.
#' * **Many columns end at packing and at the last piece.** Threads keep to a column of
#'   blocks of their own as long as there are enough of these; where there are more
#'   threads than columns of blocks, each packs the same panels of `y` for itself. Panels
#'   packed once and shared would remove that, at the price of threads that wait for each
#'   other; on two cores nothing of it can be seen, so it is not done.
#' * **NUMA.** Pages of the result belong to the thread that writes them first, and
#'   scratch to its thread, so both are near. `x` and `y` are where R put them: all
#'   threads read them from one socket. As each value that is read is used for some
#'   hundred rows, the rate needed is small, see the figures above; for results that are
#'   small beside their data a copy of `x` and `y` on each socket would be needed, or one
#'   process a socket.
