# Passes the results of edist() and of dist() to functions that take a dist, and compares
# what they return. Iterations that amplify rounding may differ; with strict = TRUE they
# must agree. Packages that are not installed are listed as missing.
# Run by `make consumers`, which installs them.
library(edist)
set.seed(1)
x <- as.matrix(scale(iris[c(1:40, 61:100), 1:4]))
x <- x + rnorm(length(x), sd = 0.01) # no ties
rownames(x) <- paste0("flower", seq_len(nrow(x)))
kinds <- iris$Species[c(1:40, 61:100)]
theirs <- dist(x)
ours <- edist(x)
exactly <- edist(x, strict = TRUE)

consumers <- list(
  "base: print" = function(d) capture.output(print(d, digits = 3)),
  "base: format" = function(d) format(d, digits = 3),
  "base: labels" = function(d) labels(d),
  "base: as.matrix" = function(d) as.matrix(d),
  "base: as.dist" = function(d) as.dist(d),
  "base: hclust, cutree" = function(d) cutree(hclust(d, "average"), 4),
  "base: cophenetic" = function(d) cophenetic(hclust(d)),
  "base: cmdscale" = function(d) abs(cmdscale(d)),
  "base: heatmap" = function(d) {
    grDevices::pdf(NULL)
    on.exit(grDevices::dev.off())
    heatmap(x, Colv = NA, distfun = function(x) d)
  },
  "cluster: pam" = function(d) cluster::pam(d, 3)$clustering,
  "cluster: agnes" = function(d) cluster::agnes(d)$order,
  "cluster: diana" = function(d) cluster::diana(d)$order,
  "cluster: fanny" = function(d) cluster::fanny(d, 2)$clustering,
  "cluster: silhouette" = function(d) cluster::silhouette(as.integer(kinds), d)[, 3],
  "fastcluster: hclust" = function(d) fastcluster::hclust(d, "ward.D2")$merge,
  "vegan: adonis2" = function(d) {
    set.seed(1)
    frame <- data.frame(kinds)
    vegan::adonis2(d ~ kinds, frame, permutations = 19)$F[1]
  },
  "vegan: metaMDS" = function(d) {
    set.seed(1)
    vegan::metaMDS(d, trace = 0, trymax = 2)$stress
  },
  "vegan: betadisper" = function(d) vegan::betadisper(d, kinds)$distances,
  "dbscan: dbscan" = function(d) dbscan::dbscan(d, 0.8)$cluster,
  "dbscan: kNN" = function(d) dbscan::kNN(d, 3)$id,
  "dbscan: hdbscan" = function(d) dbscan::hdbscan(d, 5)$cluster,
  "dbscan: optics" = function(d) dbscan::optics(d)$order,
  "Rtsne: Rtsne" = function(d) {
    set.seed(1)
    Rtsne::Rtsne(d, perplexity = 5, max_iter = 50)$Y
  },
  "MASS: isoMDS" = function(d) MASS::isoMDS(d, trace = FALSE)$stress,
  "MASS: sammon" = function(d) MASS::sammon(d, trace = FALSE)$stress,
  "ape: nj" = function(d) ape::nj(d)$edge,
  "ape: mst" = function(d) unclass(ape::mst(d))
)

failed <- 0
for (name in names(consumers)) {
  package <- sub(":.*", "", name)
  if (package != "base" && !requireNamespace(package, quietly = TRUE)) {
    cat(sprintf("missing  %s\n", name))
    next
  }
  run <- function(d) {
    out <- consumers[[name]](d)
    if (is.numeric(out) || is.list(out)) attr(out, "call") <- attr(out, "Call") <- NULL
    out
  }
  same <- function(d) {
    isTRUE(tryCatch(all.equal(run(d), run(theirs)), error = conditionMessage))
  }
  result <- if (same(ours)) "same" else if (same(exactly)) "strict" else "DIFFERS"
  if (result == "DIFFERS") failed <- failed + 1
  cat(sprintf("%-8s %s\n", result, name))
}

# Neighbours: compared with those that other packages find, and passed to them.
set.seed(5)
points <- matrix(rnorm(600 * 5), 600)
near <- edist_nearest(points, k = 7)
neighbours <- list(
  "FNN: get.knn" = function() {
    all.equal(as_neighbours(near, "FNN"), FNN::get.knn(points, 7, "brute"))
  },
  "dbscan: kNN" = function() {
    all.equal(dbscan::kNN(points, 7)$id, near$index, check.attributes = FALSE)
  },
  "dbscan: sNNclust" = function() {
    length(dbscan::sNNclust(as_neighbours(near, "dbscan"), 7, 3, 3)$cluster) == 600
  }
)
for (name in names(neighbours)) {
  here <- requireNamespace(sub(":.*", "", name), quietly = TRUE)
  result <- if (!here) "missing" else if (isTRUE(neighbours[[name]]())) "same" else
    "DIFFERS"
  if (result == "DIFFERS") failed <- failed + 1
  cat(sprintf("%-8s %s\n", result, name))
}
grDevices::pdf(NULL)
invisible(heatmap(x, distfun = edist))
cat("same     base: heatmap(x, distfun = edist)\n")
if (failed > 0) quit(status = 1)
