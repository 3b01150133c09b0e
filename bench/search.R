#' ---
#' title: "Neighbours without looking at every pair"
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
source("peers/figures.R")
has <- function(package) requireNamespace(package, quietly = TRUE)
threads <- 2L
quick <- nzchar(Sys.getenv("EDIST_PEERS_QUICK"))
size <- function(n) if (quick) n / 20 else n
uniform <- function(n, p) matrix(runif(n * p), n)

# Every peer gives the sorted distances to the k nearest other rows. Times include
# building the index.
peers_of <- function(k, every_pair = TRUE) {
  edist <- function(search) {
    function(x) {
      edist_nearest(x, k, search = search, threads = threads)$distance
    }
  }
  peers <- list("edist::edist_nearest" = edist("auto"))
  if (every_pair) peers[["edist, search = \"all\""]] <- edist("all")
  if (has("dbscan")) {
    peers[["dbscan kd-tree"]] <- function(x) {
      dbscan::kNN(x, k, sort = TRUE, search = "kdtree")$dist
    }
  }
  if (has("FNN")) {
    peers[["FNN kd-tree"]] <- function(x) {
      FNN::get.knn(x, k, algorithm = "kd_tree")$nn.dist
    }
  }
  if (has("RANN")) { # each row is its own first neighbour
    peers[["RANN kd-tree"]] <- function(x) {
      RANN::nn2(x, x, k + 1)$nn.dists[, -1, drop = FALSE]
    }
  }
  peers
}

results <- computed <- NULL
compare <- function(label, x, k = 10, trees = TRUE, every_pair = TRUE,
                    rounds = 3) {
  peers <- peers_of(k, every_pair)
  if (!trees) peers <- peers[!grepl("tree", names(peers))]
  want <- edist_nearest(x, k, threads = threads)
  good <- vapply(peers, function(peer) {
    isTRUE(all.equal(unname(peer(x)), unname(want$distance), tolerance = 1e-9))
  }, NA)
  times <- take_turns(label, peers[good], x, rounds = if (quick) 1 else rounds,
                      turn = 0.001, patience = 60)
  wrong <- names(peers)[!good]
  results <<- rbind(results, times)
  computed <<- rbind(computed, data.frame(
    task = label, share = want$computed,
    wrong = if (length(wrong)) paste(wrong, collapse = ", ") else "none"
  ))
}

set.seed(1)
n <- size(1e5)
for (p in c(2, 3, 5, 8)) {
  compare(sprintf("uniform, %d x %d", n, p), uniform(n, p))
}
compare(sprintf("uniform, %d x 2", 10 * n), uniform(10 * n, 2),
        every_pair = FALSE, rounds = 2)
compare(sprintf("whole numbers 0 to 9, %d x 3", n), floor(10 * uniform(n, 3)))
if (has("maps")) {
  cities <- unique(as.matrix(maps::world.cities[c("lat", "long")]))
  cities <- cities[seq_len(size(nrow(cities))), ]
  compare(sprintf("cities, %d x 2", nrow(cities)), cities)
}
diamonds <- scale(as.matrix(
  ggplot2::diamonds[c("carat", "depth", "table", "price", "x", "y", "z")]
))[seq_len(size(53940)), ]
compare(sprintf("diamonds, %d x 7", nrow(diamonds)), diamonds)
clusters <- function(n, p, centres, spread) {
  centre <- matrix(rnorm(centres * p), centres)
  centre[sample(centres, n, TRUE), ] + spread * matrix(rnorm(n * p), n)
}
compare(sprintf("30 clusters, %d x 16", n / 5), clusters(n / 5, 16, 30, 0.3))
compare(sprintf("30 clusters, %d x 50", n / 5), clusters(n / 5, 50, 30, 0.3),
        trees = FALSE)
compare(sprintf("white noise, %d x 16", n / 5), uniform(n / 5, 16), trees = FALSE)
compare(sprintf("white noise, %d x 1000", n / 20), uniform(n / 20, 1000),
        trees = FALSE)

# From 1e5 to 1e6 rows, over n log n.
growth <- function(p) {
  took <- function(n) {
    x <- uniform(n, p)
    min(replicate(2, system.time(edist_nearest(x, 10, threads = threads))[[3]]))
  }
  (took(10 * n) / took(n)) / (10 * log(10 * n) / log(n))
}
grows <- c(growth(2), growth(3))

info <- edist_info()
version <- function(package) {
  if (has(package)) as.character(packageVersion(package)) else "missing"
}

#' `r if (quick) "**A quick run with small sizes: its figures mean nothing.**"`
#'
#' How long the 10 nearest other rows of every row take, with the search of
#' `edist_nearest()`, without it (`search = "all"`), and with the kd-trees of other
#' packages, which run on one thread; edist uses `r threads`. All peers take turns
#' in one session, and times include building the index. The answers of all peers
#' are compared before they are timed.
#'
#' `r edist:::processor_name()`, `r info$limits[["CPUs online"]]` cores,
#' `r info$isa`; `r R.version.string`; edist `r packageVersion("edist")`, dbscan
#' `r version("dbscan")`, FNN `r version("FNN")`, RANN `r version("RANN")`.
#'
#+ figure, fig.height = 11, fig.alt = "Time for the ten nearest neighbours by each peer, for several data sets."
shown <- results
shown$side <- side(shown$peer, character())
draw_times(shown, "The ten nearest neighbours")

#' ## Times
#'
#' "share" is the share of all pairs that edist computed; 1 if a trial with some
#' rows showed that the search does not pay.
#'
#+ times
shown <- results[c("task", "peer", "runs")]
shown$peer <- paste0("`", shown$peer, "`")
shown$minimum <- format_time(results$min)
shown$median <- format_time(results$median)
shown$ratio <- sprintf("%.2f", results$ratio)
knitr::kable(shown, row.names = FALSE, align = "llrrrr")

#+ shares
computed$share <- signif(computed$share, 2)
names(computed)[3] <- "wrong answers"
knitr::kable(computed, row.names = FALSE, align = "lrl")

#' Ten times as many rows of 2 columns take `r sprintf("%.1f", grows[1])` times as
#' long as `n log n` grows, of 3 columns `r sprintf("%.1f", grows[2])` times.
