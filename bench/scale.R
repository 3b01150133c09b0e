#' ---
#' title: "Beyond memory, beyond one process"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 4.2
#' ---
#'
#+ setup, include = FALSE
# Run by `make scale`, which renders this file to scale.md. With EDIST_PEERS_QUICK=1 all
# tasks are small, to try the report itself. The large store is created in EDIST_STORE,
# by default R's temporary directory.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
source("peers/figures.R")
quick <- nzchar(Sys.getenv("EDIST_PEERS_QUICK"))
rounds <- if (quick) 1 else 5
size <- function(n) if (quick) n / 10 else n
memory <- if (dir.exists("/dev/shm")) "/dev/shm" else tempdir()
disk <- Sys.getenv("EDIST_STORE", tempdir())
edist_loaded <- function(daemons) {
  mirai::daemons(0)
  if (daemons == 0) return()
  mirai::daemons(daemons)
  mirai::everywhere(library(edist), .min = daemons)[]
}
uniform <- function(n, p) matrix(runif(n * p), n)
set.seed(1)

# The seconds of a run, without making the plan and removing the store.
run_seconds <- function(x, tile, threads) {
  path <- tempfile("scale", memory, ".zarr")
  on.exit(unlink(path, recursive = TRUE))
  plan <- edist_plan(x, path, tile = tile)
  gc(FALSE)
  system.time(edist_run(plan, threads = threads))[["elapsed"]]
}
matrix_seconds <- function(x) {
  gc(FALSE)
  system.time(edist_matrix(x, threads = 2))[["elapsed"]]
}

n <- size(10000)
tile <- size(2500)
columns <- c(64, 256, 1000, 2000)
ways <- c("edist_matrix(), 2 threads", "edist_run() here, 2 threads",
          "1 worker of 2 threads", "2 workers of 1 thread")
measure <- function(way, x) {
  switch(way, matrix_seconds(x), run_seconds(x, tile, 2), {
    edist_loaded(1)
    run_seconds(x, tile, 2)
  }, {
    edist_loaded(2)
    run_seconds(x, tile, 1)
  })
}
overhead <- do.call(rbind, lapply(columns, function(p) {
  x <- uniform(n, p)
  times <- vapply(seq_len(rounds), function(round) {
    times <- vapply(seq_along(ways), measure, 0, x = x)
    edist_loaded(0)
    times
  }, numeric(length(ways)))
  ratio <- t(t(times) / times[1, ])
  data.frame(p, way = ways, min = apply(times, 1, min),
             median = apply(times, 1, median),
             ratio = apply(times, 1, min) / min(times[1, ]),
             ratio_median = apply(ratio, 1, median))
}))

# The seconds to write the same number of bytes to a plain file.
copy_seconds <- {
  file <- tempfile(tmpdir = memory)
  con <- base::file(file, "wb")
  bytes <- raw(2^24)
  seconds <- system.time(for (k in seq_len(8 * n^2 / 2^24)) writeBin(bytes, con))[["elapsed"]]
  close(con)
  unlink(file)
  seconds
}

# Neighbours: the same answer with a plan.
near_n <- size(20000)
near_x <- uniform(near_n, 64)
near_path <- tempfile("scale", memory, ".zarr")
near_plan <- edist_plan(near_x, near_path, tile = size(2500))
near_times <- vapply(seq_len(rounds), function(round) {
  time <- function(code) system.time(code)[["elapsed"]]
  plain <- time(a <- edist_nearest(near_x, k = 10, threads = 2))
  here <- time(b <- edist_nearest(near_plan, k = 10, threads = 2))
  edist_loaded(2)
  two <- time(c <- edist_nearest(near_plan, k = 10, threads = 1))
  edist_loaded(0)
  stopifnot(identical(a, b), identical(a, c))
  c(plain, here, two)
}, numeric(3))
unlink(near_path, recursive = TRUE)

# What it costs if a worker is killed halfway.
kill_x <- uniform(n, 2000)
kill_run <- function(kill) {
  path <- tempfile("scale", memory, ".zarr")
  on.exit(unlink(path, recursive = TRUE))
  plan <- edist_plan(kill_x, path, tile = size(1000))
  edist_loaded(2)
  on.exit(edist_loaded(0), add = TRUE)
  pid <- unlist(mirai::everywhere(Sys.getpid(), .min = 2)[])[[1]]
  killer <- if (kill) callr::r_bg(function(path, pid) {
    plan <- edist::edist_plan(path = path)
    while (edist::edist_status(plan)$done < 27) Sys.sleep(0.005)
    tools::pskill(pid, 9)
  }, list(path, pid))
  said <- character()
  seconds <- withCallingHandlers(
    system.time(edist_run(plan, threads = 1))[["elapsed"]],
    message = function(m) {
      said <<- c(said, conditionMessage(m))
      invokeRestart("muffleMessage")
    }
  )
  if (kill) killer$kill()
  c(seconds, sum(grepl("lost with tile", said)))
}
kills <- lapply(seq_len(if (quick) 1 else 3), function(round) {
  rbind(kill_run(FALSE), kill_run(TRUE))
})

# The large store, filled by two processes: the first is killed halfway.
large_n <- size(40000)
large_p <- 100
large_path <- tempfile("large", disk, ".zarr")
large_x <- uniform(large_n, large_p)
large_plan <- edist_plan(large_x, large_path)
large_run <- function(until) {
  job <- callr::r_bg(function(path) {
    plan <- edist::edist_plan(path = path)
    time <- system.time(edist::edist_run(plan, threads = 2))[["elapsed"]]
    peak <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
    list(seconds = time, peak = as.numeric(gsub("[^0-9]", "", peak)) * 1024)
  }, list(large_path))
  start <- Sys.time()
  while (job$is_alive() && edist_status(large_plan)$done < until) Sys.sleep(0.02)
  if (until <= large_plan$tiles && job$is_alive()) {
    status <- readLines(sprintf("/proc/%d/status", job$get_pid()))
    peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) * 1024
    job$kill()
    return(list(seconds = as.numeric(difftime(Sys.time(), start, units = "secs")),
                peak = peak, at = Sys.time()))
  }
  job$wait()
  job$get_result()
}
first <- large_run(ceiling(large_plan$tiles / 2))
kept <- edist_status(large_plan)
second <- large_run(Inf)
stopifnot(edist_status(large_plan)$done == large_plan$tiles)
large_files <- file.path(large_path, outer(seq_len(tile_side <- ceiling(
  large_n / large_plan$tile[1])) - 1, seq_len(tile_side) - 1, paste, sep = "."))
written <- sort(as.numeric(file.mtime(large_files)))

# The store is read here and in Python, which computes the distances itself to compare.
at <- cbind(sample(large_n, 2000, TRUE), sample(large_n, 2000, TRUE))
store <- edist_open(large_path)
read_here <- vapply(seq_len(200), function(k) store[at[k, 1], at[k, 2]], 0)
same_here <- identical(read_here, edist_pairs(large_x, i = at[1:200, 1], j = at[1:200, 2]))
python_code <- "
import sys, time, numpy as np, zarr, dask.array as da
path, values, n, p = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
raw = np.fromfile(values)
x = raw[:n * p].reshape(p, n).T
at = raw[n * p:].reshape(2, -1).astype(int) - 1
z = zarr.open(path, mode='r')
got = np.array([z[i, j] for i, j in at.T[:200]])
want = np.sqrt(((x[at[0][:200]] - x[at[1][:200]]) ** 2).sum(1))
start = time.time()
mean = float(da.from_zarr(path).mean().compute())
print(z.shape, z.nchunks_initialized, z.nchunks, np.abs(got - want).max(), mean, time.time() - start)
"
python_values <- tempfile()
writeBin(c(large_x, at), python_values)
python_script <- tempfile(fileext = ".py")
writeLines(python_code, python_script)
python_says <- tryCatch(
  system2("/usr/bin/python3", c(python_script, large_path, python_values, large_n, large_p),
          stdout = TRUE, stderr = FALSE),
  error = function(e) NULL, warning = function(w) NULL
)
mean_here <- mean(edist_reduce(large_x, stat = "sum", threads = 2)) / large_n
unlink(large_path, recursive = TRUE)

many <- edist:::format_count
gb <- function(bytes) edist:::format_bytes(bytes)
ratio <- function(x) sprintf("%.2f", x)
of_way <- function(p, way, what = "ratio") overhead[[what]][overhead$p == p &
                                                              overhead$way == ways[way]]

#' `r if (quick) "**A quick run with small sizes: its figures mean nothing.**"`
#'
#' What it costs to compute a matrix of distances tile by tile into a store, with workers
#' that may be killed, compared with the same matrix in memory; on
#' `r edist:::processor_name()`, `r edist_info()$limits[["CPUs online"]]` cores,
#' `r edist_info()$isa`; `r R.version.string`, edist `r packageVersion("edist")`, mirai
#' `r packageVersion("mirai")`. All ways take turns, in `r rounds` rounds; "ratio" is that
#' of the minimum times, "by rounds" the median of the ratios within one round.
#'
#' ## Tiles and workers against the matrix in memory
#'
#' `r many(n)` rows, tiles of `r many(tile)` by `r many(tile)`, the store in memory
#' (tmpfs), to measure edist and not a disk. The workers have loaded edist and the plan
#' exists before the clock starts. The goal is a ratio of at most 1.25.
#'
#+ overhead
knitr::kable(data.frame(
  columns = overhead$p, way = overhead$way,
  "minimum, s" = sprintf("%.2f", overhead$min), ratio = ratio(overhead$ratio),
  "median, s" = sprintf("%.2f", overhead$median),
  "by rounds" = ratio(overhead$ratio_median),
  check.names = FALSE
), align = "rlrrrr")
#+ overhead-figure, fig.height = 4, fig.alt = "Time of each way divided by that of the matrix in memory, by number of columns."
shown <- overhead[overhead$way != ways[1], ]
shown$way <- factor(shown$way, ways[-1])
ggplot(shown, aes(factor(p), ratio_median, colour = way)) +
  geom_hline(yintercept = c(1, 1.25), colour = c("grey60", "grey75"),
             linetype = c("solid", "dashed")) +
  geom_point(size = 3, position = position_dodge(width = 0.5)) +
  geom_text(aes(label = ratio(ratio_median)), hjust = -0.45, size = 3.2, show.legend = FALSE,
            position = position_dodge(width = 0.5)) +
  scale_colour_manual(values = c("#D55E00", "#0072B2", "#009E73"), name = NULL) +
  scale_y_continuous(limits = c(min(0.9, shown$ratio_median), NA)) +
  labs(title = "What tiles and workers cost", x = "columns",
       y = "time divided by that of the matrix in memory",
       subtitle = "median of the ratios within a round; dashed line: the goal, 1.25") +
  look() + theme(legend.position = "top")

#' The result takes `r gb(8 * n^2)` either way. Tiles cost time to read the data, one
#' block for each row and each column of tiles, and to write the file: a plain copy of the
#' same number of bytes on the same tmpfs takes `r ratio(copy_seconds)` s. Tiles save
#' fresh memory: each tile reuses the memory of the tile before it, whereas the whole
#' matrix needs fresh memory, which this virtual machine provides at a different speed
#' every minute. So with few columns tiles are faster, and with many columns the ratio
#' depends on the state of the machine; the median of the ratios within a round is the
#' fairest number. With two workers, one also waits for the other at the end. A single
#' worker is the slowest way: its process has just been started, and all its memory is
#' fresh.
#'
#' Neighbours need no store. `edist_nearest()` of `r many(near_n)` rows of 64 columns, k =
#' 10: `r sprintf("%.2f", min(near_times[1, ]))` s; with a plan in one process
#' `r ratio(min(near_times[2, ]) / min(near_times[1, ]))` times as long, with two workers
#' of one thread `r ratio(min(near_times[3, ]) / min(near_times[1, ]))` times; the answers
#' are identical.
#'
#' ## A worker is killed
#'
#' `r many(n)` rows of 2000 columns, 55 tiles of `r many(size(1000))` by
#' `r many(size(1000))`, two workers of one thread; one of them is killed (SIGKILL) when
#' 27 tiles are done. The other computes its tile, and a new worker is started.
#'
#+ kills
kill_table <- do.call(rbind, lapply(seq_along(kills), function(k) {
  data.frame(round = k, "undisturbed, s" = kills[[k]][1, 1], "one killed, s" = kills[[k]][2, 1],
             "cost, s" = kills[[k]][2, 1] - kills[[k]][1, 1],
             "tiles lost" = kills[[k]][2, 2], check.names = FALSE)
}))
knitr::kable(kill_table, digits = 2)

#' A tile takes `r sprintf("%.2f", 2 * kill_table[[2]][1] / 55)` s of a worker. A loss
#' costs the finished part of one tile, and one worker for the second until the new one
#' has started, for any size of the run.
#'
#' ## 40 000 rows on a disk, killed once
#'
#' `r many(large_n)` rows of `r large_p` columns: `r gb(8 * large_n^2)` in
#' `r large_plan$tiles` tiles computed, `r length(large_files)` files. The process is
#' killed (SIGKILL) when half of the tiles are done; another process resumes the run.
#'
#+ large
recomputed <- large_plan$tiles - kept$done
knitr::kable(data.frame(
  process = c("first, killed", "second"),
  tiles = c(kept$done, recomputed),
  seconds = sprintf("%.1f", c(first$seconds, second$seconds)),
  "maximum memory, MB" = sprintf("%.0f", c(first$peak, second$peak) / 1e6),
  check.names = FALSE
), align = "lrrr")
#+ large-figure, fig.height = 3.4, fig.alt = "Gigabytes written against seconds, with the kill marked."
curve <- data.frame(seconds = written - written[1],
                    gb = seq_along(written) * 8 * prod(large_plan$tile) / 1e9)
killed <- as.numeric(first$at) - written[1]
ggplot(curve, aes(seconds, gb)) +
  geom_step(colour = "#D55E00", linewidth = 0.9) +
  geom_vline(xintercept = killed, linetype = "dashed", colour = "grey50") +
  annotate("text", killed, 0, label = " killed; another process resumes", hjust = 0,
           vjust = 0, size = 3.6, colour = "grey30") +
  labs(title = "Two processes fill a store, one after the other",
       x = "seconds since the first tile", y = "GB on the disk") +
  look()

#' `r if (same_here) "200 cells that edist read are identical to those of edist_pairs()." else "**Cells differ from those of edist_pairs().**"`
#' `r if (is.null(python_says)) "Python with zarr and dask is not installed." else paste0("Python's answer (shape, number of files that exist and of all files, maximum difference of 200 cells from those of NumPy, mean by dask, seconds for the mean): \x60", python_says, "\x60; the mean by \x60edist_reduce()\x60 is ", format(mean_here, digits = 16), ".")`
#'
#' ## On paper: ten million rows
#'
#+ paper
rate <- n^2 / 2 * 2000 / of_way(2000, 2, "min") / 2 # pair-columns/s of one core
near_rate <- near_n^2 * 64 / min(near_times[2, ]) / 2
million <- 1e7
p <- 100
cores <- 128
hours <- function(work, rate) work / rate / cores / 3600
paper <- data.frame(
  what = c("the whole square", "one half of it, as a `dist` has it", "`edist_nearest()`, k = 10",
           "`edist_reduce()`, one number per row",
           "100 000 rows, drawn at random, against all: `edist_nearest()`"),
  distances = c(million^2 / 2, million^2 / 2, million^2, million^2, 1e5 * million),
  bytes = c(8 * million^2, 4 * million^2, 12 * 10 * million, 8 * million, 12 * 10 * 1e5),
  hours = c(hours(million^2 / 2 * p, rate), hours(million^2 / 2 * p, rate),
            hours(million^2 * p, near_rate), hours(million^2 * p, near_rate),
            hours(1e5 * million * p, near_rate))
)
knitr::kable(data.frame(
  answer = paper$what, "distances computed" = format(paper$distances, digits = 2),
  "on disk" = vapply(paper$bytes, gb, ""),
  "node-hours" = ifelse(paper$hours < 1, sprintf("%.2f", paper$hours),
                        sprintf("%.0f", paper$hours)), check.names = FALSE
), align = "lrrr")

#' For `r format(million, big.mark = " ", scientific = FALSE)` rows of `r p` columns, at
#' the rates measured here, `r sprintf("%.1f", rate / 1e9)` G pair-columns/s per core for
#' the tiles and `r sprintf("%.1f", near_rate / 1e9)` for neighbours, on nodes of
#' `r cores` such cores, which were not measured. With tiles of 25 000 by 25 000, 5 GB
#' each, the square is 160 000 files and 80 200 tiles to compute, each
#' `r sprintf("%.2f", 25000^2 * p / rate / cores)` s of a node. Writing 10 GB for each of
#' them takes far longer: 5 s at 2 GB/s per node. So the disk is the limit:
#' `r gb(8 * million^2)` at 100 GB/s, the rate of a large parallel file system for all its
#' users together, take `r sprintf("%.1f", 8 * million^2 / 100e9 / 3600)` hours, if it has
#' the space. The neighbours, which are needed most often, fit on a USB stick and need no
#' store.
