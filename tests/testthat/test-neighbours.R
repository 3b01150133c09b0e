near <- edist_nearest(scale(mtcars), k = 6)
holes <- edist_nearest(c(1, NA, 2), k = 1)
across <- edist_nearest(faithful[1:9, ], 2, faithful[100:120, ])

test_that("lists are those of FNN, RANN and BiocNeighbors", {
  expect_identical(as_neighbours(near), as_neighbours(near, "FNN"))
  expect_identical(as_neighbours(near, "FNN"),
                   list(nn.index = unname(near$index), nn.dist = unname(near$distance)))
  expect_identical(as_neighbours(near, "RANN"),
                   list(nn.idx = unname(near$index), nn.dists = unname(near$distance)))
  expect_identical(as_neighbours(near, "BiocNeighbors"),
                   list(index = unname(near$index), distance = unname(near$distance)))
  expect_identical(c(as_neighbours(holes, "RANN")$nn.idx), c(3L, 0L, 1L))
  expect_identical(c(as_neighbours(holes, "FNN")$nn.index), c(3L, NA, 1L))
})

test_that("a kNN of dbscan has what its functions read", {
  kept <- as_neighbours(near, "dbscan")
  expect_s3_class(kept, c("kNN", "NN"), exact = TRUE)
  expect_identical(kept[c("k", "sort", "metric")],
                   list(k = 6L, sort = TRUE, metric = "euclidean"))
  expect_identical(dimnames(kept$id), list(rownames(mtcars), as.character(1:6)))
  expect_identical(unname(kept$dist), unname(near$distance))
})

test_that("for uwot, a row comes first among its own neighbours, but not with y", {
  own <- as_neighbours(near, "uwot")
  expect_identical(names(own), c("idx", "dist"))
  expect_identical(unname(own$idx), cbind(1:32, unname(near$index)))
  expect_identical(unname(own$dist), cbind(0, unname(near$distance)))
  expect_identical(rownames(own$idx), rownames(mtcars))
  expect_identical(as_neighbours(across, "uwot"),
                   list(idx = across$index, dist = across$distance))
})

test_that("an nb of spdep is sorted, knows its names and its distances", {
  nb <- as_neighbours(near, "spdep")
  expect_s3_class(nb, "nb", exact = TRUE)
  expect_identical(attr(nb, "region.id"), rownames(mtcars))
  expect_identical(attributes(nb)[c("sym", "type", "knn-k")],
                   list(sym = FALSE, type = "knn", "knn-k" = 6L))
  for (i in c(1, 17, 32)) {
    by_row <- order(near$index[i, ])
    expect_identical(nb[[i]], unname(near$index[i, by_row]))
    expect_identical(attr(nb, "distance")[[i]], unname(near$distance[i, by_row]))
  }
  lonely <- as_neighbours(holes, "spdep")
  expect_identical(unclass(lonely)[1:3], list(3L, 0L, 1L))
  expect_identical(unclass(attr(lonely, "distance")), list(1, NULL, 1))
  expect_identical(attr(lonely, "region.id"), as.character(1:3))
})

test_that("a graph of igraph has distances as weights, zeros, too", {
  skip_if_not_installed("igraph")
  graph <- as_neighbours(near, "igraph")
  expect_true(igraph::is_directed(graph))
  edges <- igraph::as_data_frame(graph)
  edges <- edges[order(match(edges$from, rownames(mtcars)), edges$weight), ]
  expect_identical(edges$to, as.data.frame(near)$to)
  expect_identical(edges$weight, as.data.frame(near)$distance)
  twins <- as_neighbours(edist_nearest(c(5, 5, 7), 1), "igraph")
  expect_identical(sort(igraph::E(twins)$weight), c(0, 0, 2))
  expect_null(igraph::V(twins)$name)
  expect_equal(igraph::vcount(as_neighbours(holes, "igraph")), 3)
})

test_that("the shortest paths of a graph are sums of distances", {
  skip_if_not_installed("igraph")
  x <- c(0, 1, 3, 7, 20)
  graph <- as_neighbours(edist_nearest(x, 2), "igraph")
  # 20 is not among the two nearest of any other.
  expect_equal(igraph::distances(graph, mode = "out")[5, ], 20 - x)
  expect_equal(igraph::distances(graph, mode = "out")[1:4, 5], rep(Inf, 4))
})

test_that("the clusters of a graph are found", {
  skip_if_not_installed("igraph")
  skip_if_not_installed("Matrix")
  x <- seeded(1, rbind(matrix(stats::rnorm(60), 30), matrix(stats::rnorm(60, 9), 30)))
  near <- edist_nearest(x, 5)
  for (type in c("union", "mutual", "shared")) {
    graph <- igraph::graph_from_adjacency_matrix(edist_graph(near, type, "jaccard"),
                                                 "undirected", weighted = TRUE)
    found <- igraph::components(graph)$membership
    # No edge leaves one of the two groups.
    expect_length(intersect(found[1:30], found[31:60]), 0)
  }
})

test_that("a Neighbor of Seurat has the row first, and names", {
  skip_if_not_installed("SeuratObject")
  neighbor <- as_neighbours(near, "Seurat")
  expect_true(methods::validObject(neighbor))
  expect_identical(neighbor@nn.idx, cbind(1:32, unname(near$index)))
  expect_identical(neighbor@nn.dist, cbind(0, unname(near$distance)))
  expect_identical(neighbor@cell.names, rownames(mtcars))
  expect_identical(as_neighbours(edist_nearest(1:3, 1), "Seurat")@cell.names,
                   as.character(1:3))
})

test_that("what a form cannot hold is refused", {
  twice <- edist_nearest(cbind(c(a = 1, b = 2, a = 4)), 1)
  expect_errors(
    as_neighbours(1),
    as_neighbours(near, "scipy"),
    as_neighbours(holes, "dbscan"),
    as_neighbours(holes, "uwot"),
    as_neighbours(holes, "BiocNeighbors"),
    as_neighbours(holes, "Seurat"),
    as_neighbours(across, "igraph"),
    as_neighbours(across, "spdep"),
    as_neighbours(near[1:3, ], "spdep"),
    as_neighbours(twice, "spdep"),
    kind = "argument"
  )
})
