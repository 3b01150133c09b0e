isas <- edist_info()$isa_available
methods <- any_data

# The formula: of each row of distances, those that are there.
naive_reduce <- function(d, stat, radius = NULL) {
  of <- switch(stat,
    count = function(v) sum(v <= radius),
    sum = sum,
    function(v) if (length(v)) get(stat)(v) else NA_real_
  )
  vapply(seq_len(nrow(d)), function(i) {
    row <- d[i, ]
    if (startsWith(stat, "which")) {
      at <- get(stat)(row)
      return(if (length(at)) as.numeric(at) else NA_real_)
    }
    as.numeric(of(row[!is.na(row)]))
  }, 0)
}

test_that("every stat is what its formula says, for every method", {
  seeded(1, for (trial in 1:6) {
    withr::local_envvar(EDIST_ISA = sample(isas, 1))
    n <- sample(1:50, 1)
    m <- sample(1:50, 1)
    p <- sample(c(1:9, 65, 300), 1)
    x <- tied(n, p, sample(c(0, 100, 700), 1))
    y <- tied(m, p, sample(c(0, 100, 700), 1))
    group <- factor(sample(c("a", "b", "c", NA), m, TRUE), c("a", "none", "b", "c"))
    for (method in methods) {
      d <- edist_matrix(x, y, method)
      radius <- max(0, sample(c(d[!is.na(d)], 0), 1))
      for (stat in stats_known) {
        within <- if (stat == "count") radius
        info <- paste(method, stat, Sys.getenv("EDIST_ISA"), n, m, p)
        threads <- sample(4, 1)
        got <- edist_reduce(x, stat, y, radius = within, method = method,
                            threads = threads)
        expect_equal(got, naive_reduce(d, stat, radius), tolerance = 1e-13, info = info)
        got <- edist_reduce(x, stat, y, radius = within, group = group,
                            method = method, threads = threads)
        expect_identical(dimnames(got), list(NULL, levels(group)))
        for (level in levels(group)) {
          rows <- which(group == level)
          want <- naive_reduce(d[, rows, drop = FALSE], stat, radius)
          if (startsWith(stat, "which")) want <- rows[want]
          expect_equal(got[, level], as.numeric(want), tolerance = 1e-13,
                       info = paste(info, level))
        }
      }
    }
  })
})

test_that("a row is not compared with itself, with its duplicates it is", {
  x <- seeded(2, tied(70, 4))
  d <- edist_matrix(x)
  diag(d) <- NA
  for (stat in stats_known) {
    radius <- if (stat == "count") 1
    expect_equal(edist_reduce(x, stat = stat, radius = radius), naive_reduce(d, stat, radius),
                 tolerance = 1e-13)
    for (group in list(rep(1:2, c(30, 40)), rep(c("b", "a"), 35))) {
      got <- edist_reduce(x, stat = stat, radius = radius, group = group)
      for (level in colnames(got)) {
        rows <- which(group == level)
        want <- naive_reduce(d[, rows], stat, radius)
        if (startsWith(stat, "which")) want <- rows[want]
        expect_equal(got[, level], want, tolerance = 1e-13)
      }
    }
  }
  expect_identical(edist_reduce(x, stat = "min")[c(2, 70)], c(0, 0))
  expect_identical(edist_reduce(c(5, 5), stat = "mean"), c(0, 0))
  expect_identical(edist_reduce(5, stat = "mean"), NA_real_)
  expect_identical(edist_reduce(5, stat = "sum"), 0)
  expect_identical(edist_reduce(5, stat = "which.max"), NA_integer_)
})

test_that("no thread count changes a bit", {
  skip_on_cran() # more than two threads
  x <- seeded(3, matrix(rnorm(4000 * 3), 4000))
  group <- seeded(4, sample(7, 4000, TRUE))
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (rows in list(1:2, 1:100, 1:3000)) {
      few <- x[rows, , drop = FALSE]
      for (stat in c("sum", "mean", "min", "which.max")) {
        one <- edist_reduce(few, stat, x, threads = 1)
        each <- edist_reduce(few, stat, x, group = group, threads = 1)
        for (threads in 2:4) {
          expect_identical(edist_reduce(few, stat, x, threads = threads), one)
          expect_identical(edist_reduce(few, stat, x, group = group,
                                        threads = threads),
                           each)
        }
      }
    }
  }
  expect_equal(edist_reduce(x[1:40, ], "sum", x), rowSums(edist_matrix(x[1:40, ], x)),
               tolerance = 1e-13)
})

test_that("names, and squares that overflow or underflow", {
  out <- edist_reduce(mtcars, "min", group = mtcars$cyl)
  expect_identical(dimnames(out), list(rownames(mtcars), c("4", "6", "8")))
  expect_identical(names(edist_reduce(mtcars, "min")), rownames(mtcars))
  base <- seeded(5, matrix(rnorm(90), 30))
  for (size in c(1e200, 1e-162, 1e-200)) {
    for (stat in c("min", "max", "mean")) {
      expect_equal(edist_reduce(base * size, stat = stat) / size,
                   edist_reduce(base, stat = stat), tolerance = 1e-13)
    }
    for (stat in c("which.min", "which.max")) {
      expect_identical(edist_reduce(base * size, stat = stat),
                       edist_reduce(base, stat = stat))
    }
  }
  expect_identical(edist_reduce(c(0, 1, Inf), stat = "max"), rep(Inf, 3))
  expect_identical(edist_reduce(c(0, 1, Inf), stat = "sum"), rep(Inf, 3))
  expect_identical(edist_reduce(c(0, 1, Inf), stat = "min"), c(1, 1, Inf))
})

test_that("nothing to compare with gives what sums of nothing give", {
  empty <- matrix(0, 0, 2)
  expect_identical(edist_reduce(matrix(0, 2, 2), "min", empty), c(NA_real_, NA))
  expect_identical(edist_reduce(matrix(0, 2, 2), "count", empty,
                                radius = 1), integer(2))
  expect_identical(edist_reduce(empty, "min"), numeric())
  expect_identical(edist_reduce(matrix(0, 3, 0), stat = "which.min"), rep(NA_integer_, 3))
  none <- edist_reduce(faithful, "min", faithful[1:2, ],
                       group = factor(c(NA, NA), "a"))
  expect_true(all(is.na(none)))
})

test_that("bad arguments are refused", {
  expect_errors(
    edist_reduce(faithful, stat = "median"),
    edist_reduce(faithful, stat = c("min", "max")),
    edist_reduce(faithful, stat = "count"),
    edist_reduce(faithful, stat = "count", radius = -1),
    edist_reduce(faithful, stat = "min", radius = 1),
    edist_reduce(faithful, "min", group = 1:3),
    edist_reduce(faithful, "min", faithful[1:3, ], group = rep(1, 272)),
    edist_reduce(faithful, "min", group = list(1))
  )
})

test_that("no rows give no numbers, for groups too", {
  out <- edist_reduce(faithful[0, ], "mean", faithful, group = rep(c("a", "b"), 136))
  expect_identical(dim(out), c(0L, 2L))
  expect_identical(colnames(out), c("a", "b"))
})

test_that("groups that are searched give what all pairs give", {
  x <- seeded(31, matrix(floor(30 * stats::runif(12000)), 4000))
  x[7, 2] <- NA
  group <- seeded(32, sample(c("a", "b", "c", NA, "none"), 4000, TRUE,
                             c(.4, .35, .2, .05, 0)))
  group <- factor(group, c("a", "none", "b", "c")[c(1, 3, 4, 2)])
  sorted <- order(group)
  y <- seeded(33, matrix(30 * stats::runif(900), 300))
  for (stat in c("min", "max", "which.min", "which.max", "count")) {
    radius <- if (stat == "count") 6
    both <- function(...) {
      expect_identical(
        edist_reduce(..., stat = stat, radius = radius),
        edist_reduce(..., stat = stat, radius = radius, search = "all"),
        label = stat
      )
    }
    keep <- group %in% c("a", "b", "c")
    both(x, group = group)
    both(x, group = droplevels(group))
    both(x[keep, ], group = droplevels(group[keep]))
    both(x[sorted, ], group = droplevels(group[sorted]))
    both(rbind(y, x[1:700, ]), y = x, group = droplevels(group))
  }
})

test_that("the farthest rows, and counts of nearly all, are found by boxes", {
  x <- seeded(34, matrix(stats::rnorm(6000), 3000))
  x <- rbind(x, x[1:50, ])
  for (method in c("euclidean", "manhattan", "maximum", "cosine")) {
    for (stat in c("max", "which.max")) {
      expect_identical(edist_reduce(x, stat, method = method),
                       edist_reduce(x, stat, method = method, search = "all"))
    }
  }
  far <- apply(as.matrix(dist(x)), 1, max)
  expect_equal(edist_reduce(x, "max"), unname(far))
  for (radius in c(0, 0.5, 3, 100)) {
    expect_identical(edist_reduce(x, "count", radius = radius),
                     edist_reduce(x, "count", radius = radius, search = "all"))
  }
  expect_true(all(edist_reduce(x, "count", radius = 100) == nrow(x) - 1))
})

test_that("a search finds directions that differ by less than a double can tell", {
  x <- rbind(cbind(1, rep(c(0, 1.5 * 2^-538), 50)),
             seeded(35, matrix(stats::rnorm(4000), 2000)))
  count <- edist_reduce(x, "count", radius = 0, method = "cosine")
  expect_identical(count[1:100], rep(99L, 100))
  near <- edist_nearest(x, 3, method = "cosine")
  expect_lt(near$computed, 0.5)
})
