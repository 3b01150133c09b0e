isas <- edist_info()$isa_available
methods <- any_data

# The pairs of a matrix of distances within a radius, row after row.
naive_within <- function(d, radius, one = FALSE, own = FALSE) {
  near <- !is.na(d) & d <= radius
  if (one) near <- near & upper.tri(d)
  if (own) diag(near) <- FALSE
  at <- which(t(near), arr.ind = TRUE)
  data.frame(i = unname(at[, 2]), j = unname(at[, 1]), distance = d[at[, 2:1, drop = FALSE]])
}


test_that("pairs are those of the full matrix, for every method", {
  seeded(1, for (trial in 1:15) {
    withr::local_envvar(EDIST_ISA = sample(isas, 1))
    n <- sample(1:60, 1)
    m <- sample(1:60, 1)
    p <- sample(c(1:9, 65, 300), 1)
    holes <- sample(c(0, 0, 100, 600), 1)
    x <- tied(n, p, holes)
    y <- tied(m, p, holes)
    for (method in methods) {
      info <- paste(method, Sys.getenv("EDIST_ISA"), n, m, p)
      threads <- sample(4, 1)
      strict <- method %in% dist_methods && sample(2, 1) == 1
      call <- function(f, ...) {
        f(..., method = method, p = 1.5, strict = strict, threads = threads)
      }
      d <- call(edist_matrix, x, y)
      # A distance that is there, so that <= counts.
      radius <- max(0, sample(c(d[!is.na(d)], 0), 1))
      each <- sample(c(d[!is.na(d)], 1), n, TRUE)
      expect_identical(call(edist_within, x, radius, y, as = "data.frame"),
                       naive_within(d, radius), info = info)
      expect_identical(call(edist_within, x, each, y, as = "data.frame"),
                       naive_within(d, each), info = info)
      near <- !is.na(d) & d <= each
      expect_equal(call(edist_reduce, x, "count", y, radius = each), rowSums(near),
                   info = info)
      one <- call(edist_matrix, x)
      expect_identical(call(edist_within, x, radius, as = "data.frame"),
                       naive_within(one, radius, one = TRUE), info = info)
      diag(one) <- NA
      if (n > 1) {
        expect_identical(call(edist_within, x, each, as = "data.frame"),
                         naive_within(one, each, own = TRUE), info = info)
      }
      expect_equal(call(edist_reduce, x, "count", radius = radius),
                   rowSums(!is.na(one) & one <= radius), info = info)
    }
  })
})

test_that("sparse matrices are thresholded full ones, zeros stored", {
  skip_if_not_installed("Matrix")
  x <- seeded(2, tied(90, 3))
  rownames(x) <- paste0("x", 1:90)
  y <- x[20:60, ] + 0.5
  rownames(y) <- paste0("y", 20:60)
  y[3, ] <- x[1, ]
  d <- edist_matrix(x, y)
  sparse <- edist_within(x, 1.5, y)
  expect_s4_class(sparse, "dgCMatrix")
  expect_true(methods::validObject(sparse))
  expect_identical(dimnames(sparse), dimnames(d))
  expect_identical(length(sparse@x), sum(d <= 1.5))
  expect_identical(as.matrix(sparse), d * (d <= 1.5))
  expect_gt(sum(sparse@x == 0), 0)

  d <- edist_matrix(x)
  sparse <- edist_within(x, radius = 1.5, threads = 2)
  expect_s4_class(sparse, "dsCMatrix")
  expect_true(methods::validObject(sparse))
  expect_identical(dimnames(sparse), dimnames(d))
  expect_identical(2L * length(sparse@x), sum(d <= 1.5) - 90L)
  expect_identical(as.matrix(sparse), d * (d <= 1.5))
  expect_gt(sum(sparse@x == 0), 0)

  each <- rep(c(1, 2), 45)
  sparse <- edist_within(x, radius = each)
  expect_s4_class(sparse, "dgCMatrix")
  expect_identical(as.matrix(sparse), d * (d <= each))
  for (empty in list(edist_within(matrix(1:2, 2), radius = 0.5),
                     edist_within(x[1, , drop = FALSE], radius = 3))) {
    expect_length(empty@x, 0)
  }
})

test_that("an infinite radius gives the long form of a dist", {
  d <- edist(mtcars)
  long <- edist_within(mtcars, radius = Inf, as = "data.frame", threads = 2)
  expect_identical(long$distance, c(d))
  expect_identical(long$i, rep(1:31, 31:1))
  expect_identical(long$from, rownames(mtcars)[long$i])
  expect_identical(long$to, rownames(mtcars)[long$j])
  expect_identical(edist_within(c(0, 1e200, NA, Inf), radius = Inf, as = "data.frame")$distance,
                   c(1e200, Inf, Inf))
})

test_that("no thread count changes an answer, few rows or many", {
  skip_on_cran() # more than two threads
  x <- seeded(3, matrix(rnorm(3000 * 4), 3000))
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (rows in list(1:3, 1:400, 1:3000)) {
      few <- x[rows, , drop = FALSE]
      one <- edist_within(few, 0.4, x, as = "data.frame", threads = 1)
      expect_false(is.unsorted(one$i * 1e5 + one$j, strictly = TRUE))
      counts <- edist_reduce(few, "count", x, radius = 0.4, threads = 1)
      expect_identical(counts, tabulate(one$i, length(rows)))
      for (threads in 2:4) {
        expect_identical(edist_within(few, 0.4, x, as = "data.frame",
                                      threads = threads),
                         one)
      }
    }
    d <- edist_matrix(x)
    one <- edist_within(x, radius = 0.4, as = "data.frame", threads = 3)
    expect_identical(one, naive_within(d, 0.4, one = TRUE))
  }
})

test_that("duplicates, and radii and distances of any size", {
  x <- rbind(c(1, 2), c(3, 4), c(1, 2), c(1, 2 + 1e-12))
  expect_identical(edist_within(x, radius = 0, as = "data.frame"),
                   data.frame(i = 1L, j = 3L, distance = 0))
  expect_identical(edist_reduce(x, "count", radius = 1e-300), c(1L, 0L, 1L, 0L))
  base <- seeded(4, matrix(rnorm(60), 20))
  want <- edist_within(base, radius = 1, as = "data.frame")
  for (size in c(1e200, 1e-130, 1e-162, 1e-200)) {
    got <- edist_within(base * size, radius = size, as = "data.frame")
    expect_identical(got[1:2], want[1:2])
    expect_equal(got$distance / size, want$distance, tolerance = 1e-13)
  }
  # Within a radius whose square is common, distances whose squares are not.
  got <- edist_within(c(0, 1e-200, 1), radius = 2, as = "data.frame")
  expect_identical(got$distance, c(1e-200, 1, 1))
})

test_that("nothing is found among nothing", {
  empty <- matrix(0, 0, 2)
  expect_identical(nrow(edist_within(empty, radius = 1, as = "data.frame")), 0L)
  expect_identical(edist_reduce(empty, "count", radius = 1), integer())
  expect_identical(edist_reduce(matrix(0, 3, 0), "count", radius = 1), integer(3))
  expect_identical(edist_reduce(matrix(0, 2, 2), "count", empty, radius = 1), integer(2))
  skip_if_not_installed("Matrix")
  expect_identical(dim(edist_within(matrix(0, 2, 2), 1, empty)), c(2L, 0L))
})

test_that("bad arguments are refused", {
  expect_errors(
    edist_within(faithful),
    edist_within(faithful, radius = -1),
    edist_within(faithful, radius = NA),
    edist_within(faithful, radius = "1"),
    edist_within(faithful, radius = c(1, 2)),
    edist_within(faithful, radius = rep(c(1, -2), 136)),
    edist_within(faithful, radius = NULL),
    edist_within(faithful, radius = 1, as = "list")
  )
})

test_that("more pairs than there is room for are an error, early", {
  spec <- read_spec("euclidean", 2, FALSE, NULL, 2L, 2)
  find <- function(most) {
    .Call(C_edist_within, as.matrix(faithful), NULL, spec, 1, TRUE, most, NULL)
  }
  expect_error(find(100), "`radius` must leave at most 100 pairs")
  expect_identical(length(find(1e6)$index),
                   sum(edist(faithful, threads = 2) <= 1))
})
