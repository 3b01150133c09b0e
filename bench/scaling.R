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
units <- Sys.glob(c("../src/engine/*.c", "../src/isa/*.c", "../src/search/*.c",
                    "../src/sink/*.c", "../src/source/*.c"))
built <- system2("cc", c("-std=gnu17", "-O2", "-fopenmp", "-I../src", "scaling.c",
                         units, "-o", program, "-lm", "-lpthread"))
stopifnot(built == 0)
read_lines <- function(seconds, threads, ...) {
  lines <- system2(program, c(seconds, threads), stdout = TRUE, ...)
  read.table(text = lines, col.names = c("what", "threads", "value"))
}
# Of each figure the best of several rounds, so that a busy moment of the machine does
# not affect one number of threads alone. Scratch and imbalance are always the same.
measured <- unique(c(2^(0:floor(log2(cores))), cores))
many <- c(2, 16, 64, 128)
rounds <- do.call(rbind, lapply(1:3, function(round) {
  read_lines(0.5, sort(unique(c(measured, many))))
}))
is_rate <- rounds$what %in% c("peak", "root", "touch")
best <- aggregate(ifelse(is_rate, -value, value) ~ what + threads, rounds, min)
names(best)[3] <- "value"
best$value <- abs(best$value)
of <- function(what, threads = 1) best$value[best$what == what & best$threads == threads]

tasks <- data.frame(
  call = rep(c("cross", "dist", "nearest"), c(4, 1, 1)),
  n = c(2000, 6000, 5000, 5000, 10000, 20000), p = c(2000, 1000, 64, 3, 3, 32)
)
tasks$name <- sprintf("%s_%dx%d", tasks$call, tasks$n, tasks$p)
tasks$label <- sprintf("%s, n = %d, p = %d", tasks$call, tasks$n, tasks$p)
tasks$pairs <- ifelse(tasks$call == "dist", tasks$n * (tasks$n - 1) / 2, tasks$n^2)
matrices <- tasks[tasks$call != "nearest", ]
each_task <- function(tasks, f) lapply(split(tasks, seq_len(nrow(tasks))), f)
share <- function(x) sprintf("%.0f %%", 100 * x)
times_as <- function(x) sprintf("%.2f", x)

#' How far do more cores help, where must this end, and why? The first part is measured,
#' with the cores that this machine has. What many threads do, and not how fast, can be
#' measured with few cores, too: it is the second part. For the time that many cores take,
#' a model built from both says what to expect. **A model is no measurement**, so it has
#' its own section.
#'
#' `r edist:::processor_name()`, `r cores` cores, `r info$isa`, edist
#' `r packageVersion("edist")`: the C core alone, without R (`scaling.c`, which needs only
#' a C compiler). Minimum times of three rounds.
#'
#' ## Measured
#'
#' The speed-up is that over one thread. The limit is that of
#' `predict(edist_bench_roofline())`: arithmetic in registers, roots, or the first write
#' of the result, whichever takes longest.
#'
#+ measured
rows <- do.call(rbind, each_task(matrices, function(task) {
  parts <- vapply(measured, function(t) {
    task$pairs * c(task$p / of("peak", t), 1 / of("root", t), 8 / of("touch", t))
  }, numeric(3))
  time <- vapply(measured, function(t) of(task$name, t), 0)
  data.frame(task = task$label, threads = measured, time = edist:::format_seconds(time),
             "speed-up" = times_as(time[1] / time),
             "the limit is" = c("arithmetic", "roots", "memory")[apply(parts, 2, which.max)],
             "of the limit" = share(apply(parts, 2, max) / time), check.names = FALSE)
}))
knitr::kable(rows, row.names = FALSE, align = "lrrrlr")

#' The rates: `r signif(of("peak") / 1e9, 3)` G pair-columns/s per core in registers,
#' `r signif(of("root") / 1e9, 3)` G roots/s, `r signif(of("touch") / 1e9, 3)` GB/s of
#' fresh memory by one thread and `r signif(of("touch", max(measured)) / 1e9, 3)` GB/s by
#' `r max(measured)`.
#'
#' ## Other instruction sets
#'
#' The first task with the kernels for other processors, selected by `EDIST_ISA`, with all
#' cores: how close each comes to its own peak.
#'
#+ sets
sets <- do.call(rbind, lapply(info$isa_available, function(isa) {
  one <- read_lines(1, cores, env = paste0("EDIST_ISA=", isa))
  again <- edist_bench_roofline(cores, isa, seconds = 0.5) # peaks: the best of both
  one <- rbind(one, list("peak", cores, again$rate[again$what == "euclidean"]))
  value <- function(what) {
    value <- one$value[one$what == what & one$threads == cores]
    if (what == "peak") max(value) else value
  }
  time <- value(tasks$name[1])
  data.frame(isa, time = edist:::format_seconds(time),
             "peak, G pair-columns/s" = sprintf("%.1f", value("peak") / 1e9),
             "of the peak" = share(2000^3 / time / value("peak")),
             check.names = FALSE)
}))
knitr::kable(sets, row.names = FALSE, align = "lrrr")

#' ## What many threads do
#'
#' CPU seconds, user and system, of all threads together, and how many times those of two
#' threads they are. If each thread packed for itself what others need, too, they would
#' grow with the number of threads. (Here `r cores` cores do the work of all, so they
#' contain what switching between threads costs. Neighbours are the 10 nearest, by a
#' search.)
#'
#+ work
work <- do.call(rbind, each_task(tasks, function(task) {
  cpu <- vapply(many, function(t) of(paste0("cpu_", task$name), t), 0)
  shown <- c(edist:::format_seconds(cpu[1]), times_as(cpu[-1] / cpu[1]))
  names(shown) <- c("2 threads", paste(many[-1], "threads"))
  data.frame(task = task$label, as.list(shown), check.names = FALSE)
}))
knitr::kable(work, row.names = FALSE, align = "lrrrr")

#' Each piece of a side is packed once, by the first thread that needs it, and all read
#' it. Tables of more than 32 MB a side are done window by window. Scratch memory with
#' 128 threads, and the imbalance: if all threads are equally fast, the pairs of the
#' thread that has most, over the mean. Both follow from the sizes of blocks.
#'
#+ planned
planned <- do.call(rbind, each_task(matrices, function(task) {
  data.frame(task = task$label,
             scratch = sprintf("%.0f MB", of(paste0("scratch_", task$name), 128) / 1e6),
             imbalance = sprintf("%.3f", of(paste0("imbalance_", task$name), 128)))
}))
knitr::kable(planned, row.names = FALSE, align = "lrr")

#+ there, include = FALSE
# A hypothetical machine: two sockets of 64 cores like those of this machine. Each has
# its own memory, which its cores together clear and write at this rate.
there <- list(cores = 128, sockets = 2, clear = 60e9)

# The seconds of each part. Measured CPU seconds, but for those that clear the result,
# are divided among the threads, the most loaded of which counts.
parts <- function(task, threads) {
  at <- approx(log(c(1, many)),
               vapply(c(1, many), function(t) of(paste0("cpu_", task$name), t), 0),
               log(threads))$y
  uneven <- if (threads == 1) 1 else of(paste0("imbalance_", task$name), 128)
  bytes <- 8 * task$pairs
  sockets <- if (threads > there$cores / there$sockets) there$sockets else 1
  c(work = max(at - bytes / of("touch"), 0) / threads * uneven,
    touch = bytes / min(threads * of("touch"), sockets * there$clear),
    join = if (threads == 1) 0 else 5e-6 * log2(threads))
}

#' ## Modelled
#'
#' The model is for `r there$sockets` sockets of `r there$cores / there$sockets` such
#' cores. It assumes that the cores of each socket together clear and write
#' `r there$clear / 1e9` GB/s of fresh memory. A run consists of
#'
#' * the work: the CPU seconds above, without those that clear the result, divided by the
#'   number of threads, times the imbalance;
#' * clearing the pages of the result, which scales up to the rate of the memory;
#' * and the joining of the threads.
#'
#+ modelled
threads <- c(1, 2, 8, 16, 32, 64, 128)
curve <- do.call(rbind, each_task(matrices, function(task) {
  time <- vapply(threads, function(t) sum(parts(task, t)), 0)
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
real <- do.call(rbind, each_task(matrices, function(task) {
  time <- vapply(measured, function(t) of(task$name, t), 0)
  data.frame(task = task$label, threads = measured, speedup = time[1] / time)
}))
# Labels at the ends of the lines, moved apart where they would overlap.
ends <- curve[curve$threads == max(threads), ]
ends <- ends[order(ends$speedup), ]
ends$at <- Reduce(function(below, y) max(y, 1.35 * below), ends$speedup, accumulate = TRUE)
ggplot(curve, aes(threads, speedup, colour = task)) +
  geom_abline(colour = "grey80") +
  geom_line(linetype = "22", linewidth = 0.8) +
  geom_point(data = real, size = 3) +
  geom_text(aes(y = at, label = task), ends, hjust = 0, nudge_x = 0.06, size = 3.6) +
  scale_x_log10(breaks = threads, expand = expansion(mult = c(0.03, 0.38))) +
  scale_y_log10(breaks = threads) +
  scale_colour_manual(values = c("#D55E00", "#0072B2", "#009E73", "#555555", "#CC79A7"),
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
shown <- function(task) {
  p <- parts(task, there$cores)
  paste(sprintf("%s %s", share(p / sum(p)), names(p)), collapse = ", ")
}
ends <- matrices[c(2, 4), ]
cat(sprintf("* %s, %d threads: %s.\n", ends$label, there$cores,
            vapply(split(ends, 1:2), shown, "")), sep = "")

#' * **With few columns, memory is the limit.** With 3 columns, each distance writes 8
#'   bytes for a handful of operations. Once the cores together clear pages as fast as the
#'   memory allows, more cores only wait. The only remedy is to write less: nearest
#'   neighbours, counts and sums instead of the matrix.
#' * **Pages.** The system clears fresh memory in pages of up to 2 MB. Two threads that
#'   write to the same page for the first time both clear one, and one of them in vain. So
#'   threads begin far apart, each in columns of its own.
#' * **NUMA.** The pages of the result belong to the thread that writes them first, so
#'   they are near. `x` and `y` are read only to pack them, once in each window, so a copy
#'   on each socket could gain nothing: to copy takes as long as to pack. Packed pieces
#'   are where the thread ran that packed them, so they are spread over both sockets, and
#'   half of them are far from a thread that reads them. A block of 240 rows and 120
#'   columns reads 0.1 bytes for each pair of rows and each column, which are 3 GB/s a
#'   core at the peak above, if no cache had any of them. So edist reads no topology.
