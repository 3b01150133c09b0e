# Graphs of neighbours: which rows an edge joins is one question, and what it
# weighs another. Matrices stay sparse throughout.

#' Graphs of neighbours
#'
#' Makes a graph of neighbours, as a sparse matrix of weights: for clusters of a
#' graph, spectral clustering, or distances along a manifold.
#'
#' @details
#' In what follows, `k` is the number of neighbours that `nearest` has for each
#' row, \eqn{N_i}{N[i]} is the set of row `i` and its neighbours, `k + 1` rows
#' if none is missing, and \eqn{d_{ij}}{d[i, j]} is a distance.
#'
#' **Edges.** `type` says which rows an edge joins:
#' * `"directed"`: an edge from each row to each of its neighbours;
#' * `"union"`: `i` and `j`, if one of them is a neighbour of the other;
#' * `"mutual"`: `i` and `j`, if each is a neighbour of the other;
#' * `"shared"`: `i` and `j`, if \eqn{N_i}{N[i]} and \eqn{N_j}{N[j]} have a row
#'   in common, the graph of shared nearest neighbours. It has every edge of
#'   `"union"`, and many more.
#'
#' **Weights.** `weight` says how far apart or how alike two rows are:
#' * `"distance"`: \eqn{d_{ij}}{d[i, j]};
#' * `"jaccard"`: \eqn{|N_i \cap N_j| / |N_i \cup N_j|}{the number of rows that
#'   N[i] and N[j] have in common, divided by the number of rows in either},
#'   from 0 to 1. Edges of a weight below `prune` are left out;
#' * `"rank"`: `k - r / 2`, where `r` is the smallest sum of the
#'   ranks that a row in both \eqn{N_i}{N[i]} and \eqn{N_j}{N[j]} has in them.
#'   A row has rank 0 in its own set. Where this is 0 the weight is 1e-6, as in
#'   package bluster, because functions for graphs want positive weights;
#' * `"gaussian"`: \eqn{\exp(-d_{ij}^2 / (\sigma_i \sigma_j))}{exp(-d[i, j]^2 /
#'   (sigma[i] * sigma[j]))}. Unless `sigma` is given, \eqn{\sigma_i}{sigma[i]}
#'   is the distance of row `i` to its seventh neighbour, or to its last if it
#'   has fewer. A distance of 0 has weight 1. Where duplicates make a scale 0,
#'   all other distances have weight 0;
#' * `"none"`: 1.
#'
#' Every `type` goes with every `weight`, with one exception: `"shared"` needs
#' `"jaccard"`, `"rank"` or `"none"`, because it joins rows whose distance is
#' not known. `"jaccard"`, `"rank"` and `"gaussian"` are larger for rows that
#' are more alike, as clustering of graphs wants it; `"distance"` is larger for
#' rows that are less alike, as shortest paths want it.
#'
#' **Names in the literature:**
#' * `type = "shared", weight = "rank"`: SNN-Cliq, and `makeSNNGraph()` of
#'   package bluster;
#' * `type = "shared", weight = "jaccard", prune = 1/15`: `FindNeighbors()` of
#'   package Seurat, but that it also stores a 1 for each row with itself. Its
#'   `k.param` counts the row, so it is `k + 1`;
#' * `type = "union", weight = "jaccard"`: PhenoGraph, which leaves the row
#'   itself out of its set;
#' * `type = "mutual", weight = "jaccard"`: Jarvis and Patrick. With `prune =
#'   s / (2 * k + 2 - s)`, the sets of two rows that an edge joins have at least
#'   `s` rows in common; the clusters are the connected components, those of
#'   `dbscan::jpclust()` with `kt = s - 1`;
#' * `weight = "gaussian"`: self-tuning spectral clustering.
#'
#' No row has an edge to itself. A distance of 0, between duplicates, is stored
#' like any other, so what is stored is an edge; `drop0()` of package Matrix
#' would drop it. If the two distances of a pair differ, as those of your own
#' function as `method` may, symmetric graphs use the smaller one.
#'
#' Of `n` rows, the time is proportional to `n * k`; with `"jaccard"` and
#' `"rank"` to `n * k^3`; and with `"shared"` to the number of times that two
#' rows have a third in common, at least `n * k^2`, and much more if some rows
#' are neighbours of very many. So is its memory.
#'
#' @section Missing values:
#' A missing neighbour is no edge, and a smaller set \eqn{N_i}{N[i]}.
#'
#' @param nearest What [edist_nearest()] returns. It must have all rows, and be
#'   made without `y`, because the neighbours of neighbours count: for all but
#'   `type = "directed"` with `weight = "distance"`, `"none"`, or `"gaussian"`
#'   and one `sigma`.
#' @param type Which rows an edge joins, see Details.
#' @param weight What an edge weighs, see Details: by default its distance, and
#'   for `type = "shared"` `"jaccard"`, where `"rank"` takes up to 127
#'   neighbours.
#' @param prune The smallest weight of an edge, from 0 to 1; for `"jaccard"`.
#' @param sigma The scale of distances for `"gaussian"`, in the unit of the
#'   distances: a positive number, one for each row, or `NULL` for local scales.
#' @return A sparse matrix of package Matrix with the names of the rows on both
#'   sides: for `"directed"` of class `"dgCMatrix"`, whose rows are the rows of
#'   `x`, and whose columns are their neighbours; for all others symmetric, of
#'   class `"dsCMatrix"`. An error if package Matrix is not installed, or if the
#'   rows that share neighbours do not fit in memory.
#' @references
#' Jarvis, R. A. and Patrick, E. A. (1973) Clustering using a similarity measure
#' based on shared near neighbors. *IEEE Transactions on Computers* **C-22**,
#' 1025-1034. \doi{10.1109/T-C.1973.223640}
#'
#' Zelnik-Manor, L. and Perona, P. (2004) Self-tuning spectral clustering.
#' *Advances in Neural Information Processing Systems* **17**, 1601-1608.
#'
#' Xu, C. and Su, Z. (2015) Identification of cell types from single-cell
#' transcriptomes using a novel clustering method. *Bioinformatics* **31**,
#' 1974-1980. \doi{10.1093/bioinformatics/btv088}
#'
#' Levine, J. H. et al. (2015) Data-driven phenotypic dissection of AML reveals
#' progenitor-like cells that correlate with prognosis. *Cell* **162**, 184-197.
#' \doi{10.1016/j.cell.2015.05.047}
#' @seealso [edist_nearest()]; [as_neighbours()] for igraph and other packages;
#'   [edist_within()] for the graph of all rows within a radius.
#' @export
#' @examples
#' near <- edist_nearest(scale(mtcars), 4, threads = 2)
#' if (requireNamespace("Matrix", quietly = TRUE)) {
#'   edist_graph(near, "mutual")[1:4, 1:4]
#' }
#'
#' # Clusters of a graph, in three lines
#' if (requireNamespace("igraph", quietly = TRUE)) {
#'   near <- edist_nearest(iris[1:4], 15, threads = 2)
#'   graph <- igraph::graph_from_adjacency_matrix(edist_graph(near, "shared"),
#'                                                "undirected", weighted = TRUE)
#'   table(igraph::membership(igraph::cluster_louvain(graph)), iris$Species)
#' }
edist_graph <- function(nearest,
                        type = c("directed", "union", "mutual", "shared"),
                        weight = c("distance", "jaccard", "rank", "gaussian",
                                   "none"),
                        prune = 0, sigma = NULL) {
  check_nearest(nearest)
  check_installed("Matrix", "A graph of neighbours")
  type <- match_name(type, c("directed", "union", "mutual", "shared"), "type")
  weight <- read_weight(weight, type)
  check_prune(prune, weight)
  check_sigma(sigma, weight, nearest)
  if (type != "directed") {
    check_alone(nearest, paste0("type = \"", type, "\""))
  } else if (weight %in% c("jaccard", "rank")) {
    check_alone(nearest, paste0("weight = \"", weight, "\""))
  } else if (weight == "gaussian" && length(sigma) != 1) {
    check_alone(nearest, "weight = \"gaussian\"")
  }
  edges <- if (type == "shared") {
    shared_pairs(nearest, weight)
  } else {
    weigh(join(neighbour_edges(nearest), type), nearest, weight, sigma)
  }
  if (prune > 0) edges <- edges_at(edges, edges$weight >= prune)
  methods::new(
    if (type == "directed") "dgCMatrix" else "dsCMatrix", i = edges$i - 1L,
    p = c(0L, cumsum(tabulate(edges$j, nearest$base))), x = edges$weight,
    Dim = c(nrow(nearest), as.integer(nearest$base)),
    Dimnames = list(rownames(nearest$index), nearest$labels)
  )
}

read_weight <- function(weight, type) {
  all <- c("distance", "jaccard", "rank", "gaussian", "none")
  if (type != "shared") return(match_name(weight, all, "weight"))
  if (identical(weight, all)) return("jaccard")
  weight <- match_name(weight, all, "weight")
  if (weight %in% c("distance", "gaussian")) {
    abort("{.arg weight} must be {.val jaccard}, {.val rank} or {.val none} for
      {.code type = \"shared\"}, not {.val {weight}}: rows that share neighbours
      need not be neighbours, so their distance is not known.")
  }
  weight
}

check_prune <- function(prune, weight) {
  if (!is_number(prune) || prune < 0 || prune > 1) {
    was <- describe(prune)
    abort("{.arg prune} must be a number from 0 to 1, not {was}.")
  }
  if (prune > 0 && weight != "jaccard") {
    refuse_argument("prune", paste0("with {.code weight = \"", weight, "\"}"))
  }
}

check_sigma <- function(sigma, weight, nearest) {
  if (is.null(sigma)) return(invisible())
  if (weight != "gaussian") {
    refuse_argument("sigma", paste0("with {.code weight = \"", weight, "\"}"))
  }
  rows <- nrow(nearest)
  good <- is.numeric(sigma) && is.null(dim(sigma)) && !anyNA(sigma) &&
    all(sigma > 0) && length(sigma) %in% c(1, rows)
  if (!good) {
    bad <- if (is.numeric(sigma) && length(sigma) %in% c(1, rows)) {
      sigma[is.na(sigma) | sigma <= 0][1]
    } else {
      sigma
    }
    was <- describe(bad)
    abort("{.arg sigma} must be a positive number, or one for each of the {rows}
      row{?s} of {.arg nearest}, not {was}.")
  }
  check_order(names(sigma), rownames(nearest$index), "sigma", "row", "nearest",
              "sigma[rownames(nearest$index)]")
}

# ---- Which rows an edge joins -------------------------------------------

# Edges are a list of i, j and their values, in the order of sparse matrices:
# by j, then by i.
edges_at <- function(edges, which) lapply(edges, function(part) part[which])

neighbour_edges <- function(nearest) {
  there <- !is.na(nearest$index)
  in_order(list(i = row(nearest$index)[there], j = nearest$index[there],
                distance = nearest$distance[there]))
}

in_order <- function(edges) {
  edges_at(edges, order(edges$j, edges$i, edges$distance))
}

# A symmetric graph has each pair once, with i < j.
join <- function(edges, type) {
  if (type == "directed") return(edges)
  edges <- in_order(list(i = pmin(edges$i, edges$j), j = pmax(edges$i, edges$j),
                         distance = edges$distance))
  m <- length(edges$i)
  again <- edges$i[-1] == edges$i[-m] & edges$j[-1] == edges$j[-m]
  first <- c(TRUE, !again)[seq_len(m)]
  edges_at(edges, if (type == "union") first else which(again))
}

# ---- What an edge weighs ------------------------------------------------

weigh <- function(edges, nearest, weight, sigma) {
  edges$weight <- switch(weight,
    distance = edges$distance,
    none = rep(1, length(edges$i)),
    gaussian = gaussian_weight(edges, nearest, sigma),
    likeness(edges, nearest, weight, compare_sets(edges, nearest))
  )
  edges
}

gaussian_weight <- function(edges, nearest, sigma) {
  if (is.null(sigma)) sigma <- local_scale(nearest$distance)
  if (length(sigma) == 1) sigma <- rep(sigma, max(nrow(nearest), nearest$base))
  # Not d^2 / (s * s), which may overflow.
  d <- edges$distance
  out <- exp(-(d / sigma[edges$i]) * (d / sigma[edges$j]))
  out[is.na(out)] <- 0 # both d and a scale are infinite, or a scale is 0
  out[d == 0] <- 1
  out
}

local_scale <- function(distance) {
  rank <- pmin(7, rowSums(!is.na(distance)))
  cbind(NA, distance)[cbind(seq_along(rank), rank + 1)]
}

# `found` has what the sets of two rows have in common: the number of rows, or
# the smallest sum of their ranks.
likeness <- function(edges, nearest, weight, found) {
  if (weight == "rank") return(pmax(ncol(nearest) - found$sum / 2, 1e-6))
  size <- 1 + rowSums(!is.na(nearest$index))
  found$number / (size[edges$i] + size[edges$j] - found$number)
}

# Each row is the first of its set, then its neighbours come.
sets_of <- function(nearest) {
  cbind(seq_len(nrow(nearest)), nearest$index, deparse.level = 0)
}

# For pairs that are given, some thousands at a time: memory stays small.
compare_sets <- function(edges, nearest) {
  sets <- sets_of(nearest)
  ranks <- seq_len(ncol(sets)) - 1
  number <- sum <- rep(0, length(edges$i))
  all <- seq_along(number)
  for (part in split(all, (all - 1) %/% 2^16)) {
    mine <- sets[edges$i[part], , drop = FALSE]
    theirs <- sets[edges$j[part], , drop = FALSE]
    theirs[is.na(theirs)] <- 0L
    mine[is.na(mine)] <- -1L
    least <- rep(Inf, length(part))
    for (rank in ranks) {
      # A member of one set is at most once in the other: 0, or its place.
      place <- drop((theirs == mine[, rank + 1]) %*% (ranks + 1))
      number[part] <- number[part] + (place > 0)
      place[place == 0] <- Inf
      least <- pmin(least, rank + place - 1)
    }
    sum[part] <- least
  }
  list(number = number, sum = sum)
}

# ---- Rows that share neighbours -----------------------------------------

# All pairs of rows whose sets have a row in common, by one product of sparse
# matrices.
shared_pairs <- function(nearest, weight) {
  if (weight == "rank") check_ranks(ncol(nearest))
  sets <- sets_of(nearest)
  there <- !is.na(sets)
  check_shared(sets[there], nrow(sets))
  value <- if (weight == "rank") rank_value(col(sets)[there] - 1) else 1
  sets <- Matrix::sparseMatrix(row(sets)[there], sets[there], x = value,
                               dims = c(nrow(sets), nrow(sets)))
  common <- Matrix::triu(Matrix::tcrossprod(sets), 1)
  edges <- list(i = common@i + 1L,
                j = rep(seq_len(nrow(sets)), diff(common@p)))
  edges$weight <- switch(weight,
    none = rep(1, length(common@x)),
    jaccard = likeness(edges, nearest, weight, list(number = common@x)),
    rank = likeness(edges, nearest, weight, list(sum = sum_of_ranks(common@x)))
  )
  edges
}

check_shared <- function(members, n) {
  times <- sum(as.double(tabulate(members, n))^2) / 2
  check_fits(2 * times, "the pairs of rows that share neighbours",
             c("edist_graph(nearest, \"union\")" = 2 * length(members)))
}

# The smallest sum of two ranks comes out of a sum of products: ranks are
# exponents, and of at most 128 terms the largest decides, because the next rank
# is 256 times smaller. Nothing leaves the range of a double.
rank_value <- function(rank) 2^(507 - 8 * rank)

# The largest term is at least a 128th of the sum, which is seven eighths of a
# rank. A sixteenth keeps rounding at bay.
sum_of_ranks <- function(x) ceiling((2 * 507 - log2(x)) / 8 - 1 / 16)

check_ranks <- function(k) {
  if (k <= 127) return(invisible())
  abort("{.arg nearest} must have at most 127 neighbours of each row for
    {.code weight = \"rank\"} and {.code type = \"shared\"}, not {k}: use
    {.code nearest[, 1:127]}.")
}
