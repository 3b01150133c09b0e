#' ---
#' title: "edist compared with its peers"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 7.2
#' ---
#'
#+ setup, include = FALSE
# Run by `make peers`, which renders this file to peers.md. With EDIST_PEERS_QUICK=1
# all tasks are small, to try the report itself.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
source("turns.R")
for (part in c("r", "python", "limit", "figures")) source(sprintf("peers/%s.R", part))
threads <- 2L
Sys.setenv(OMP_NUM_THREADS = threads)
# BLAS read its environment variable when R started.
if (has("RhpcBLASctl")) RhpcBLASctl::blas_set_num_threads(threads)
quick <- nzchar(Sys.getenv("EDIST_PEERS_QUICK"))
size <- function(n) if (quick && n > 200) n / 20 else n

python <- start_python(threads)
in_python <- python_peers(python)
within <- c(installed(r_within(threads)), in_python)
between <- c(installed(r_between(threads)), in_python)
missing <- packages[!vapply(packages, has, NA)]
missing <- c(missing, if (is.null(python)) "all peers in Python" else
  sprintf("%s (%s)", names(python$missing), unlist(python$missing)))

normal <- function(n, p) matrix(rnorm(n * p), n)
results <- NULL
peaks <- NULL
# Lets peers take turns at a task and keeps their times under `id`. The peaks are
# measured between the tasks, because the speed of the machine changes too.
compare <- function(id, label, peers, ..., rounds = 5, patience = 10, calls = 1) {
  give(python, ...)
  turns <- list(rounds = rounds, turn = 0.4, patience = patience, calls = calls)
  if (quick) turns[] <- list(2, 0.001, 0.1, min(calls, 10))
  times <- do.call(take_turns, c(list(label, peers, ...), turns))
  results <<- rbind(results, data.frame(id, times))
  peaks <<- rbind(peaks, peak(threads))
}
# A task for edist and those of its peers that are installed.
compare_dist <- function(id, n, p, names, ...) {
  x <- normal(size(n), size(p))
  label <- sprintf("dist, n = %s, p = %s", count(nrow(x)), count(ncol(x)))
  compare(id, label, among(within, c("edist::edist", names)), x, ...)
}
compare_cross <- function(id, n, p, names, ...) {
  x <- normal(size(n), size(p))
  rows <- count(nrow(x))
  label <- sprintf("cross, %s x %s, p = %s", rows, rows, count(ncol(x)))
  compare(id, label, among(between, c("edist::edist_matrix", names)), x,
          normal(nrow(x), ncol(x)), ...)
}
among <- function(peers, names) peers[intersect(names, names(peers))]
count <- function(n) format(n, big.mark = if (n >= 1e4) " " else "", scientific = FALSE)

set.seed(1)
all_r <- names(r_within(threads))
numba <- c("Numba prange", "Numba prange, fastmath")
torch <- c("torch cdist, products", "torch cdist, differences")
compiled <- c("plain C, OpenMP", "Cython prange", numba)
fast <- c("R, tcrossprod", "scikit-learn", torch, "faiss, float32")
ladder <- c(loop = "Python loops", vectorised = "NumPy rows", pool = "multiprocessing",
            shared = "fork and share, as PyMP", openmp_inner = "Cython prange",
            openmp_outer = "Numba prange")
peaks <- rbind(peak(threads))

compare_dist("dist 1000", 1000, 1000,
             c(all_r, "scipy pdist", "torch pdist", "scikit-learn"))
compare_dist("dist 2000", 2000, 1000,
             c("stats::dist", "collapse::fdist", "scipy pdist", "torch pdist"))
compare_dist("dist 2000 2000", 2000, 2000, c("stats::dist", "collapse::fdist"),
             rounds = 3)
compare_dist("dist 10000", 10000, 3,
             c(setdiff(all_r, "R, tcrossprod"), "scipy pdist", "torch pdist"))
compare_dist("dist 200", 200, 10,
             c(all_r, "scipy pdist", "torch pdist", "scikit-learn"),
             calls = 100, rounds = 3)
compare_dist("dist 2", 2, 1, c("stats::dist", "collapse::fdist", "scipy pdist"),
             calls = 3000, rounds = 3)
compare_cross("cross 1000", 1000, 1000, c(
  fast, compiled, "scipy cdist", "fields::rdist", "proxy::dist", ladder[-1]
), rounds = 3)
compare_cross("cross 2000", 2000, 2000, c(fast, compiled, "scipy cdist", "fields::rdist"),
              patience = 4)
compare_cross("cross 64", 5000, 64, c(fast, compiled, "scipy cdist", "fields::rdist"),
              patience = 4)
compare_cross("cross 3", 5000, 3, c(fast, compiled, "scipy cdist", "fields::rdist"),
              patience = 4)
compare_cross("cross 10000", 10000, 1000, c("scikit-learn", "torch cdist, products"),
              rounds = 3)
timed <- results

# All approaches of the notebook, the first of which is too slow for more rows, and
# their counterparts in R and C.
x <- normal(size(200), size(200))
twins <- names(ladder)
steps <- c(between[1], among(between, ladder), own_approaches(threads, twins))
compare("ladder 200", "ladder", steps, x, normal(nrow(x), ncol(x)), rounds = 2,
        patience = 2)
x <- normal(size(1000), size(1000))
steps <- c(between[1], own_approaches(threads, twins[-1]))
compare("ladder 1000", "ladder", steps, x, normal(nrow(x), ncol(x)), rounds = 2,
        patience = 4)

# edist alone: two threads over one, growth, and the peaks of other metrics.
alone <- function(id, n, p, peers, ...) {
  x <- normal(size(n), size(p))
  compare(id, "edist", peers, x, normal(nrow(x), ncol(x)), ...)
}
both <- list(
  one = function(x, y) edist_matrix(x, y, threads = 1),
  two = function(x, y) edist_matrix(x, y, threads = 2)
)
alone("threads, cross 2000 x 2000, p = 2000", 2000, 2000, both)
alone("threads, cross 5000 x 5000, p = 64", 5000, 64, both)
alone("threads, dist n = 1000, p = 1000", 1000, 1000, list(
  one = function(x, y) edist(x, threads = 1),
  two = function(x, y) edist(x, threads = 2)
))
few <- list(normal(size(3000), size(1000)), normal(size(3000), size(1000)))
alone("growth", 10000, 1000, list(
  few = function(x, y) edist_matrix(few[[1]], few[[2]], threads = threads),
  many = function(x, y) edist_matrix(x, y, threads = threads)
), rounds = 3)
rm(few)
metrics <- c("euclidean", "manhattan", "maximum")
alone("metrics", 2000, 2000, sapply(metrics, function(metric) {
  function(x, y) edist_matrix(x, y, metric, threads = threads)
}, simplify = FALSE))

memory <- data.frame(
  call = rep(c("edist", "edist_matrix"), c(3, 3)),
  n = vapply(c(4000, 16000, 8000, 3000, 10000, 10000), size, 0),
  p = vapply(c(100, 100, 3000, 1000, 1000, 64), size, 0)
)
memory$MB <- mapply(scratch, memory$call, memory$n, memory$p, threads)

# The errors of all peers that have a time for a thousand columns, compared with a
# reference of twice the precision: for data around zero, and for data far from it.
errors_of <- function(peers, data, exact, ...) {
  give(python, ...)
  vapply(peers, function(peer) {
    got <- if (inherits(peer, "timed")) attr(peer, "value")() else peer(...)
    if (is.matrix(got) && length(exact$high) < length(got)) got <- as.dist(got)
    max(edist:::relative_error(c(got), exact))
  }, 0)
}
errors_in <- function(offset, data) {
  x <- offset + normal(100, size(1000))
  y <- offset + normal(100, size(1000))
  of <- function(id, peers, ...) {
    times <- results[results$id == id, ]
    exact <- lapply(edist:::exact_distances(x, if (...length() == 2) y else x), c)
    if (...length() == 1) exact <- lapply(exact, "[", lower.tri(diag(100)))
    pairs <- if (...length() == 2) size(1000)^2 else choose(size(1000), 2)
    data.frame(data, kind = sub(" .*", "", id), peer = times$peer,
               time = times$min / pairs,
               error = errors_of(peers[times$peer], data, exact, ...))
  }
  rbind(of("dist 1000", within, x), of("cross 1000", between, x, y))
}
offsets <- c("normal values" = 0, "the same with an offset of 1e6" = 1e6)
errors <- do.call(rbind, Map(errors_in, offsets, names(offsets)))

best <- apply(peaks, 2, max)
of <- function(id, peer, what = "min") {
  value <- results[[what]][results$id == id & results$peer == peer]
  if (length(value)) value else NA
}
info <- edist_info()
version_list <- function(versions) paste(names(versions), versions, collapse = ", ")
r_versions <- vapply(c("edist", Filter(has, packages)), function(package) {
  as.character(packageVersion(package))
}, "")
code <- function(name) ifelse(is.na(name), "", paste0("`", name, "`"))
times_as <- function(ratio) ifelse(is.na(ratio), "missing", sprintf("%.1f", ratio))

#' `r if (quick) "**A quick run with small sizes: its figures mean nothing.**"`
#'
#' edist computes the same distances as the packages and programs below, in R and in
#' Python. All ran in one session, on the same data, took turns of equal time, and used
#' `r threads` threads or processes if they support several. Ratios are those of the
#' minimum times, with those of the medians next to them. The peers in Python run in their
#' own process with their own clock. Before a clock starts, the data have the usual layout
#' of the language: by columns in R, by rows in NumPy.
#'
#' `r edist:::processor_name()`, `r info$limits[["CPUs online"]]` cores, `r info$isa`;
#' `r R.version.string`, BLAS `r edist:::blas_name()`, which Debian's
#' NumPy and torch use, too. R packages: `r version_list(r_versions)`. Python's:
#' `r if (is.null(python)) "none" else version_list(unlist(python$versions))`.
#'
#' Missing: `r if (length(missing)) paste(missing, collapse = "; ") else "none"`. Debian
#' has no package of PyMP; our own program replaces it, with its idea: child processes
#' fill a shared array.
#'
#' Please note:
#'
#' * SciPy, `stats::dist`, fields, proxy, NumPy and the loops always run on one thread.
#' * faiss computes in single precision, `float32`, from data converted before.
#' * scikit-learn gives a full matrix even if the task is a `dist`. Numba is compiled
#'   before its clock starts.
#' * "Products" are the expansion `|x|^2 + |y|^2 - 2xy`, which `tcrossprod`, scikit-learn,
#'   faiss and, by default, `torch.cdist` use.
#' * Numba, Cython and "plain C" are the same two loops around a sum, with the threads
#'   where the notebook has them. `fastmath`, which the notebook does not use, lets Numba
#'   reorder the sum, and so use vector instructions.
#'
#+ dist-figure, fig.height = 11.2, fig.alt = "Time of each function within one matrix"
timed$side <- side(timed$peer, names(in_python))
draw_times(timed[grepl("^dist", timed$id), ], "Distances within a matrix, two threads")

#+ cross-figure, fig.height = 14, fig.alt = "Time of each function between two matrices"
draw_times(timed[grepl("^cross", timed$id), ],
           "Distances between two matrices, two threads")

#' ## Fast and exact
#'
#' The time of each peer for one distance of a thousand columns, and its maximum relative
#' error, compared with a reference of twice the precision. Products cancel if the values
#' are far from zero: few of sixteen digits are left. Values that are not finite count as
#' an infinite error.
#'
#+ error-figure, fig.alt = "Maximum relative error of each peer against its time"
shown <- errors
shown$label <- sub("^edist::edist.*", "edist", shown$peer)
shown$side <- side(shown$peer, names(in_python))
# A peer with both tasks is drawn for the one between two matrices, which more have.
shown <- shown[!duplicated(shown[c("data", "label")], fromLast = TRUE), ]
draw_errors(shown, "How exact, and how fast, two threads")

#' Errors are the maximum of 100 x 100 distances of `r size(1000)` columns, times are
#' those of 1000 x 1000.
#'
#+ accuracy
wide <- errors[errors$data == names(offsets)[1], ]
far <- errors[errors$data == names(offsets)[2], ]
knitr::kable(data.frame(
  task = wide$kind, peer = code(wide$peer),
  "time per distance" = format_time(wide$time),
  "maximum relative error" = sprintf("%.1e", wide$error),
  "with an offset of 1e6" = sprintf("%.1e", far$error), check.names = FALSE
), align = "llrrr", row.names = FALSE)

#' ## Goals
#'
#' The limit is the speed that the machine allows for the task (`edist_bench_roofline()`):
#' a subtraction and a fused multiply-add in registers for each pair and column, or, where
#' the table names them, vector square roots or the first write of the result to fresh
#' memory, if these take longer. Measured between all tasks, the best of `r nrow(peaks)`:
#' `r sprintf("%.1f", best[["euclidean"]])` G pair-columns/s
#' (`r sprintf("%.1f", min(peaks[, "euclidean"]))` at the worst moment),
#' `r sprintf("%.2f", best[["roots"]])` G roots/s, `r sprintf("%.1f", best[["touch"]])`
#' GB/s. Rows without a goal are for comparison.
#'
#+ goals
goal <- function(shape, what, goal, measured, median, limit = "") {
  data.frame(shape, what, goal, measured, "by medians" = median,
             "at the limit" = limit, check.names = FALSE)
}
# The minimum seconds of each task: arithmetic, roots and first write, one after the
# other.
bounds <- list("cross 2000" = c(2000^2, 2000), "cross 64" = c(5000^2, 64),
               "cross 3" = c(5000^2, 3), "dist 1000" = c(1000^2 / 2, 1000),
               "dist 2000" = c(2000^2 / 2, 1000), "dist 2000 2000" = c(2000^2 / 2, 2000),
               "dist 10000" = c(10000^2 / 2, 3))
over <- function(id, peers, aim) {
  mine <- if (grepl("^dist", id)) "edist::edist" else "edist::edist_matrix"
  best_peer <- function(what) {
    times <- vapply(peers, function(peer) of(id, peer, what), 0)
    if (all(is.na(times))) NA else min(times, na.rm = TRUE)
  }
  ratio <- function(what) best_peer(what) / of(id, mine, what)
  bound <- bounds[[id]]
  at_limit <- if (is.null(bound)) "" else times_as(best_peer("min") / limit(
    best, bound[1], bound[2], c("euclidean", "roots", "touch")
  ))
  name <- if (length(peers) == 1) peers else sub(", .*", ", the faster way", peers[1])
  goal(label_of(id), paste("times as fast as", name), aim, times_as(ratio("min")),
       times_as(ratio("median")), at_limit)
}
label_of <- function(id) results$task[match(id, results$id)]
share <- function(id, n, p, aim, parts, metric = "edist::edist_matrix",
                  shape = label_of(id)) {
  bound <- limit(best, size(n)^2, size(p), parts)
  percent <- function(what) sprintf("%.0f %%", 100 * bound / of(id, metric, what))
  goal(shape, paste("of the limit:", paste(parts, collapse = " or ")), aim,
       percent("min"), percent("median"))
}
grown <- function(what) {
  pairs <- size(10000)^2 / size(3000)^2
  sprintf("%.2f", of("growth", "many", what) / of("growth", "few", what) / pairs)
}
gain <- function(id) {
  sped <- function(what) sprintf("%.2f", of(id, "one", what) / of(id, "two", what))
  goal(sub("^threads, ", "", id), "two threads over one", "1.8", sped("min"),
       sped("median"))
}
took <- function(what) format_time(of("dist 2", "edist::edist", what))
cross_memory <- memory$MB[memory$call == "edist_matrix" & memory$p == size(1000)]
goals <- rbind(
  share("cross 2000", 2000, 2000, "88 %", "euclidean"),
  over("cross 2000", numba[1], "25"),
  over("cross 2000", numba[2], ""),
  over("cross 2000", "Cython prange", "25"),
  over("cross 2000", "scikit-learn", "1.8"),
  over("cross 2000", torch, "1.8"),
  share("cross 10000", 10000, 1000, "85 %", "euclidean"),
  share("cross 64", 5000, 64, "", c("euclidean", "touch")),
  over("cross 64", numba[1], "14"),
  over("cross 64", numba[2], ""),
  over("cross 64", "scikit-learn", "3"),
  over("cross 64", torch, "3"),
  share("cross 3", 5000, 3, "", c("roots", "touch")),
  over("cross 3", "scipy cdist", "3"),
  over("cross 3", numba[1], "4"),
  over("cross 3", numba[2], ""),
  over("dist 1000", "stats::dist", "85"),
  over("dist 1000", "collapse::fdist", "12"),
  over("dist 2000", "stats::dist", "100"),
  over("dist 2000 2000", "stats::dist", "100"),
  over("dist 10000", "stats::dist", "11"),
  over("dist 10000", "collapse::fdist", "7"),
  over("dist 200", "stats::dist", "1"),
  over("dist 200", "collapse::fdist", "1"),
  goal(label_of("dist 2"), "a call", "at most 15 us", took("min"), took("median")),
  do.call(rbind, lapply(unique(grep("^threads", results$id, value = TRUE)), gain)),
  goal("growth, p = 1000", "time per pair, n = 10 000 over n = 3000", "at most 1.05",
       grown("min"), grown("median")),
  goal("growth, p = 1000", "memory in addition to the result, MB, n = 3000 and n = 10 000",
       "at most 70", paste(sprintf("%.1f", cross_memory), collapse = ", "), ""),
  share("metrics", 2000, 2000, "60 %", "manhattan", "manhattan", "cross, manhattan"),
  share("metrics", 2000, 2000, "60 %", "maximum", "maximum", "cross, maximum")
)
knitr::kable(goals, align = "llrrrr", row.names = FALSE)

#' "At the limit" is the ratio if edist took only as long as the machine needs for the
#' arithmetic in registers, the roots, or the first write of the result, whichever takes
#' longest. Sums of squared differences cannot reach a goal above it on this machine.
#'
#' ## Goals that were missed, and why
#'
#' The main reasons lie in the machine, an AMD EPYC of the Zen 4 generation:
#'
#' * **Products have the same peak here.** This CPU starts one 512-bit fused multiply-add
#'   and one subtraction per cycle, so the same unit limits a matrix product and sums of
#'   squared differences. A BLAS with AVX-512 kernels also runs near that peak. edist can
#'   only gain what scikit-learn and torch lose in their passes over the result: much with
#'   few columns, next to nothing with thousands.
#' * **Large shapes** are below their limit for these reasons, by a profile of two threads
#'   (`perf`, n = p = 2000): 90 % of the time is in the register tile, which runs at 96 %
#'   of the peak from panels in the second-level cache; packing takes 3 to 4 %, roots take
#'   2 %, clearing the pages of the result 1 to 5 %. These changes gave no gain above the
#'   noise: panels of 128 and 512 columns, blocks of 120 to 1000 rows and columns, rows
#'   packed once for all threads or by each thread into its own cache, prefetching the next
#'   panel and the sums.
#' * **Small symmetric shapes** (n = p = 1000): a pass over the columns takes as long as
#'   the tile alone predicts; the rest goes to packing, to tiles across the diagonal, to
#'   roots, to fresh pages, and to threads that wait for the last one.
#' * **Large results** (10 000 x 10 000 is 800 MB): at best, fresh pages come at the rate
#'   stated above the table, and much slower if the host has to find them. The first of
#'   several calls in one R session takes 2.8 s, the others take 1.98 s, 86 % of the peak. The ratios to Numba and Cython miss their goals by the same
#'   factor as the share of the limit.
#' * **Medians** of large results are far above the minimum times: this is a virtual
#'   machine whose host takes freed memory back, so a fresh result must often be fetched
#'   from the host page by page. This affects every program that allocates.
#'
#' ## Times
#'
#+ times
shown <- timed[c("task", "peer", "runs")]
shown$peer <- code(shown$peer)
shown$minimum <- format_time(timed$min)
shown$median <- format_time(timed$median)
shown$ratio <- sprintf("%.1f", timed$ratio)
shown$`ratio of medians` <- sprintf("%.1f", timed$ratio_median)
knitr::kable(shown, row.names = FALSE, align = "llrrrrr")

#' ## The approaches of the notebook
#'
#' The approaches of the workshop notebook, written anew in Python, and their counterparts
#' in R and C (`edist_bench_approaches()`). Minimum times for two matrices of n rows and n
#' columns; in brackets, how many times as long as `edist_matrix()` each takes.
#'
#+ ladder
step <- function(id, peers) {
  vapply(peers, function(peer) {
    time <- of(id, peer)
    if (is.na(time)) return("")
    sprintf("%s (%s)", format_time(time), fold(time / of(id, "edist::edist_matrix")))
  }, "")
}
engine <- function(id) format_time(of(id, "edist::edist_matrix"))
steps <- data.frame(
  "in Python" = c(ladder, ""), small = c(step("ladder 200", ladder), ""),
  large = c(step("cross 1000", ladder), ""), "in R and C" = code(c(twins, "engine")),
  small = c(step("ladder 200", twins), engine("ladder 200")),
  large = c(step("ladder 1000", twins), engine("ladder 1000")), check.names = FALSE
)
names(steps)[c(2, 5)] <- paste("n =", size(200))
names(steps)[c(3, 6)] <- paste("n =", size(1000))
knitr::kable(steps, align = "lrrlrr", row.names = FALSE)

#' ## Memory in addition to the result
#'
#' The maximum resident memory minus that before the call and minus the result, in MB,
#' with two threads. It depends on the number of columns, up to a bound, and not on the
#' rows.
#'
#+ memory
memory$call <- code(memory$call)
memory$MB <- sprintf("%.1f", memory$MB)
knitr::kable(memory, align = "lrrr")
