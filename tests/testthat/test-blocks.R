# Observations in blocks, and how often each was read.
in_blocks <- function(x, block, ...) {
  reads <- new.env()
  reads$ranges <- list()
  read <- function(from, to) {
    reads$ranges <- c(reads$ranges, list(c(from, to)))
    x[from:to, , drop = FALSE]
  }
  blocks <- edist_blocks(read, nrow(x), ncol(x), names = rownames(x), block = block, ...)
  list(blocks = blocks, reads = reads)
}

x <- seeded(1, tied(50, 4, holes = 15))
rownames(x) <- paste0("x", 1:50)
y <- seeded(2, tied(37, 4, holes = 15))
each <- seeded(3, sample(c(0, 1, 2, Inf), 50, TRUE))
parts <- function(nearest) unclass(nearest)[c("index", "distance", "labels", "base")]

test_that("neighbours of blocks are those of the rows, ties included", {
  for (block in c(17, 99)) {
    a <- in_blocks(x, block)$blocks
    b <- in_blocks(y, block + 3)$blocks
    for (method in list("euclidean", "manhattan", "spearman",
                        edist_method("correlation", use = "pairwise"))) {
      for (ties in c("first", "all")) {
        for (radius in list(Inf, each)) {
          expect_equal(
            parts(edist_nearest(a, 5, method = method, ties = ties, radius = radius)),
            parts(edist_nearest(x, 5, method = method, ties = ties, radius = radius))
          )
          expect_equal(
            parts(edist_nearest(a, 9, b, method, ties = ties, radius = radius)),
            parts(edist_nearest(x, 9, y, method, ties = ties, radius = radius))
          )
        }
      }
    }
    expect_identical(parts(edist_nearest(a, 49, weights = 1:4, threads = 2)),
                     parts(edist_nearest(x, 49, weights = 1:4, threads = 2)))
  }
  few <- x[1:9, ]
  expect_identical(parts(edist_nearest(in_blocks(few, 1)$blocks, 3)),
                   parts(edist_nearest(few, 3)))
  found <- edist_nearest(in_blocks(x, 17)$blocks, 2, search = "all")
  expect_identical(found$computed, 1)
})

test_that("pairs, numbers per row and functions of blocks are those of the rows", {
  skip_if_not_installed("Matrix")
  group <- seeded(4, sample(c("a", "b", NA), 37, TRUE))
  own <- seeded(5, sample(c("a", "b", NA), 50, TRUE))
  few <- x[1:9, ]
  expect_identical(edist_within(in_blocks(few, 1)$blocks, 2, as = "data.frame"),
                   edist_within(few, 2, as = "data.frame"))
  for (block in c(17, 50)) {
    a <- in_blocks(x, block)$blocks
    b <- in_blocks(y, block)$blocks
    for (as in c("Matrix", "data.frame")) {
      for (radius in list(1.5, each)) {
        expect_identical(edist_within(a, radius, as = as), edist_within(x, radius, as = as))
        expect_identical(edist_within(a, radius, b, as = as),
                         edist_within(x, radius, y, as = as))
      }
    }
    for (stat in stats_known) {
      radius <- if (stat == "count") each
      expect_equal(edist_reduce(a, stat, radius = radius),
                   edist_reduce(x, stat, radius = radius), tolerance = 1e-14)
      expect_equal(edist_reduce(a, stat, b, "manhattan", radius = radius, group = group),
                   edist_reduce(x, stat, y, "manhattan", radius = radius, group = group),
                   tolerance = 1e-14)
      expect_equal(edist_reduce(a, stat, radius = radius, group = own),
                   edist_reduce(x, stat, radius = radius, group = own), tolerance = 1e-14)
    }
    for (with in list(list(NULL, NULL), list(b, y))) {
      expect_identical(
        edist_apply(a, identity, with[[1]], combine = rbind, block = 8),
        edist_apply(x, identity, with[[2]], combine = rbind, block = 8)
      )
    }
  }
})

test_that("a plan of blocks is that of the rows, and rows are read in order", {
  skip_if_not_installed("jsonlite")
  for (method in c("euclidean", "spearman", "cosine")) {
    a <- in_blocks(x, 7)
    b <- in_blocks(y, 7)
    path <- local_path()
    plan <- edist_plan(a$blocks, path, b$blocks, method, tile = c(20, 9))
    expect_identical(edist_run(plan)[, ], edist_matrix(x, y, method))
    expect_identical(parts(edist_nearest(plan, 3)), parts(edist_nearest(x, 3, y, method)))
    # The same data, in blocks of another size, are the same store.
    again <- edist_plan(in_blocks(x, 13)$blocks, path, in_blocks(y, 3)$blocks, method)
    expect_identical(again$data, plan$data)
    expect_error(edist_plan(in_blocks(-x, 7)$blocks, path, b$blocks, method),
                 "other values of `x`")
  }
  path <- local_path()
  expect_identical(edist_run(edist_plan(in_blocks(x, 7)$blocks, path, tile = 20))[, ],
                   edist_matrix(x))
})

test_that("each block is read as often as the blocking says", {
  a <- in_blocks(x, 20)
  b <- in_blocks(y, 15)
  edist_nearest(a$blocks, 2, b$blocks)
  expect_identical(a$reads$ranges, list(c(1, 20), c(21, 40), c(41, 50)))
  expect_identical(b$reads$ranges, rep(list(c(1, 15), c(16, 30), c(31, 37)), 3))
  edist_reduce((alone <- in_blocks(x, 25))$blocks, "mean")
  # Each once as queries, and once for the other as base.
  expect_length(alone$reads$ranges, 4)
})

test_that("other sources work: matrices, frames, sparse and delayed matrices", {
  expect_identical(parts(edist_nearest(edist_blocks(x, block = 9), 2)),
                   parts(edist_nearest(x, 2)))
  frame <- as.data.frame(unname(y))
  expect_identical(parts(edist_nearest(edist_blocks(frame, block = 9), 2)),
                   parts(edist_nearest(frame, 2)))
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(round(abs(y)), sparse = TRUE)
  expect_identical(parts(edist_nearest(edist_blocks(sparse, block = 9), 2, method = "cosine")),
                   parts(edist_nearest(sparse, 2, method = "cosine")))
  skip_if_not_installed("DelayedArray")
  # Not by `::`: packages of Bioconductor are not among those that edist suggests.
  delayed <- getExportedValue("DelayedArray", "DelayedArray")(t(x)) * 2
  blocks <- edist_blocks(t(delayed), block = 9)
  expect_identical(parts(edist_nearest(blocks, 2)), parts(edist_nearest(2 * x, 2)))
})

test_that("a table of package arrow is read by slices", {
  # What edist_blocks() uses of it: Debian has no package arrow.
  frame <- as.data.frame(unname(y))
  slice <- function(offset, length) frame[offset + seq_len(length), ]
  registerS3method("dim", "ArrowTabular", function(x) dim(unclass(x)$frame))
  table <- structure(list(Slice = slice, frame = frame), class = "ArrowTabular")
  blocks <- edist_blocks(table, block = 10)
  expect_identical(parts(edist_nearest(blocks, 2)), parts(edist_nearest(frame, 2)))
})

test_that("what does not fit is refused", {
  a <- edist_blocks(x, block = 9)
  wrong <- edist_blocks(function(from, to) x[from:to, 1:2], 50, 4)
  expect_errors(
    edist_blocks(identity, nrow = -1, ncol = 2),
    edist_blocks(identity, nrow = 5),
    edist_blocks(x, names = "a"),
    edist_blocks(x, block = 0),
    edist_nearest(a, 2, method = "gower"),
    edist_nearest(x, 2, a),
    edist_nearest(wrong, 2),
    edist_nearest(a, 2, cols = 3),
    edist_nearest(a, 50),
    edist(a),
    edist_plan(a, tempfile(), method = edist_method("spearman", use = "pairwise"))
  )
  expect_snapshot_output(print(a))
})
