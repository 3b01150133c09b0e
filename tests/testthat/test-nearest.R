isas <- edist_info()$isa_available
methods <- any_data

# Sums decide, and roots of different sums can be alike: then the matrix does not know
# which comes first.
expect_nearest <- function(got, d, k, self = FALSE, info = NULL) {
  want <- naive_nearest(d, k, self)
  index <- unname(got$index)
  expect_identical(unname(got$distance), want$distance, info = info)
  expect_identical(matrix(d[cbind(c(row(index)), c(index))], nrow(d)), want$distance,
                   info = info)
  repeated <- apply(index, 1, function(i) anyDuplicated(i[!is.na(i)]) > 0)
  expect_false(any(repeated) || self && any(index == row(index), na.rm = TRUE),
               info = info)
}

expect_nearest_exactly <- function(got, d, k, self = FALSE) {
  expect_nearest(got, d, k, self)
  expect_identical(unname(got$index), naive_nearest(d, k, self)$index)
}

test_that("neighbours are those of a full sort, for every method", {
  seeded(1, for (trial in 1:12) {
    withr::local_envvar(EDIST_ISA = sample(isas, 1))
    n <- sample(2:70, 1)
    m <- sample(1:70, 1)
    p <- sample(c(1:9, 64, 65, 300), 1)
    holes <- sample(c(0, 0, 100, 600), 1)
    x <- tied(n, p, holes)
    y <- tied(m, p, holes)
    k <- sample(m, 1)
    own <- sample(n - 1, 1)
    for (method in methods) {
      exponent <- sample(c(1, 1.5, 3), 1)
      info <- paste(method, isa = Sys.getenv("EDIST_ISA"), n, m, p, k)
      threads <- sample(4, 1)
      strict <- method %in% dist_methods && sample(2, 1) == 1
      across <- edist_matrix(x, y, method, p = exponent, strict = strict)
      expect_nearest(edist_nearest(x, k, y, method = method, p = exponent,
                                   strict = strict,
                                   threads = threads), across, k, info = info)
      within <- edist_matrix(x, x, method, p = exponent, strict = strict)
      expect_nearest(edist_nearest(x, own, method = method, p = exponent,
                                   strict = strict,
                                   threads = threads), within, own, TRUE, info = info)
    }
  })
})

test_that("blocks, chunks, and any number of threads: not a bit differs", {
  skip_on_cran() # more than two threads
  x <- seeded(2, tied(2000, 7))
  for (isa in isas) {
    withr::local_envvar(EDIST_ISA = isa)
    for (rows in list(1:2, 1:60, 1:700)) {
      few <- x[rows, , drop = FALSE]
      d <- edist_matrix(few, x)
      for (k in c(1, 10, 24, 25, 300)) {
        one <- edist_nearest(few, k, x, threads = 1)
        if (k %in% c(10, 25)) expect_nearest_exactly(one, d, k)
        for (threads in 2:4) {
          expect_identical(edist_nearest(few, k, x, threads = threads), one)
        }
      }
    }
    expect_nearest_exactly(edist_nearest(x, k = 40, threads = 3), edist_matrix(x), 40, TRUE)
  }
})

test_that("a row is not its own neighbour, its duplicate is", {
  x <- rbind(a = c(1, 2), b = c(3, 4), c = c(1, 2), d = c(1, 2))
  near <- edist_nearest(x, k = 3)
  expect_identical(near$index, rbind(a = c(3L, 4L, 2L), b = c(1L, 3L, 4L),
                                     c = c(1L, 4L, 2L), d = c(1L, 3L, 2L)))
  expect_identical(near$distance[c("a", "c", "d"), 1:2], 0 * near$distance[-2, 1:2])
  expect_identical(near$labels, rownames(x))
  # With itself as y it is.
  expect_identical(edist_nearest(x, 1, x)$index[, 1],
                   c(a = 1L, b = 2L, c = 1L, d = 1L))
})

test_that("too few neighbours end with NA, missing distances are none", {
  x <- rbind(c(1, NA), c(NA, 1), c(2, 2), NA)
  near <- edist_nearest(x, k = 3)
  expect_identical(near$index, rbind(c(3L, NA, NA), c(3L, NA, NA), 1:3 + c(0L, 0L, NA),
                                     NA_integer_))
  expect_identical(is.na(near$distance), is.na(near$index))
  # Neither NaN nor Inf: an infinite distance is one.
  expect_identical(edist_nearest(c(0, Inf, 1), k = 2)$distance[1, ], c(1, Inf))
  expect_identical(edist_nearest(matrix(0, 3, 0), k = 2)$index, matrix(NA_integer_, 3, 2))
  none <- edist_nearest(matrix(0, 0, 2), 3, matrix(0, 4, 2))
  expect_identical(dim(none$index), c(0L, 3L))
})

test_that("squares that overflow or underflow mislead nobody", {
  base <- seeded(3, matrix(rnorm(40 * 3), 40))
  want <- edist_nearest(base, k = 5)
  for (size in c(1e200, 1e-162, 1e-200, 1e-290)) {
    for (threads in 1:2) {
      near <- edist_nearest(base * size, k = 5, threads = threads)
      expect_identical(near$index, want$index)
      expect_equal(near$distance / size, want$distance, tolerance = 1e-13)
    }
    cubic <- edist_nearest(base * size, k = 5, method = "minkowski", p = 3)
    expect_identical(cubic$index, edist_nearest(base, k = 5, method = "mi", p = 3)$index)
  }
  # Distances 1e-200 and 2e-200 have squares of 0; beside one that has not.
  x <- c(0, 2e-200, 1e-200, 1)
  expect_identical(edist_nearest(x, k = 3)$index[1, ], c(3L, 2L, 4L))
  expect_identical(edist_nearest(c(0, 2e200, 1e200, 1), k = 3)$index[1, ], c(4L, 3L, 2L))
  w <- edist_nearest(cbind(c(0, 1e-10, 1e-11)), weights = 1e-310, k = 2)
  expect_identical(w$index[1, ], c(3L, 2L))
})

test_that("weights, covariances, sparse and integer rows work", {
  x <- as.matrix(mtcars)
  d <- edist_matrix(x, weights = 1:11)
  expect_nearest(edist_nearest(x, k = 4, weights = 1:11), d, 4, TRUE)
  d <- edist_matrix(x[, 1:4], cov = cov(x[, 1:4]))
  expect_nearest(edist_nearest(x[, 1:4], k = 4, cov = cov(x[, 1:4])), d, 4, TRUE)
  whole <- seeded(4, matrix(sample(50L, 90, TRUE), 30))
  expect_identical(edist_nearest(whole, k = 3), edist_nearest(whole + 0, k = 3))
  skip_if_not_installed("Matrix")
  sparse <- methods::as(methods::as(whole - 25, "CsparseMatrix"), "dMatrix")
  expect_identical(edist_nearest(sparse, 3, whole),
                   edist_nearest(whole - 25, 3, whole))
})

test_that("it prints, and turns into a data frame", {
  near <- edist_nearest(scale(mtcars), k = 6)
  expect_output(print(near), "6 nearest neighbours of 32 observations, euclidean")
  expect_output(print(near), "26 more rows, 1 more neighbour")
  expect_output(print(edist_nearest(matrix(0, 0, 1), 1, 1)), "of 0 observations")
  long <- as.data.frame(near)
  expect_identical(names(long), c("i", "j", "distance", "from", "to"))
  expect_identical(dim(long), c(32L * 6L, 5L))
  expect_identical(long$from[7], "Mazda RX4 Wag")
  expect_identical(long$j[7:12], unname(near$index[2, ]))
  expect_identical(names(as.data.frame(edist_nearest(1:3, 1))),
                   c("i", "j", "distance"))
})

test_that("bad arguments are refused", {
  expect_errors(
    edist_nearest(faithful, k = 0),
    edist_nearest(faithful, k = NA),
    edist_nearest(faithful, k = 1.5),
    edist_nearest(faithful, k = c(1, 2)),
    edist_nearest(faithful, k = 272),
    edist_nearest(faithful, 4, faithful[1:3, ]),
    edist_nearest(faithful, k = 1e10),
    edist_nearest(faithful, Inf, faithful),
    edist_nearest(faithful[1, ], 1),
    edist_nearest(faithful, 1, mtcars),
    edist_nearest(faithful, 1, "a"),
    edist_nearest(letters, 1),
    edist_nearest(faithful, k = 1, 2, 3, 4, 5)
  )
})

test_that("what ties with a spoiled sum does not hide it", {
  expect_identical(edist_nearest(0, 1, c(Inf, 1e200))$index, matrix(2L))
  expect_identical(edist_nearest(0, 1, c(Inf, 1e200))$distance, matrix(1e200))
  expect_identical(edist_reduce(0, "min", c(Inf, 1e200)), 1e200)
  expect_identical(edist_reduce(0, "max", c(0, 2e-200)), 2e-200)
  expect_identical(edist_reduce(0, "which.max", c(0, 2e-200)), 2L)
})

test_that("equal distances go to the lowest index, though their squares differ", {
  x <- seeded(11, matrix(round(rnorm(3000), 1), 1000) / 3)
  d <- edist_matrix(x)
  squares <- edist_matrix(x, method = "sqeuclidean")
  off <- row(d) != col(d)
  # There are such pairs: otherwise this shows nothing.
  expect_gt(length(unique(squares[off])), length(unique(d[off])))
  for (k in c(1, 5, 30)) {
    expect_identical(edist_nearest(x, k = k)[c("index", "distance")],
                     naive_nearest(d, k, self = TRUE))
  }
  cubes <- edist_matrix(x, x[1:100, ], method = "minkowski", p = 3)
  near <- edist_nearest(x, 5, x[1:100, ], method = "minkowski", p = 3)
  expect_identical(near[c("index", "distance")], naive_nearest(cubes, 5))
  expect_identical(edist_reduce(x, "which.max", x[1:100, ]),
                   max.col(d[, 1:100], "first"))
  diag(d) <- Inf
  expect_identical(edist_reduce(x, stat = "which.min"), max.col(-d, "first"))
})

test_that("the search finds what computing every pair finds", {
  for (trial in 1:6) {
    withr::local_envvar(EDIST_ISA = isas[(trial - 1) %% length(isas) + 1])
    p <- c(1, 2, 3, 6, 12, 40)[trial]
    x <- seeded(trial, matrix(round(stats::rnorm(1500 * p), trial %% 3), 1500))
    if (trial %% 2 == 0) x[cbind(c(7, 900), 1)] <- NA
    y <- x[seq(1, 1500, 4), , drop = FALSE] + 0.01
    method <- methods[trial]
    for (y in list(NULL, y)) {
      near <- function(search) {
        found <- edist_nearest(x, 5, y, method = method, search = search)
        found[c("index", "distance")]
      }
      expect_identical(near("auto"), near("all"))
      within <- function(search) {
        edist_within(x, 0.3, y, method = method, as = "data.frame",
                     search = search)
      }
      expect_identical(within("auto"), within("all"))
      for (stat in c("min", "which.min")) {
        reduced <- function(search) {
          edist_reduce(x, stat, y, method = method, search = search)
        }
        expect_identical(reduced("auto"), reduced("all"))
      }
    }
  }
})

test_that("codes leave out nothing that matters", {
  data <- seeded(21, list(
    even = matrix(stats::runif(3000 * 16), 3000),
    bytes = matrix(floor(256 * stats::runif(2000 * 40)), 2000),
    offset = matrix(stats::rnorm(1500 * 12), 1500) + 1e8,
    outlier = rbind(matrix(stats::rnorm(1500 * 30), 1500), 1e6),
    alike = matrix(rep(stats::runif(9), each = 1200), 1200),
    cosine = matrix(stats::rnorm(1500 * 70), 1500)
  ))
  for (name in names(data)) {
    method <- if (name == "cosine") "cosine" else "euclidean"
    for (isa in isas) {
      withr::local_envvar(EDIST_ISA = isa)
      near <- function(search) {
        edist_nearest(data[[name]], 4, method = method, search = search)
      }
      got <- near("auto")
      parts <- c("index", "distance")
      expect_identical(got[parts], near("all")[parts])
      if (name == "even" && isa %in% c("avx512", "avx2")) {
        expect_gt(got$screened, 0.5)
        expect_lt(got$computed, 0.2)
        expect_output(print(got), "% of pairs computed, .* % screened")
      }
    }
  }
})

test_that("the search says how much it computed, and does not where it cannot", {
  x <- seeded(1, matrix(stats::runif(8000), 4000))
  near <- edist_nearest(x, 3)
  expect_lt(near$computed, 0.05)
  expect_output(print(near), "% of pairs computed")
  expect_identical(edist_nearest(x, 3, search = "all")$computed, 1)
  expect_identical(edist_nearest(x, 3, strict = TRUE)$computed, 1)
  expect_identical(edist_nearest(x + 1, 3, method = "canberra")$computed, 1)
  expect_errors(edist_nearest(x, 3, search = "tree"), kind = "argument")
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  expect_identical(edist_nearest(sparse, 3)$computed, 1)
})

test_that("neighbours can be subset, summarised, drawn and made a matrix", {
  x <- scale(mtcars)
  near <- edist_nearest(x, 4)
  expect_identical(dim(near), c(32L, 4L))
  expect_identical(dim(near[1:3, ]), c(3L, 4L))
  expect_identical(near[2:5, 1:2]$distance, near$distance[2:5, 1:2])
  expect_identical(near[c("Fiat 128", "Valiant"), 2]$index,
                   near$index[c("Fiat 128", "Valiant"), 2, drop = FALSE])
  expect_identical(head(near, 2), near[1:2, ])
  expect_identical(head(near, -30), near[1:2, ])
  expect_identical(tail(near, 2), near[31:32, ])
  for (part in list(near[0, ], near[, 1], near[3, 2], near[, 0])) {
    expect_output(print(part), "nearest neighbour")
  }
  total <- summary(near)
  expect_identical(total$rank, 1:4)
  expect_equal(total$median, apply(near$distance, 2, median),
               ignore_attr = TRUE)
  holes <- edist_nearest(c(1, NA, 2), 2)
  expect_identical(summary(holes)$missing, c(1L, 3L))
  expect_output(print(holes), "-")
  skip_if_not_installed("Matrix")
  m <- as.matrix(near)
  expect_s4_class(m, "dgCMatrix")
  expect_true(methods::validObject(m))
  expect_identical(dimnames(m), list(rownames(x), rownames(x)))
  expect_identical(unname(m[cbind(1:32, near$index[, 3])]),
                   unname(near$distance[, 3]))
  expect_identical(length(m@x), 128L)
  duplicates <- as.matrix(edist_nearest(c(5, 5, 7), 1))
  expect_identical(length(duplicates@x), 3L) # zeros are stored
  expect_identical(dim(as.matrix(edist_nearest(c(1, 5), 2, 1:9))), c(2L, 9L))
  file <- withr::local_tempfile(fileext = ".pdf")
  grDevices::pdf(file)
  expect_identical(withVisible(plot(near))$visible, FALSE)
  grDevices::dev.off()
  expect_gt(file.size(file), 0)
})

test_that("rows given where k, radius, stat or FUN belong are told so", {
  expect_errors(
    edist_nearest(faithful, faithful[1:3, ], 2),
    edist_nearest(faithful),
    edist_within(faithful, faithful[1:3, ], 2),
    edist_within(faithful),
    edist_reduce(faithful, faithful[1:3, ], "min"),
    edist_reduce(faithful),
    edist_apply(faithful, faithful[1:3, ], sum),
    edist_apply(faithful)
  )
})

# The k nearest within a radius, and with `all` those that tie with the last, in
# a matrix of distances whose missing ones are never neighbours.
naive_near <- function(d, k, radius, all) {
  rows <- lapply(seq_len(nrow(d)), function(i) {
    order <- order(d[i, ], seq_len(ncol(d)), na.last = NA)
    order <- order[d[i, order] <= rep_len(radius, nrow(d))[i]]
    last <- if (length(order) > k) d[i, order[k]] else Inf
    if (all) order[d[i, order] <= last] else utils::head(order, k)
  })
  width <- max(k, if (all) lengths(rows))
  index <- t(vapply(rows, function(at) at[seq_len(width)], rep(0L, width)))
  index <- matrix(as.integer(index), nrow(d), width)
  list(index = index,
       distance = matrix(d[cbind(c(row(index)), c(index))], nrow(d), width))
}

test_that("a radius and ties = \"all\" are those of the matrix", {
  seeded(1, for (trial in 1:10) {
    withr::local_envvar(EDIST_ISA = sample(edist_info()$isa_available, 1))
    n <- sample(2:60, 1)
    m <- sample(c(1:60, 700), 1)
    p <- sample(c(1:9, 65), 1)
    x <- tied(n, p, sample(c(0, 0, 100), 1))
    y <- tied(m, p, sample(c(0, 0, 100), 1))
    for (method in any_data) {
      call <- function(f, ...) {
        f(..., method = method, p = 1.5, threads = sample(4, 1))
      }
      d <- call(edist_matrix, x, y)
      one <- call(edist_matrix, x)
      diag(one) <- NA
      for (ties in c("first", "all")) {
        each <- pmax(0, sample(c(d[!is.na(d)], Inf), n, TRUE))
        radius <- if (sample(2, 1) == 1) each else each[1]
        k <- sample(m, 1)
        got <- call(edist_nearest, x, k, y, radius = radius, ties = ties)
        expect_identical(unclass(got)[c("index", "distance")],
                         naive_near(d, k, radius, ties == "all"), info = method)
        k <- sample(n - 1, 1)
        got <- call(edist_nearest, x, k, radius = radius, ties = ties)
        expect_identical(unclass(got)[c("index", "distance")],
                         naive_near(one, k, radius, ties == "all"), info = method)
      }
    }
  })
})

test_that("a search with a radius finds what all pairs give", {
  for (p in c(3, 20)) {
    x <- seeded(p, matrix(round(rnorm(3000 * p), 1), 3000))
    for (k in c(3, 40)) {
      radius <- seeded(k, sample(c(0, 0.5, 2, Inf), 3000, TRUE))
      found <- lapply(c("auto", "all"), function(search) {
        got <- edist_nearest(x, k, radius = radius, ties = "all", search = search,
                             threads = 2)
        unclass(got)[c("index", "distance")]
      })
      expect_identical(found[[1]], found[[2]])
    }
  }
})

test_that("a radius and ties are checked", {
  expect_errors(
    edist_nearest(mtcars, 2, radius = -1),
    edist_nearest(mtcars, 2, radius = c(1, 2)),
    edist_nearest(mtcars, 2, ties = "last")
  )
})
