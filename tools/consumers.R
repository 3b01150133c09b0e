# Passes the results of edist() and of dist() to functions that take a dist, and compares
# what they return. Iterations that amplify rounding may differ; with strict = TRUE they
# must agree. Then passes neighbours and graphs to packages that take them, and compares
# with what these packages find by themselves. Packages that are not installed are listed
# as missing.
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
# The names of `packages` come before a colon, separated by blanks.
report <- function(name, result) {
  packages <- setdiff(strsplit(sub(":.*", "", name), " ")[[1]], "base")
  here <- vapply(packages, requireNamespace, NA, quietly = TRUE)
  outcome <- if (all(here)) result() else "missing"
  if (outcome == "DIFFERS") failed <<- failed + 1
  cat(sprintf("%-8s %s\n", outcome, name))
}

for (name in names(consumers)) {
  run <- function(d) {
    out <- consumers[[name]](d)
    if (is.numeric(out) || is.list(out)) attr(out, "call") <- attr(out, "Call") <- NULL
    out
  }
  same <- function(d) {
    isTRUE(tryCatch(all.equal(run(d), run(theirs)), error = conditionMessage))
  }
  report(name, function() {
    if (same(ours)) "same" else if (same(exactly)) "strict" else "DIFFERS"
  })
}

# Neighbours and graphs: three groups of points, without ties.
set.seed(5)
x <- matrix(rnorm(600 * 5), 600) + 4 * rep(1:3, each = 200)
rownames(x) <- paste0("cell", seq_len(600))
near <- edist_nearest(x, 15)

undirected <- function(graph) {
  igraph::graph_from_adjacency_matrix(graph, "undirected", weighted = TRUE)
}
same_groups <- function(a, b) {
  groups <- unique(cbind(as.integer(a), as.integer(b)))
  !anyDuplicated(groups[, 1]) && !anyDuplicated(groups[, 2])
}
# The weights of a graph of igraph; it may name an edge twice.
weights_of <- function(graph) {
  graph <- igraph::simplify(graph, edge.attr.comb = "first")
  igraph::as_adjacency_matrix(graph, attr = "weight", names = FALSE)
}
quietly <- function(expr) {
  utils::capture.output(out <- suppressWarnings(suppressMessages(expr)))
  out
}
seurat_object <- function() {
  names <- list(paste0("gene", 1:20), rownames(x))
  counts <- matrix(rpois(600 * 20, 3), 20, dimnames = names)
  quietly(Seurat::CreateSeuratObject(Matrix::Matrix(counts, sparse = TRUE)))
}
seurat_neighbours <- function(...) {
  quietly(Seurat::FindNeighbors(x, k.param = 16, nn.method = "rann", ...))
}
umap <- function(object, neighbours) {
  object[["near"]] <- neighbours
  quietly(Seurat::Embeddings(Seurat::RunUMAP(object, nn.name = "near", verbose = FALSE),
                             "umap"))
}

neighbours <- list(
  "FNN: get.knn" = function() {
    all.equal(as_neighbours(near, "FNN"), FNN::get.knn(x, 15, "brute"))
  },
  "RANN: nn2" = function() {
    y <- edist_nearest(x, 15, x)
    all.equal(as_neighbours(y, "RANN"), RANN::nn2(x, x, 15))
  },
  "dbscan: kNN" = function() {
    all.equal(dbscan::kNN(x, 15)[c("dist", "id", "k", "sort")],
              unclass(as_neighbours(near, "dbscan"))[c("dist", "id", "k", "sort")])
  },
  "dbscan: sNNclust" = function() {
    all.equal(dbscan::sNNclust(as_neighbours(near, "dbscan"), 15, 7, 9),
              dbscan::sNNclust(x, 15, 7, 9))
  },
  "dbscan igraph: jpclust, components of a graph" = function() {
    for (kt in c(3, 7, 10)) {
      theirs <- dbscan::jpclust(as_neighbours(near, "dbscan"), 15, kt)$cluster
      if (!same_groups(dbscan::jpclust(x, 15, kt)$cluster, theirs)) return(FALSE)
      s <- kt + 1
      graph <- undirected(edist_graph(near, "mutual", "jaccard", s / (2 * 15 + 2 - s)))
      if (!same_groups(igraph::components(graph)$membership, theirs)) return(FALSE)
    }
    TRUE
  },
  "igraph: distances" = function() {
    weights <- as.matrix(as.matrix(near))
    theirs <- igraph::graph_from_adjacency_matrix(weights, weighted = TRUE)
    all.equal(igraph::distances(as_neighbours(near, "igraph"), mode = "out"),
              igraph::distances(theirs, mode = "out"))
  },
  "igraph: cluster_louvain, cluster_leiden" = function() {
    groups <- rep(1:3, each = 200)
    graph <- undirected(edist_graph(near, "shared"))
    leiden <- igraph::cluster_leiden(graph, "modularity", resolution_parameter = 0.3)
    same_groups(igraph::membership(igraph::cluster_louvain(graph)), groups) &&
      same_groups(igraph::membership(leiden), groups)
  },
  "bluster igraph: neighborsToSNNGraph, cluster_walktrap" = function() {
    index <- as_neighbours(near, "BiocNeighbors")$index
    for (weight in c("rank", "jaccard")) {
      ours <- undirected(edist_graph(near, "shared", weight))
      theirs <- bluster::neighborsToSNNGraph(index, weight)
      if (!identical(weights_of(ours), weights_of(theirs))) return(FALSE)
      groups <- function(graph) igraph::membership(igraph::cluster_walktrap(graph))
      if (!same_groups(groups(ours), groups(theirs))) return(FALSE)
    }
    TRUE
  },
  "BiocNeighbors: findKNN" = function() {
    all.equal(as_neighbours(near, "BiocNeighbors"), BiocNeighbors::findKNN(x, 15))
  },
  "BiocNeighbors: queryKNN" = function() {
    all.equal(as_neighbours(edist_nearest(x[1:9, ], 4, x[-(1:9), ]), "BiocNeighbors"),
              BiocNeighbors::queryKNN(x[-(1:9), ], x[1:9, ], 4))
  },
  "uwot: umap" = function() {
    draw <- function(...) {
      set.seed(1)
      uwot::umap(x, ..., n_epochs = 50, n_threads = 1, n_sgd_threads = 1)
    }
    all.equal(draw(nn_method = as_neighbours(near, "uwot")),
              draw(nn_method = "fnn", n_neighbors = 16))
  },
  "uwot: umap_transform" = function() {
    set.seed(1)
    model <- uwot::umap(x, n_epochs = 50, n_threads = 1, ret_model = TRUE)
    draw <- function(x, ...) {
      set.seed(1)
      uwot::umap_transform(x, model, ..., n_threads = 1, n_sgd_threads = 1)
    }
    new <- x[1:50, ] + 0.1
    ours <- draw(NULL, nn_method = as_neighbours(edist_nearest(new, 15, x), "uwot"))
    all(dim(ours) == c(50, 2)) && cor(c(ours), c(draw(new))) > 0.99
  },
  "spdep: knn2nb, nbdists" = function() {
    nb <- as_neighbours(edist_nearest(x[, 1:2], 7), "spdep")
    theirs <- spdep::knn2nb(spdep::knearneigh(x[, 1:2], 7), rownames(x))
    distance <- attr(nb, "distance")
    attr(nb, "distance") <- attr(nb, "call") <- attr(theirs, "call") <- NULL
    isTRUE(all.equal(nb, theirs)) &&
      all.equal(distance, spdep::nbdists(theirs, x[, 1:2]), check.attributes = FALSE)
  },
  "spdep: nb2listw, moran.test" = function() {
    moran <- function(nb) spdep::moran.test(x[, 3], spdep::nb2listw(nb))
    all.equal(moran(as_neighbours(edist_nearest(x[, 1:2], 7), "spdep"))$statistic,
              moran(spdep::knn2nb(spdep::knearneigh(x[, 1:2], 7)))$statistic)
  },
  "Seurat: FindNeighbors" = function() {
    all.equal(as_neighbours(near, "Seurat"), seurat_neighbours(return.neighbor = TRUE))
  },
  "Seurat: FindNeighbors, its graph" = function() {
    theirs <- as.matrix(seurat_neighbours()$snn)
    diag(theirs) <- 0
    identical(as.matrix(edist_graph(near, "shared", prune = 1 / 15)), theirs)
  },
  "Seurat: FindClusters" = function() {
    clusters <- function(graph) {
      quietly(Seurat::FindClusters(SeuratObject::as.Graph(graph), verbose = FALSE))[[1]]
    }
    same_groups(clusters(edist_graph(near, "shared", prune = 1 / 15)),
                clusters(seurat_neighbours()$snn))
  },
  "Seurat: RunUMAP" = function() {
    object <- seurat_object()
    all.equal(umap(object, as_neighbours(near, "Seurat")),
              umap(object, seurat_neighbours(return.neighbor = TRUE)))
  }
)
holds <- function(check) {
  isTRUE(tryCatch(check(), error = function(e) {
    cat(conditionMessage(e), "\n")
    FALSE
  }))
}
for (name in names(neighbours)) {
  report(name, function() if (holds(neighbours[[name]])) "same" else "DIFFERS")
}

# The lines of the help of as_neighbours() work as they stand.
code_in <- function(rd) {
  if (identical(attr(rd, "Rd_tag"), "\\preformatted")) return(unlist(rd))
  if (is.list(rd)) unlist(lapply(rd, code_in))
}
lines <- parse(text = code_in(tools::parse_Rd("man/as_neighbours.Rd")))
help <- new.env()
help$x <- x
help$near <- near
if (requireNamespace("Seurat", quietly = TRUE)) help$seurat <- seurat_object()
for (line in as.list(lines)) {
  text <- paste(trimws(deparse(line)), collapse = " ")
  used <- unique(sub("::", "", regmatches(text, gregexpr("[[:alnum:]]+::", text))[[1]]))
  if (grepl("seurat|\"Seurat\"", text)) used <- union(used, "Seurat")
  if (length(used) == 0) used <- "base"
  report(paste0(paste(used, collapse = " "), ": ", text), function() {
    if (holds(function() {
      quietly(eval(line, help))
      TRUE
    })) "works" else "DIFFERS"
  })
}

grDevices::pdf(NULL)
invisible(heatmap(x, distfun = edist))
cat("same     base: heatmap(x, distfun = edist)\n")
if (failed > 0) quit(status = 1)
