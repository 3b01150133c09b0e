test_that("all kinds of numbers work, with equal results", {
  x <- seeded(1, matrix(sample(0:1, 60, TRUE), 12))
  want <- c(dist(x))
  logical <- x == 1
  for (same in list(x, x + 0, logical, as.data.frame(x), as.data.frame(logical))) {
    expect_equal(c(edist(same)), want, tolerance = 1e-15)
  }
  expect_equal(edist_matrix(x, x + 0.5), naive_matrix(x, x + 0.5))
  wide <- matrix(c(.Machine$integer.max, -.Machine$integer.max), 2)
  expect_identical(c(edist(wide)), 2 * as.numeric(.Machine$integer.max))
})

test_that("a vector is one column, and its names are labels", {
  v <- c(a = 1, b = 4, c = 6)
  expect_identical(c(edist(v)), c(3, 5, 2))
  expect_identical(attr(edist(v), "Labels"), c("a", "b", "c"))
  expect_identical(edist_matrix(v, c(z = 0)),
                   matrix(c(1, 4, 6), dimnames = list(names(v), "z")))
  expect_identical(c(edist(TRUE)), numeric())
})

test_that("data frames keep row names, but not automatic ones", {
  expect_identical(attr(edist(mtcars), "Labels"), rownames(mtcars))
  expect_null(attr(edist(data.frame(a = 1:3)), "Labels"))
})

test_that("dates, times, their differences and bytes are numbers, as dist() takes them", {
  day <- as.Date("2024-01-01") + c(a = 0, b = 1, c = 3)
  for (x in list(day, as.POSIXct(day), as.difftime(c(1, 2, 4), units = "hours"), day[0],
                 structure(1:3, class = "Date"), as.raw(c(1, 2, 40)),
                 matrix(as.raw(1:4), 2), structure(c(0, 1, 3, 4), dim = c(2, 2),
                                                   class = "Date"))) {
    expect_identical(c(edist(x)), c(dist(x)))
    expect_identical(attr(edist(x), "Labels"), attr(dist(x), "Labels"))
    expect_identical(unname(edist_matrix(x, x)), unname(edist_matrix(x)))
  }
  hours <- as.difftime(1:3, units = "hours")
  expect_identical(edist_matrix(hours, 1:2), edist_matrix(1:3, 1:2))
  expect_errors(
    edist_matrix(hours, as.difftime(1:3, units = "mins")),
    edist_nearest(day, 1, as.POSIXct(day)),
    edist(as.POSIXlt(day)),
    edist(data.frame(hours)),
    edist(data.frame(time = as.POSIXct(day))),
    kind = "argument"
  )
})

test_that("classes derived from those of Matrix work like their parents", {
  skip_if_not_installed("Matrix")
  x <- matrix(c(0, 1, 0, 2, 3, 0, 0, 0, 5), 3, dimnames = list(letters[1:3], LETTERS[1:3]))
  general <- methods::as(methods::as(x, "CsparseMatrix"), "generalMatrix")
  symmetric <- methods::as(Matrix::forceSymmetric(general), "CsparseMatrix")
  bases <- list(general, methods::as(general, "TsparseMatrix"), symmetric,
                methods::as(methods::as(x + 1, "RsparseMatrix"), "generalMatrix"),
                Matrix::triu(general),
                methods::as(general, "nMatrix"), Matrix::Diagonal(3),
                Matrix::crossprod(general), methods::as(general, "denseMatrix"),
                Matrix::nearPD(crossprod(x))$mat)
  where <- environment()
  for (k in seq_along(bases)) {
    base <- bases[[k]]
    name <- paste0("derived", k)
    methods::setClass(name, contains = class(base)[1], slots = c(meta = "list"),
                      where = where)
    derived <- methods::new(name, base, meta = list(1))
    plain <- as.matrix(base)
    storage.mode(plain) <- "double"
    expect_equal(c(edist(derived)), c(dist(plain)), info = class(base))
    expect_identical(attr(edist(derived), "Labels"), rownames(plain), info = class(base))
    expect_equal(edist_matrix(derived, derived), edist_matrix(plain, plain))
    expect_equal(edist_nearest(derived, 1, derived), edist_nearest(plain, 1, plain))
    expect_equal(edist_reduce(derived, "min", group = 3:1),
                 edist_reduce(plain, "min", group = 3:1))
    expect_equal(edist_pairs(derived, i = 1, j = 2), edist_pairs(plain, i = 1, j = 2))
    methods::removeClass(name, where = where)
  }
})

test_that("no function takes a dist for data", {
  d <- dist(faithful[1:4, ])
  expect_errors(
    edist(d),
    edist_matrix(d),
    edist_matrix(as.matrix(d), d),
    edist_nearest(faithful, 1, d),
    edist_pairs(d),
    edist_apply(d, FUN = sum),
    edist_plan(d, path = tempfile()),
    edist_bench_validate(d),
    edist_bench(x = d, y = d),
    edist_bench_approaches()$loop(d, d),
    kind = "argument"
  )
  expect_equal(c(edist(as.matrix(d))), c(dist(d)))
})

test_that("columns are matched by position, and never contradict their names", {
  x <- as.matrix(iris[1:3, 1:4])
  y <- iris[4:5, 4:1]
  expect_errors(
    edist_matrix(x, y),
    edist_nearest(x, 1, y),
    edist_within(x, 1, y),
    edist_reduce(x, "min", y),
    edist_pairs(x[1:2, ], y),
    edist_apply(x, sum, y),
    edist_plan(x, y, path = tempfile()),
    edist_bench_validate(x, as.matrix(y)),
    edist_bench(x = x, y = as.matrix(y)),
    edist_bench_approaches()$loop(x, as.matrix(y)),
    edist_matrix(x[, 1:2], x[, 2:3]),
    edist(x, weights = c(Petal.Width = 1, Sepal.Length = 2, Sepal.Width = 3,
                         Petal.Length = 4)),
    edist(x, cov = cov(iris[4:1])),
    edist(x, cov = cov(iris[1:4])[, 4:1]),
    edist_within(mtcars, radius = setNames(1:32, rownames(mtcars)[32:1])),
    edist_reduce(mtcars, stat = "count",
                 radius = setNames(1:32, rownames(mtcars)[c(2, 1, 3:32)])),
    edist_reduce(mtcars, "min", group = setNames(mtcars$cyl, rownames(mtcars))[32:1]),
    edist_reduce(mtcars[1:3, ], "min", mtcars,
                 group = setNames(mtcars$cyl, rownames(mtcars))[32:1]),
    kind = "argument"
  )
  want <- edist_matrix(x, as.matrix(y)[, colnames(x)])
  expect_identical(edist_matrix(x, y[, colnames(x)]), want)
  expect_identical(c(edist_matrix(unname(x), y[, colnames(x)])), c(want))
  # Names that do not overlap, occur twice or are missing are ignored.
  expect_identical(c(edist_matrix(x, unname(y))), c(edist_matrix(x, unname(as.matrix(y)))))
  other <- as.matrix(y)
  colnames(other) <- c("a", "b", "a", NA)
  again <- x
  colnames(again) <- c(NA, "a", "a", "")
  expect_identical(c(edist_matrix(again, other)), c(edist_matrix(x, unname(y))))
  expect_identical(edist(x, weights = c(a = 1, b = 2, c = 3, d = 4))[1:3],
                   edist(x, weights = 1:4)[1:3])
  # Pairs go one by one, with any row names.
  expect_identical(edist_pairs(mtcars[-1, ], mtcars[-32, ]),
                   edist_pairs(mtcars, i = 2:32, j = 1:31))
})

test_that("messages tell how to fix input that is nearly right", {
  x <- as.matrix(faithful[1:4, ])
  where <- environment()
  methods::setClass("SummarizedExperiment", slots = c(a = "list"), where = where)
  methods::setClass("Single", contains = "SummarizedExperiment", where = where)
  methods::setClass("DelayedArray", slots = c(seed = "list"), where = where)
  single <- methods::new("Single")
  delayed <- methods::new("DelayedArray")
  nameless <- data.frame(1:2, c("x", "y"))
  names(nameless) <- NULL
  expect_errors(
    edist_matrix(x, x[1, ]),
    edist_matrix(x[1, ], x),
    edist_nearest(x, 1, x[1, ]),
    edist_matrix(x, 1:3),
    edist(single),
    edist_matrix(x, single),
    edist(delayed),
    edist(nameless),
    kind = "argument"
  )
  for (class in c("Single", "SummarizedExperiment", "DelayedArray")) {
    methods::removeClass(class, where = where)
  }
})

test_that("the input is not changed", {
  x <- matrix(1:6, 3)
  y <- x + 0
  before <- list(x + 0L, y + 0)
  edist_matrix(x, y)
  expect_identical(list(x, y), before)
})

test_that("bad input gets one clear sentence", {
  x <- matrix(1, 3, 2)
  expect_errors(
    edist(NULL),
    edist("a"),
    edist(letters),
    edist(1i),
    edist(factor(1:3)),
    edist(list(1, 2)),
    edist(mean),
    edist(iris),
    edist(data.frame(a = 1:2, b = c("x", "y"))),
    edist(data.frame(a = 1:2, b = I(list(1, 2)))),
    edist(data.frame(day = as.Date("2024-01-01") + 0:2)),
    edist_matrix(x, "a"),
    edist_matrix(x, matrix(1, 3, 5))
  )
  expect_error(edist(), "\"x\" is missing")
  expect_errors(
    edist(x, method = "kulczynski"),
    edist(x, method = ""),
    edist(x, method = c("euclidean", "sqeuclidean")),
    edist(x, method = 1),
    edist(x, method = NA_character_),
    edist(x, squared = TRUE),
    edist(x, "euclidean", FALSE, FALSE, 2, 4),
    edist_matrix(x, squared = TRUE)
  )
})

test_that("a result larger than memory is refused before the work begins", {
  # Ten million rows: 400 TB. A matrix without columns takes no memory itself.
  x <- matrix(0, 1e7, 0)
  expect_error(edist(x), "The result must fit in memory, but .* would take 400 TB")
  expect_error(edist(x), "call `edist_plan\\(x, \"d.zarr\"\\)", class = "edist_error_memory")
  expect_error(edist_matrix(x), "would take 800 TB .* call `edist_plan\\(x, \"d")
  expect_error(edist_matrix(x, x), "call `edist_plan\\(x, \"d.zarr\", y\\)")
})

test_that("a sparse matrix whose slots contradict each other is an error", {
  skip_if_not_installed("Matrix")
  x <- seeded(3, Matrix::rsparsematrix(20, 5, 0.3))
  spoil <- list(
    function(x) { x@i[3] <- 1000000L; x },
    function(x) { x@i[1] <- -1L; x },
    function(x) { x@i <- rev(x@i); x },
    function(x) { x@p[2] <- 99999L; x },
    function(x) { x@p <- x@p[1:3]; x },
    function(x) { x@x <- x@x[1:3]; x },
    function(x) { x@Dim <- c(20L, 50000L); x },
    function(x) { x@Dim <- c(-20L, 5L); x }
  )
  ask <- list(edist, edist_matrix, edist_pairs,
              function(x) edist_nearest(x, 1), function(x) edist_reduce(x, "min"),
              function(x) edist_matrix(matrix(0, 1, 5), x),
              function(x) edist_reduce(x, "count", radius = 1),
              function(x) edist_apply(x, FUN = sum))
  for (f in spoil) {
    for (g in ask) expect_error(g(f(x)), "`[xy]` must be a valid")
  }
})
