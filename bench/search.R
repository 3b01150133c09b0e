#' ---
#' title: "Neighbours without computing every pair"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 6.4
#' ---
#'
#+ setup, include = FALSE
# Run by `make search`, which renders this file to search.md. With
# EDIST_PEERS_QUICK=1 all tasks are small, to try the report itself.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
source("turns.R")
for (part in c("python", "figures")) source(sprintf("peers/%s.R", part))
has <- function(package) requireNamespace(package, quietly = TRUE)
threads <- 2L
Sys.setenv(OMP_NUM_THREADS = threads)
quick <- nzchar(Sys.getenv("EDIST_PEERS_QUICK"))
size <- function(n) if (quick) n / 20 else n
k <- 10
# Seconds that a peer may take for one task: many where no peer is fast.
patience <- function(p) if (quick) 1 else if (p < 10) 3 else 20

# The tasks. Functions, so that only one matrix is in memory.
uniform <- function(n, p) function() matrix(runif(size(n) * p), size(n))
clusters <- function(n, p, centres, spread, scale = rep(1, p)) function() {
  centre <- matrix(rnorm(centres * p), centres)
  rows <- centre[sample(centres, size(n), TRUE), ]
  sweep(rows + spread * matrix(rnorm(size(n) * p), size(n)), 2, scale, "*")
}
images <- function(n, p, rank) {
  base <- matrix(rnorm(n * rank), n) %*% (matrix(rnorm(rank * p), rank) / sqrt(1:rank))
  base + 0.1 * matrix(rnorm(n * p), n)
}
bytes <- function(x) round((x - min(x)) / diff(range(x)) * 255)
few <- function(x) unname(as.matrix(x))[seq_len(size(nrow(x))), ] * 1
from <- function(package, name, columns) function() {
  data(list = name, package = package, envir = environment())
  few(get(name)[columns])
}
tasks <- list(
  "uniform, 1e5 x 2" = uniform(1e5, 2),
  "uniform, 1e5 x 3" = uniform(1e5, 3),
  "uniform, 1e5 x 5" = uniform(1e5, 5),
  "uniform, 1e5 x 8" = uniform(1e5, 8),
  "uniform, 1e6 x 2" = uniform(1e6, 2),
  "uniform, 1e6 x 3" = uniform(1e6, 3),
  "whole numbers 0 to 9, 1e5 x 3" = function() floor(10 * uniform(1e5, 3)()),
  "world cities, 43 642 x 2" = function() {
    few(unique(maps::world.cities[c("lat", "long")]))
  },
  "diamonds, 53 940 x 7" = function() {
    columns <- c("carat", "depth", "table", "price", "x", "y", "z")
    few(scale(ggplot2::diamonds[columns]))
  },
  "Shuttle, 58 000 x 9" = from("mlbench", "Shuttle", 1:9),
  "Letters, 20 000 x 16" = from("mlbench", "LetterRecognition", -1),
  "uniform, 1e5 x 16" = uniform(1e5, 16),
  "uniform, 1e5 x 32" = uniform(1e5, 32),
  "uniform, 2e4 x 128" = uniform(2e4, 128),
  "embedding of cells, 1e5 x 50" = clusters(1e5, 50, 20, 1 / 3, 3 / (1:50)),
  "50 clusters, 1e5 x 128" = clusters(1e5, 128, 50, 0.3),
  "images, 2e4 x 784" = function() images(size(2e4), 784, 60),
  "images as bytes, 2e4 x 784" = function() bytes(images(size(2e4), 784, 60)),
  "white noise, 1e4 x 1000" = uniform(1e4, 1000)
)

# Every peer gives the sorted distances to the k nearest other rows. Times include
# building the index.
python <- start_python(threads)
from_edist <- function(search) {
  function(x) edist_nearest(x, k, search = search, threads = threads)$distance
}
peers <- list(
  "edist::edist_nearest" = from_edist("auto"),
  "edist, search = \"all\"" = from_edist("all")
)
if (has("dbscan")) peers[["dbscan kd-tree"]] <- function(x) {
  dbscan::kNN(x, k, sort = TRUE, search = "kdtree")$dist
}
if (has("FNN")) peers[["FNN kd-tree"]] <- function(x) {
  FNN::get.knn(x, k, algorithm = "kd_tree")$nn.dist
}
itself_first <- function(distance) distance[, -1, drop = FALSE]
if (has("RANN")) peers[["RANN kd-tree"]] <- function(x) {
  itself_first(RANN::nn2(x, x, k + 1)$nn.dists)
}
if (has("nabor")) peers[["nabor kd-tree"]] <- function(x) {
  itself_first(nabor::knn(x, x, k + 1)$nn.dists)
}
if (has("Rnanoflann")) peers[["Rnanoflann kd-tree"]] <- function(x) {
  itself_first(Rnanoflann::nn(x, x, k + 1, parallel = TRUE, cores = threads)$distances)
}
bioc <- function(kind) {
  parameters <- get(paste0(kind, "Param"), asNamespace("BiocNeighbors"))()
  workers <- BiocParallel::MulticoreParam(threads)
  function(x) {
    BiocNeighbors::findKNN(x, k, BNPARAM = parameters, BPPARAM = workers,
                           warn.ties = FALSE, get.index = FALSE)$distance
  }
}
if (has("BiocNeighbors")) {
  peers[["BiocNeighbors KMKNN"]] <- bioc("Kmknn")
}
in_python <- python_peers(python)
in_python <- in_python[intersect(c("scikit-learn kd-tree", "scikit-learn brute",
                                   "SciPy cKDTree", "pykdtree",
                                   "faiss flat, float32"), names(in_python))]
peers <- c(peers, in_python)

# Peers that fail, or would take too long, by what they take for a sample of the rows,
# whose number trees follow if columns are few, and others the square of it.
too_slow <- function(x) {
  n <- min(nrow(x) / 10, 5000)
  some <- x[sample(nrow(x), n), , drop = FALSE]
  give(python, some)
  took <- vapply(peers, function(peer) {
    tryCatch(seconds(peer, 1, some), error = function(e) Inf)
  }, 0)
  every_pair <- ncol(x) >= 16 | grepl("brute|flat|all", names(peers))
  edist <- grepl("^edist", names(peers)) & nrow(x) <= 1e5
  limit <- ifelse(edist, 30, patience(ncol(x)))
  took * (nrow(x) / n)^ifelse(every_pair, 2, 1) > limit &
    names(peers) != "edist::edist_nearest"
}
worst_error <- function(distance, want) {
  max(abs(distance - want) / pmax(want, max(want) * 1e-12, .Machine$double.xmin))
}

# The first run of each peer is checked, and for slow ones it is the only one.
first_run <- function(peer, x, want) {
  clock <- proc.time()[[3]]
  distance <- if (is.null(attr(peer, "value"))) peer(x) else attr(peer, "value")()
  spent <- proc.time()[[3]] - clock
  list(spent = spent, error = worst_error(unname(distance), unname(want)))
}

results <- checks <- NULL
compare <- function(task) {
  x <- tasks[[task]]()
  slow <- too_slow(x)
  give(python, x)
  want <- edist_nearest(x, k, threads = threads)
  first <- lapply(peers[!slow], first_run, x, want$distance)
  spent <- vapply(first, function(run) run$spent, 0)
  error <- vapply(first, function(run) run$error, 0)
  rounds <- if (quick) 1 else 2
  fast <- spent < 1.5 | seq_along(spent) == 1 # edist, which the others are divided by
  times <- take_turns(task, peers[!slow][fast], x, rounds = rounds, turn = 0.001,
                      patience = 10)
  once <- data.frame(task, peer = names(spent), runs = 1, min = spent, median = spent,
                     ratio = spent / times$min[1],
                     ratio_median = spent / times$median[1])[!fast, ]
  times <- rbind(times, once)
  times$good <- error[times$peer] < 1e-7
  results <<- rbind(results, times)
  checks <<- rbind(checks, data.frame(
    task, computed = want$computed, screened = want$screened,
    slow = paste(names(peers)[slow], collapse = ", "),
    wrong = paste(names(error)[error >= 1e-7], collapse = ", ")
  ))
  cat(format(Sys.time(), "%H:%M:%S"), task, "\n", file = stderr())
}
set.seed(1)
for (task in names(tasks)) compare(task)

# edist alone.
took <- function(call) {
  call <- substitute(call)
  frame <- parent.frame()
  min(replicate(3, system.time(eval(call, frame))[[3]]))
}
growth <- function(p) {
  time <- function(n) {
    x <- uniform(n, p)()
    took(edist_nearest(x, k, threads = threads))
  }
  n <- c(1e5, 1e6)
  (time(n[2]) / time(n[1])) / (10 * log(n[2]) / log(n[1]))
}
grows <- c(growth(2), growth(3))
others <- do.call(rbind, lapply(c(2, 5, 16), function(p) {
  x <- uniform(1e5, p)()
  near <- edist_nearest(x, k, threads = threads)
  radius <- median(near$distance[, k])
  nearest <- took(edist_nearest(x, k, threads = threads))
  data.frame(
    task = sprintf("%d columns", p),
    within = took(edist_within(x, radius, threads = threads)) / nearest,
    count = took(edist_reduce(x, "count", radius = radius, threads = threads)) /
      nearest,
    "count all" = took(edist_reduce(x, "count", radius = 1e3, threads = threads)) /
      nearest,
    minimum = took(edist_reduce(x, "min", threads = threads)) / nearest,
    check.names = FALSE
  )
}))
by_set <- do.call(rbind, lapply(c("avx2", "portable"), function(isa) {
  if (!isa %in% edist_info()$isa_available) return(NULL)
  Sys.setenv(EDIST_ISA = isa)
  on.exit(Sys.unsetenv("EDIST_ISA"))
  tried <- c("uniform, 1e5 x 2", "uniform, 1e5 x 8", "Shuttle, 58 000 x 9",
             "uniform, 2e4 x 128", "images, 2e4 x 784", "white noise, 1e4 x 1000")
  ratio <- vapply(tried, function(task) {
    x <- tasks[[task]]()
    took(edist_nearest(x, k, search = "all", threads = threads)) /
      took(edist_nearest(x, k, threads = threads))
  }, 0)
  data.frame(isa, task = tried, ratio, row.names = NULL)
}))

info <- edist_info()
version <- function(package) {
  if (has(package)) as.character(packageVersion(package)) else "missing"
}
r_packages <- c("dbscan", "FNN", "RANN", "nabor", "Rnanoflann", "BiocNeighbors")
versions <- c(
  stats::setNames(vapply(r_packages, version, ""), r_packages),
  unlist(python$versions)[c("scikit-learn", "scipy", "pykdtree", "faiss")]
)

#' `r if (quick) "**A quick run with small sizes: its figures mean nothing.**"`
#'
#' How long the `r k` nearest other rows of every row take: with the search of
#' `edist_nearest()`, without it (`search = "all"`), and with other packages. edist uses
#' `r threads` threads, and so do Rnanoflann, BiocNeighbors and Python's packages; the
#' others have one. All peers take turns in one session, and times include building the
#' index. The first answer of each peer is checked; peers that take more than 1.5 seconds run
#' once.
#'
#' `r edist:::processor_name()`, `r info$limits[["CPUs online"]]` cores,
#' `r info$isa`; `r R.version.string`; edist `r packageVersion("edist")`,
#' `r paste(names(versions), versions, collapse = ", ")`.
#'
#+ figure, fig.height = 26, fig.alt = "Time for the ten nearest neighbours by each peer, for 19 data sets."
shown <- results[results$good, ]
shown$side <- side(shown$peer, names(in_python))
draw_times(shown, "The ten nearest neighbours")

#' ## How many times as fast
#'
#' "all": than `search = "all"`. "best other": than the fastest other exact package.
#' "computed" is the share of all pairs that edist computed in double precision,
#' "screened" the share that it compared by codes first; boxes ruled out the others.
#'
#+ summary
ratio_of <- function(task, of) {
  here <- results[results$task == task & results$good, ]
  here$ratio[match(of, here$peer)]
}
fastest <- function(task) {
  here <- results[results$task == task & results$good &
                    !grepl("^edist", results$peer), ]
  if (nrow(here) == 0) return(data.frame(task, peer = "none in time", ratio = NA))
  here[which.min(here$min), c("task", "peer", "ratio")]
}
best <- do.call(rbind, lapply(names(tasks), fastest))
share <- function(x) ifelse(x == 0, "0", format(signif(x, 2), scientific = FALSE,
                                                trim = TRUE, drop0trailing = TRUE))
knitr::kable(data.frame(
  data = best$task,
  time = format_time(results$min[results$peer == "edist::edist_nearest"]),
  all = vapply(best$task, function(task) {
    ratio <- ratio_of(task, "edist, search = \"all\"")
    if (is.na(ratio)) "" else sprintf("%.1f", ratio)
  }, ""),
  "best other" = ifelse(is.na(best$ratio), "", sprintf("%.1f", best$ratio)),
  which = best$peer,
  computed = vapply(checks$computed, share, ""),
  screened = vapply(checks$screened, share, ""), check.names = FALSE
), row.names = FALSE, align = "lrrrlrr")

#' `r if (any(nzchar(checks$wrong))) "These answers were not exact, and do not count:"`
#'
#+ wrong, results = "asis"
wrong <- checks[nzchar(checks$wrong), c("task", "wrong")]
if (nrow(wrong) > 0) knitr::kable(wrong, row.names = FALSE)

#' These cannot do it, or would take more than `r patience(2)` seconds (`r patience(16)` for 16
#' or more columns), by what they took for a sample of the rows:
#'
#+ slow, results = "asis"
slow <- checks[nzchar(checks$slow), c("task", "slow")]
if (nrow(slow) > 0) knitr::kable(slow, row.names = FALSE)

#' ## Growth, and the other answers
#'
#' Ten times as many rows of 2 columns take `r sprintf("%.2f", grows[1])` times as long as
#' `n log n` grows, from 1e5 to 1e6 rows; of 3 columns `r sprintf("%.2f", grows[2])` times.
#'
#' The time of other answers for 1e5 uniform rows, divided by that of the `r k` nearest;
#' the radius has about `r k` hits a row, and for "count all" every row is within it:
#'
#+ others
knitr::kable(others, digits = 2)

#' ## Other instruction sets
#'
#' How many times as fast as `search = "all"`:
#'
#+ sets
knitr::kable(by_set, digits = 1)

#' ## What is not reached
#'
#' Whole numbers from 0 to 9 in 3 columns: each row is there a hundred times. pykdtree, nabor,
#' FNN and RANN take any ten of its equals and stop. edist returns those with the lowest
#' numbers, so that the answer does not depend on the order of the rows or on threads, and for
#' that it looks at all leaves that hold equals.
#'
#' Few columns: by a profile of one thread, 1e5 x 2, a sixth of the time goes into ranking what
#' leaves offer, a tenth each into collecting it, into the tree, and into writing answers of
#' rows that lie far apart in the result; no part stands out.
#'
#' Images: sixty factors of similar strength are too many for boxes along eight axes, which rule
#' out a sixth of the pairs. The rest of the time goes into codes of all 784 columns.
#'
#' Without AVX2 there are no codes: then data that boxes cannot rule out are computed pair by
#' pair, as with `search = "all"`.
#'
#' ## All times
#'
#+ times
shown <- results[c("task", "peer", "runs")]
shown$peer <- paste0("`", shown$peer, "`")
shown$minimum <- format_time(results$min)
shown$median <- format_time(results$median)
shown$ratio <- sprintf("%.2f", results$ratio)
knitr::kable(shown, row.names = FALSE, align = "llrrrr")
