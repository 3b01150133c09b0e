#' ---
#' title: "More cores: measured and modelled"
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

# A hypothetical machine: two sockets of 64 cores like those of this machine. Each has
# its own memory, which its cores together clear and write at this rate.
there <- list(cores = 128, sockets = 2, clear = 60e9, read = 150e9)

# The seconds of each part with a number of threads. The time of the tile is what
# remains of the measured time of one thread.
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
  # On average half of the last block, and a fork and join.
  end <- if (threads == 1) 0 else
    of(paste0("unit_", task$name)) * p / of("peak") / 2 + 5e-6 * log2(threads)
  c(arithmetic = tile / threads, rest(threads), end = end)
}
model <- function(task, threads, ...) sum(parts(task, threads, ...))
each_task <- function(f) lapply(split(tasks, seq_len(nrow(tasks))), f)
share <- function(x) sprintf("%.0f %%", 100 * x)

#' How far do more cores help, where must this end, and why? The first part is measured,
#' with the cores that this machine has. For more cores, a model built from rates measured
#' here says what to expect. **A model is no measurement**, so it has its own section.
#'
#' `r edist:::processor_name()`, `r cores` cores, `r info$isa`, edist
#' `r packageVersion("edist")`: the C core alone, without R (`scaling.c`, which needs only
#' a C compiler).
#'
#' ## Measured
#'
#' Minimum times, and the speed-up over one thread. The limit is that of
#' `edist_bench_roofline()`: arithmetic in registers, roots, and the first write of the
#' result.
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

#' The rates: `r signif(of("peak") / 1e9, 3)` G pair-columns/s per core in registers,
#' `r signif(of("root") / 1e9, 3)` G roots/s, `r signif(of("touch") / 1e9, 3)` GB/s of
#' fresh memory by one thread and `r signif(of("touch", max(measured)) / 1e9, 3)` GB/s by
#' `r max(measured)`, `r signif(of("pack") * 1e9, 2)` ns to pack a value.
#'
#' ## Other instruction sets
#'
#' The first task with the kernels for other processors, selected by `EDIST_ISA`, with all
#' cores: how close each comes to its own peak.
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
#' The model is for `r there$sockets` sockets of `r there$cores / there$sockets` such
#' cores. It assumes that the cores of each socket together clear and write
#' `r there$clear / 1e9` GB/s of fresh memory, and that all of `x` and `y` is in the
#' memory of one socket, which can be read at `r there$read / 1e9` GB/s. A run consists of
#'
#' * the arithmetic and the roots, divided by the number of threads;
#' * packing: `x` once for each column of blocks; `y` once, or once for each thread that
#'   shares a column of blocks if there are more threads than columns of blocks;
#' * clearing the pages of the result, which scales up to the rate of the memory;
#' * and at the end, half of the smallest block, and the joining of the threads.
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

#+ figure, fig.alt = "Speed-up against threads: with many columns it grows up to 128 threads, with few it ends at the rate of the memory."
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
       subtitle = "points: measured; dashed lines: modelled; grey: ideal speed-up",
       y = NULL) +
  theme_minimal(base_size = 12) +
  theme(panel.grid.minor = element_blank(), plot.title = element_text(face = "bold"),
        plot.title.position = "plot",
        plot.background = element_rect(fill = "white", colour = NA))

#' ## Where scaling ends, and what NUMA would need
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

#' * **With few columns, memory is the limit.** With 3 columns, each distance writes 8
#'   bytes for a handful of operations. Once the cores together clear pages as fast as the
#'   memory allows, more cores only wait. The only remedy is to write less: nearest
#'   neighbours, counts and sums instead of the matrix.
#' * **With many columns, packing and the last block are the limit.** Each thread keeps
#'   its own column of blocks as long as there are enough of them. If there are more
#'   threads than columns of blocks, several threads pack the same panels of `y`. Sharing
#'   panels that are packed once would avoid this, but threads would have to wait for each
#'   other. With two cores no effect is measurable, so edist does not do it.
#' * **NUMA.** The pages of the result, and scratch memory, belong to the thread that
#'   writes them first, so both are near. `x` and `y` are where R put them: all threads
#'   read them from one socket. Each value that is read is used for some hundred rows, so
#'   the required rate is small, see the figures above. If the result is small compared
#'   with the data, each socket would need its own copy of `x` and `y`, or its own
#'   process.
