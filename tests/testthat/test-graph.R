skip_if_not_installed("Matrix")

# Independent definitions, pair by pair: the weight of each edge, NA where there is none.
naive_graph <- function(near, type, weight, prune = 0, sigma = NULL) {
  n <- nrow(near)
  k <- ncol(near)
  neighbours <- function(i) near$index[i, !is.na(near$index[i, ])]
  set <- function(i) c(i, neighbours(i))
  distance <- function(i, j) {
    c(near$distance[i, which(near$index[i, ] == j)],
      near$distance[j, which(near$index[j, ] == i)])[1]
  }
  scale <- function(i) {
    if (!is.null(sigma)) return(rep_len(sigma, n)[i])
    there <- near$distance[i, !is.na(near$distance[i, ])]
    there[min(7, length(there))]
  }
  weigh <- list(
    distance = distance,
    none = function(i, j) 1,
    jaccard = function(i, j) {
      length(intersect(set(i), set(j))) / length(union(set(i), set(j)))
    },
    rank = function(i, j) {
      sums <- vapply(intersect(set(i), set(j)), function(v) {
        (which(set(i) == v) - 1) + (which(set(j) == v) - 1)
      }, 0)
      max(k - min(sums) / 2, 1e-6)
    },
    gaussian = function(i, j) {
      d <- distance(i, j)
      if (d == 0) 1 else exp(-d^2 / (scale(i) * scale(j)))
    }
  )[[weight]]
  out <- matrix(NA_real_, n, n, dimnames = list(rownames(near$index), near$labels))
  for (i in seq_len(n)) {
    for (j in seq_len(n)[-i]) {
      joined <- switch(type,
        directed = j %in% neighbours(i),
        union = j %in% neighbours(i) || i %in% neighbours(j),
        mutual = j %in% neighbours(i) && i %in% neighbours(j),
        shared = length(intersect(set(i), set(j))) > 0
      )
      if (joined) out[i, j] <- weigh(i, j)
    }
  }
  out[!is.na(out) & out < prune] <- NA
  out
}

# Zeros that are stored count as edges.
stored <- function(graph) {
  edges <- methods::as(methods::as(graph, "generalMatrix"), "TsparseMatrix")
  out <- matrix(NA_real_, nrow(graph), ncol(graph), dimnames = dimnames(graph))
  out[cbind(edges@i, edges@j) + 1] <- edges@x
  out
}

types <- c("directed", "union", "mutual", "shared")
weights <- c("distance", "jaccard", "rank", "gaussian", "none")
makes_sense <- function(type, weight) {
  type != "shared" || weight %in% c("jaccard", "rank", "none")
}

expect_graph <- function(near, type, weight, ...) {
  info <- paste(type, weight, nrow(near), ncol(near))
  graph <- edist_graph(near, type, weight, ...)
  expect_s4_class(graph, if (type == "directed") "dgCMatrix" else "dsCMatrix")
  expect_true(methods::validObject(graph), info = info)
  expect_equal(stored(graph), naive_graph(near, type, weight, ...), info = info,
               tolerance = 1e-14)
}

test_that("graphs are those of the definitions", {
  data <- seeded(1, list(
    plain = matrix(stats::rnorm(40 * 3), 40, dimnames = list(paste0("r", 1:40), NULL)),
    tied = tied(30, 2),
    holes = tied(30, 2, 300),
    duplicates = rbind(matrix(1, 12, 2), matrix(sample(3, 20, TRUE), 10)),
    pair = matrix(1:2)
  ))
  for (x in data) {
    for (k in intersect(c(1, 4, 9, 21), seq_len(nrow(x) - 1))) {
      near <- edist_nearest(x, k)
      for (type in types) {
        for (weight in Filter(function(w) makes_sense(type, w), weights)) {
          expect_graph(near, type, weight)
        }
      }
    }
  }
  expect_true(anyNA(edist_nearest(data$holes, 21)$index))
})

test_that("prune and sigma do what they say", {
  x <- seeded(2, matrix(stats::rnorm(60), 30))
  rownames(x) <- paste0("r", 1:30)
  near <- edist_nearest(x, 5)
  for (type in types) {
    for (prune in c(1 / 15, 0.5, 1)) expect_graph(near, type, "jaccard", prune = prune)
  }
  for (type in setdiff(types, "shared")) {
    expect_graph(near, type, "gaussian", sigma = 0.3)
    expect_graph(near, type, "gaussian", sigma = seeded(3, stats::runif(30)))
  }
})

test_that("defaults are distances, and Jaccard for shared neighbours", {
  near <- edist_nearest(faithful, 3)
  expect_identical(edist_graph(near), as.matrix(near))
  expect_identical(edist_graph(near, "directed", "distance"), as.matrix(near))
  expect_identical(edist_graph(near, "shared"), edist_graph(near, "shared", "jaccard"))
})

test_that("with y, a directed graph has a column for each of its rows", {
  near <- edist_nearest(rbind(a = 2, b = 7.5), 1, cbind(c(u = 1, v = 7, w = 9)))
  graph <- edist_graph(near)
  expect_identical(as.matrix(graph), rbind(a = c(u = 1, v = 0, w = 0), b = c(0, 0.5, 0)))
  expect_identical(edist_graph(near, weight = "none")@x, c(1, 1))
  expect_equal(edist_graph(near, weight = "gaussian", sigma = 2)@x,
               exp(-c(1, 0.5)^2 / 4))
  one <- edist_graph(edist_nearest(5, 1, 3))
  expect_identical(as.matrix(one), matrix(2))
})

test_that("graphs may have no edges", {
  lonely <- edist_nearest(matrix(NA_real_, 3, 2), 2)
  none <- edist_nearest(faithful, 2)[, 0]
  for (type in types) {
    for (weight in Filter(function(w) makes_sense(type, w), weights)) {
      expect_identical(edist_graph(lonely, type, weight)@x, numeric())
      expect_identical(dim(edist_graph(none, type, weight)), c(272L, 272L))
    }
  }
  expect_identical(dim(edist_graph(edist_nearest(faithful, 2)[0, ])), c(0L, 272L))
})

test_that("extreme distances and scales make no NaN", {
  near <- edist_nearest(c(0, 0, 1e300, Inf), 2)
  graph <- edist_graph(near, weight = "gaussian")
  expect_false(anyNA(graph@x))
  tiny <- edist_nearest(c(0, 1e-200, 3e-200), 1)
  expect_equal(edist_graph(tiny, weight = "gaussian")@x, exp(-c(1, 1, 2)))
})

test_that("ranks are exact up to the most that are allowed", {
  x <- seeded(4, matrix(stats::rnorm(300), 150))
  near <- edist_nearest(x, 127)
  shared <- stored(edist_graph(near, "shared", "rank"))
  edges <- edist_graph(near, "union", "rank")
  same <- !is.na(stored(edges))
  expect_identical(shared[same], stored(edges)[same])
  # Two rows that have only their last neighbour in common.
  expect_identical(sum_of_ranks(rank_value(127)^2), 254)
  expect_identical(sum_of_ranks(128 * rank_value(0)^2), 0)
  expect_identical(sum_of_ranks(rank_value(0:127) * rank_value(127:0)), rep(127, 128))
})

test_that("more pairs than memory holds are refused", {
  # All rows have the same neighbour.
  expect_error(check_shared(rep(1L, 1e6), 1e6), class = "edist_error_memory")
  expect_silent(check_shared(1:1e6, 1e6))
})

test_that("all rows in their order are as good as all rows", {
  near <- edist_nearest(faithful, 3)
  expect_identical(edist_graph(head(near, 1000), "union"), edist_graph(near, "union"))
  expect_identical(edist_graph(near[, 1:2], "union"),
                   edist_graph(edist_nearest(faithful, 2), "union"))
})

test_that("a distance that depends on the direction counts as the smaller one", {
  uphill <- function(x, y) {
    d <- outer(x[, 1], y[, 1], "-")
    ifelse(d < 0, -2 * d, d)
  }
  near <- edist_nearest(c(1, 2, 4), 2, method = uphill)
  for (type in c("union", "mutual")) {
    expect_identical(as.matrix(edist_graph(near, type)),
                     unname(as.matrix(dist(c(1, 2, 4)))))
  }
})

test_that("what makes no sense is refused", {
  near <- edist_nearest(faithful, 3)
  expect_errors(
    edist_graph(faithful),
    edist_graph(near, "knn"),
    edist_graph(near, "union", "similarity"),
    edist_graph(near, "shared", "distance"),
    edist_graph(near, "shared", "gaussian"),
    edist_graph(near[1:10, ], "union"),
    edist_graph(near[272:1, ], "mutual"),
    edist_graph(edist_nearest(faithful, 3, faithful), "shared"),
    edist_graph(near[1:10, ], "directed", "jaccard"),
    edist_graph(near[1:10, ], "directed", "gaussian"),
    edist_graph(near, "shared", "rank", prune = 0.1),
    edist_graph(near, "shared", prune = 2),
    edist_graph(near, "shared", prune = NA),
    edist_graph(near, "union", sigma = 1),
    edist_graph(near, "union", "gaussian", sigma = -1),
    edist_graph(near, "union", "gaussian", sigma = c(1, 2)),
    edist_graph(near, "union", "gaussian", sigma = "local"),
    edist_graph(near, "union", "gaussian", sigma = c(NA, rep(1, 271))),
    edist_graph(edist_nearest(faithful, 128), "shared", "rank"),
    kind = "argument"
  )
})
