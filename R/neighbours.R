# Neighbours in the form of other packages: each function here knows one form.

#' Neighbours in the form of other packages
#'
#' Gives neighbours in the form that functions of other packages take.
#'
#' @details
#' * `"FNN"`: what `FNN::get.knn()` gives, a list of `nn.index` and `nn.dist`.
#' * `"RANN"`: what `RANN::nn2()` gives, a list of `nn.idx` and `nn.dists`,
#'   where 0 stands for a missing neighbour.
#' * `"dbscan"`: what `dbscan::kNN()` gives.
#' * `"igraph"`: a directed graph with an edge from each row to each of its
#'   neighbours, and distances as `weight`, as functions for paths take them.
#'   Those for clusters take the graphs of [edist_graph()].
#' * `"uwot"`: a list of `idx` and `dist`. Each row is its own first neighbour,
#'   as uwot wants it, so there is a column more.
#' * `"BiocNeighbors"`: what `BiocNeighbors::findKNN()` gives, a list of `index`
#'   and `distance`.
#' * `"spdep"`: an object of class `"nb"`, as `spdep::knn2nb()` gives, whose
#'   `region.id` are the names of the rows. Neighbours are sorted by their row
#'   numbers. The attribute `distance` is a list of their distances in the same
#'   order, as `spdep::nbdists()` gives, for weights that depend on them.
#' * `"Seurat"`: a `Neighbor` of package SeuratObject. Each row is its own first
#'   neighbour, as in Seurat, and names of rows are names of cells.
#'
#' With `y`, neighbours are rows of `y`, and no row is its own neighbour:
#' `"uwot"` is then for `uwot::umap_transform()`, and `"BiocNeighbors"` what
#' `BiocNeighbors::queryKNN()` gives. `"igraph"` and `"spdep"` have no such
#' form.
#'
#' @section In other packages:
#' These lines work as they stand. `x` is a matrix, `seurat` a Seurat object
#' whose cells are the rows of `x`, and `near` is `edist_nearest(x, 15)`:
#'
#' ```r
#' dbscan::sNNclust(as_neighbours(near, "dbscan"), k = 15, eps = 7, minPts = 9)
#' igraph::distances(as_neighbours(near, "igraph"), mode = "out")
#' uwot::umap(x, nn_method = as_neighbours(near, "uwot"))
#' bluster::neighborsToSNNGraph(as_neighbours(near, "BiocNeighbors")$index)
#'
#' nb <- as_neighbours(near, "spdep")
#' spdep::moran.test(x[, 1], spdep::nb2listw(nb))
#' closer <- lapply(attr(nb, "distance"), function(d) 1 / d)
#' spdep::moran.test(x[, 1], spdep::nb2listw(nb, closer))
#'
#' seurat[["near"]] <- as_neighbours(near, "Seurat")
#' Seurat::RunUMAP(seurat, nn.name = "near")
#' shared <- SeuratObject::as.Graph(edist_graph(near, "shared", prune = 1 / 15))
#' Seurat::FindClusters(shared)
#' ```
#'
#' @section Missing values:
#' `"FNN"`, `"RANN"`, `"igraph"` and `"spdep"` can tell a missing neighbour. For
#' the others it is an error, because packages that take their form do not
#' expect it; some end the session of R.
#'
#' @param nearest What [edist_nearest()] returns.
#' @param like The package whose form you want, see Details.
#' @return An object whose form `like` decides. An error if the form cannot hold
#'   `nearest`, or needs a package that is not installed.
#' @seealso [edist_nearest()], [edist_graph()]
#' @export
#' @examples
#' near <- edist_nearest(scale(mtcars), 3, threads = 2)
#' str(as_neighbours(near, "FNN"))
#'
#' # How far it is from car to car
#' if (requireNamespace("igraph", quietly = TRUE)) {
#'   graph <- as_neighbours(near, "igraph")
#'   igraph::distances(graph, "Fiat 128", c("Honda Civic", "Valiant"), "all")
#' }
as_neighbours <- function(nearest,
                          like = c("FNN", "RANN", "dbscan", "igraph", "uwot",
                                   "BiocNeighbors", "spdep", "Seurat")) {
  check_nearest(nearest)
  like <- match_name(like, names(neighbours_like), "like")
  give <- neighbours_like[[like]]
  give(nearest)
}

neighbours_like <- list(
  FNN = function(nearest) {
    list(nn.index = unname(nearest$index), nn.dist = unname(nearest$distance))
  },
  RANN = function(nearest) {
    index <- unname(nearest$index)
    index[is.na(index)] <- 0L
    list(nn.idx = index, nn.dists = unname(nearest$distance))
  },
  dbscan = function(nearest) {
    check_complete(nearest, "dbscan")
    k <- ncol(nearest)
    ranked <- function(part) {
      colnames(part) <- seq_len(k)
      part
    }
    structure(class = c("kNN", "NN"), list(
      dist = ranked(nearest$distance), id = ranked(nearest$index), k = k,
      sort = TRUE, metric = nearest$method
    ))
  },
  igraph = function(nearest) {
    check_alone(nearest, "like = \"igraph\"")
    check_installed("igraph", "{.code like = \"igraph\"}")
    edges <- neighbour_edges(nearest)
    graph <- igraph::make_graph(c(rbind(edges$i, edges$j)), nrow(nearest))
    graph <- igraph::set_edge_attr(graph, "weight", value = edges$distance)
    names <- rownames(nearest$index)
    if (is.null(names)) return(graph)
    igraph::set_vertex_attr(graph, "name", value = names)
  },
  uwot = function(nearest) {
    check_complete(nearest, "uwot")
    found <- with_self(nearest)
    list(idx = found$index, dist = found$distance)
  },
  BiocNeighbors = function(nearest) {
    check_complete(nearest, "BiocNeighbors")
    list(index = unname(nearest$index), distance = unname(nearest$distance))
  },
  spdep = function(nearest) as_nb(nearest),
  Seurat = function(nearest) {
    check_complete(nearest, "Seurat")
    check_installed("SeuratObject", "{.code like = \"Seurat\"}")
    found <- with_self(nearest)
    class <- methods::getClass("Neighbor", where = asNamespace("SeuratObject"))
    methods::new(class, nn.idx = unname(found$index),
                 nn.dist = unname(found$distance),
                 cell.names = names_or_numbers(nearest))
  }
)

names_or_numbers <- function(nearest) {
  names <- rownames(nearest$index)
  if (is.null(names)) as.character(seq_len(nrow(nearest))) else names
}

# Some packages count a row among its own neighbours.
with_self <- function(nearest) {
  if (!isTRUE(nearest$alone)) return(nearest[c("index", "distance")])
  list(index = cbind(seq_len(nrow(nearest)), nearest$index, deparse.level = 0),
       distance = cbind(0, nearest$distance, deparse.level = 0))
}

as_nb <- function(nearest) {
  check_alone(nearest, "like = \"spdep\"")
  names <- names_or_numbers(nearest)
  twice <- names[duplicated(names)][1]
  if (!is.na(twice)) {
    abort("{.arg nearest} must have different row names for
      {.code like = \"spdep\"}, but {.val {twice}} occurs twice.")
  }
  edges <- neighbour_edges(nearest)
  edges <- edges_at(edges, order(edges$i, edges$j))
  rows <- factor(edges$i, seq_len(nrow(nearest)))
  index <- unname(split(edges$j, rows))
  distance <- unname(split(edges$distance, rows))
  lonely <- lengths(index) == 0
  index[lonely] <- list(0L)
  distance[lonely] <- list(NULL)
  structure(index, class = "nb", region.id = names,
            call = quote(edist_nearest()), sym = FALSE, type = "knn",
            "knn-k" = ncol(nearest),
            distance = structure(distance, class = "nbdist"))
}

# Packages that index memory by what they are given do not look for NA.
check_complete <- function(nearest, like) {
  row <- which(rowSums(is.na(nearest$index)) > 0)[1]
  if (is.na(row)) return(invisible())
  found <- sum(!is.na(nearest$index[row, ]))
  abort("{.arg nearest} must have no missing neighbours for
    {.code like = \"{like}\"}, but row {row} has only {found} of
    {ncol(nearest)}: leave out rows without distances.")
}
