#' ---
#' title: "Answers without the matrix, compared with their peers"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 6.4
#' ---
#'
#+ setup, include = FALSE
# Run by `make nearest`, which renders this file to nearest.md. With EDIST_PEERS_QUICK=1
# all tasks are small, to try the report itself.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
source("turns.R")
for (part in c("r", "python", "figures")) source(sprintf("peers/%s.R", part))
threads <- 2L
Sys.setenv(OMP_NUM_THREADS = threads)
quick <- nzchar(Sys.getenv("EDIST_PEERS_QUICK"))
size <- function(n) if (quick) n / 20 else n
python <- start_python(threads)
in_python <- python_peers(python)
uniform <- function(n, p) matrix(runif(n * p), n)

results <- NULL
compare <- function(id, label, peers, ..., rounds = 5, patience = 8) {
  give(python, ...)
  if (quick) rounds <- 1
  times <- take_turns(label, peers, ..., rounds = rounds, turn = if (quick) 0.001 else 0.4,
                      patience = patience)
  results <<- rbind(results, data.frame(id, times))
  peaks <<- c(peaks, peak())
}
edist_k <- function(k) function(x, y) edist_nearest(x, k, y, threads = threads)
fnn <- function(k, algorithm) {
  function(x, y) FNN::get.knnx(y, x, k, algorithm = algorithm)
}
peers_of <- function(k, trees = TRUE) {
  here <- c(list(edist_k(k)), in_python[sprintf(
    c("scikit-learn brute, k = %d", "faiss flat, float32, k = %d"), k)])
  names(here) <- c("edist::edist_nearest", "scikit-learn brute", "faiss flat, float32")
  here <- here[!vapply(here, is.null, NA)]
  if (has("FNN")) {
    here[["FNN brute"]] <- fnn(k, "brute")
    if (trees) here[["FNN kd-tree"]] <- fnn(k, "kd_tree")
  }
  here
}

set.seed(1)
n <- size(10000)
peak <- function() {
  roofline <- edist_bench_roofline(threads, edist_info()$isa, seconds = 0.1)
  roofline$rate[roofline$what == "euclidean"]
}
peaks <- peak()
columns <- c(8, 16, 32, 128)
for (p in columns) {
  compare(paste0("k 10, p ", p), sprintf("k = 10 of %d, p = %d", n, p),
          peers_of(10, trees = p < 128), uniform(n, p), uniform(n, p))
}
for (k in c(1, 100)) {
  compare(paste0("k ", k, ", p 32"), sprintf("k = %d of %d, p = 32", k, n),
          peers_of(k), uniform(n, 32), uniform(n, 32))
}
diamonds <- as.matrix(ggplot2::diamonds[c("carat", "depth", "table", "price", "x", "y",
                                          "z")])
diamonds <- scale(diamonds)[seq_len(size(nrow(diamonds))), ]
compare("diamonds", sprintf("k = 5 of %d diamonds, p = 7", nrow(diamonds)),
        peers_of(5), diamonds, diamonds, rounds = 3)

# edist alone, with one shape: the neighbours, one number per row, the pairs within a
# radius (about ten hits per row), and the distances themselves.
answers <- function(p) {
  x <- uniform(n, p)
  y <- uniform(n, p)
  radius <- median(edist_nearest(x[1:200, ], 10, y, threads = threads)$distance[, 10])
  list(x = x, y = y, peers = list(
    "edist_nearest, k = 1" = function(x, y) edist_nearest(x, 1, y, threads = threads),
    "edist_reduce, min" = function(x, y) edist_reduce(x, "min", y, threads = threads),
    "edist_reduce, mean" = function(x, y) edist_reduce(x, "mean", y,
                                                       threads = threads),
    "edist_reduce, count" = function(x, y) {
      edist_reduce(x, "count", y, radius = radius, threads = threads)
    },
    "edist_within" = function(x, y) edist_within(x, radius, y, threads = threads),
    "edist_matrix" = function(x, y) edist_matrix(x, y, threads = threads)
  ))
}
for (p in c(8, 32, 128)) {
  task <- answers(p)
  compare(paste("answers", p), sprintf("%d x %d, p = %d", n, n, p), task$peers, task$x,
          task$y)
}

# The maximum resident memory minus that before the call, in a fresh process.
resident <- function(rows, call) {
  code <- sprintf('
    library(edist)
    status <- function(key) {
      line <- grep(key, readLines("/proc/self/status"), value = TRUE)
      as.numeric(gsub("[^0-9]", "", line)) / 1024
    }
    x <- matrix(runif(%d * 8), %d)
    small <- edist_within(x[1:50, ], radius = 0.1, threads = 2) # loads Matrix
    writeLines("5", "/proc/self/clear_refs") # forgets the peak of making x
    invisible(gc(FALSE))
    before <- status("^VmRSS")
    took <- system.time(answer <- %s)[["elapsed"]]
    cat(status("^VmHWM") - before, as.numeric(object.size(answer)) / 2^20, took)',
    rows, rows, call)
  text <- system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)),
                  stdout = TRUE)
  as.numeric(strsplit(text, " ")[[1]])
}
calls <- c("edist_nearest(x, k = 10, threads = 2)",
           'edist_reduce(x, stat = "count", radius = 0.1, threads = 2)',
           'edist_reduce(x, stat = "mean", threads = 2)',
           "edist_within(x, radius = 0.27, threads = 2)")
rows <- size(100000)
memory <- data.frame(call = calls, t(vapply(calls, resident, numeric(3), rows = rows)),
                     row.names = NULL)

info <- edist_info()
of <- function(id, peer, what = "min") {
  value <- results[[what]][results$id == id & results$peer == peer]
  if (length(value)) value else NA
}
code <- function(name) paste0("`", name, "`")
missing <- c(if (!has("FNN")) "FNN", if (is.null(python)) "all peers in Python" else
  grep("brute|flat", names(python$missing), value = TRUE))

#' `r if (quick) "**A quick run with small sizes: its figures mean nothing.**"`
#'
#' How long `edist_nearest()` and related functions take, compared with other libraries:
#' in one session, on the same data, in turns of equal time, with `r threads` threads
#' where a library supports threads. faiss computes in single precision. faiss and
#' scikit-learn use the product form. FNN always runs on one thread. Times include
#' building an index if there is one. Ratios are those of the minimum times.
#'
#' `r edist:::processor_name()`, `r info$limits[["CPUs online"]]` cores, `r info$isa`;
#' `r R.version.string`; edist `r packageVersion("edist")`, FNN
#' `r if (has("FNN")) packageVersion("FNN") else "missing"`. Python's versions:
#' `r if (is.null(python)) "none" else paste(names(python$versions), unlist(python$versions), collapse = ", ")`.
#' Missing: `r if (length(missing)) paste(missing, collapse = "; ") else "none"`.
#'
#+ figure, fig.height = 9.2, fig.alt = "Time for the nearest neighbours by each peer, for several numbers of columns and neighbours."
shown <- results[!grepl("^answers", results$id), ]
shown$side <- side(shown$peer, c("scikit-learn brute", "faiss flat, float32"))
draw_times(shown, "Nearest neighbours, two threads")

#' ## Goals
#'
#+ goals
goal <- function(id, peer, goal) {
  p <- as.numeric(sub(".*p ", "", id))
  ratio <- function(what) {
    sprintf("%.1f", of(id, peer, what) / of(id, "edist::edist_nearest", what))
  }
  data.frame(task = results$task[match(id, results$id)],
             what = paste("times as fast as", peer), goal, measured = ratio("min"),
             "by medians" = ratio("median"),
             "at the limit" = sprintf("%.1f", of(id, peer) * max(peaks) / (n^2 * p)),
             check.names = FALSE)
}
over_one <- function(p, peer) {
  ratio <- function(what) {
    sprintf("%.2f", of(paste("answers", p), peer, what) /
              of(paste("answers", p), "edist_nearest, k = 1", what))
  }
  data.frame(task = results$task[match(paste("answers", p), results$id)],
             what = paste(peer, "over edist_nearest, k = 1"), goal = "at most 1.3",
             measured = ratio("min"), "by medians" = ratio("median"),
             "at the limit" = "", check.names = FALSE)
}
goals <- rbind(
  goal("k 10, p 8", "scikit-learn brute", "4"),
  goal("k 10, p 32", "scikit-learn brute", "4"),
  goal("k 10, p 128", "scikit-learn brute", "3"),
  goal("k 10, p 8", "faiss flat, float32", "3"),
  goal("k 10, p 32", "faiss flat, float32", "2.5"),
  goal("k 10, p 128", "faiss flat, float32", "1.2"),
  goal("k 10, p 8", "FNN brute", "3"),
  goal("k 10, p 16", "FNN brute", "3"),
  goal("k 10, p 32", "FNN brute", "3"),
  goal("k 10, p 128", "FNN brute", "3"),
  goal("k 10, p 16", "FNN kd-tree", "1"),
  goal("k 10, p 32", "FNN kd-tree", "1"),
  do.call(rbind, lapply(c(8, 32, 128), function(p) {
    do.call(rbind, lapply(c("edist_reduce, min", "edist_reduce, mean",
                            "edist_reduce, count", "edist_within"), over_one, p = p))
  }))
)
knitr::kable(goals, align = "llrrrr", row.names = FALSE)

#' "At the limit" is the ratio if edist took only as long as the arithmetic of all pairs
#' alone takes in registers (`edist_bench_roofline()`). edist passes it where it leaves
#' pairs out, by boxes or by codes. The machine starts one 512-bit fused multiply-add per
#' cycle, which limits the products of scikit-learn in double precision as much as sums
#' of squared differences. The mean needs every pair and its root, so it takes several
#' times as long as an answer that leaves pairs out.
#'
#' ## Times
#'
#+ times
shown <- results[c("task", "peer", "runs")]
shown$peer <- code(shown$peer)
shown$minimum <- format_time(results$min)
shown$median <- format_time(results$median)
shown$ratio <- sprintf("%.2f", results$ratio)
knitr::kable(shown, row.names = FALSE, align = "llrrrr")

#' ## Memory
#'
#' For `r format(rows, big.mark = " ", scientific = FALSE)` rows of 8 columns, whose full
#' matrix would be `r edist:::format_bytes(8 * rows^2)`: the maximum resident memory minus
#' that before the call, and the answer itself, in MB. Each call runs in a fresh process.
#'
#+ memory
knitr::kable(data.frame(
  call = code(memory$call), "maximum, MB" = sprintf("%.1f", memory[[2]]),
  "answer, MB" = sprintf("%.1f", memory[[3]]), seconds = sprintf("%.1f", memory[[4]]),
  check.names = FALSE
), align = "lrrr")
