isas <- edist_info()$isa_available

test_that("pairs are the very numbers of the matrix, for every method", {
  seeded(1, for (trial in 1:30) {
    withr::local_envvar(EDIST_ISA = sample(isas, 1))
    n <- sample(1:60, 1)
    m <- sample(1:60, 1)
    p <- sample(c(1:9, 64, 65, 300, 2100), 1)
    x <- tied(n, p, sample(c(0, 100), 1))
    y <- tied(m, p, sample(c(0, 100), 1)) * sample(c(1, 1e200, 1e-170), 1)
    i <- sample(n, 150, TRUE)
    j <- sample(m, 150, TRUE)
    one <- sample(n, 150, TRUE)
    for (method in any_data) {
      threads <- sample(3, 1)
      strict <- method %in% dist_methods && sample(2, 1) == 1
      call <- function(f, ...) f(..., method = method, strict = strict, threads = threads)
      expect_identical(call(edist_pairs, x, y, i, j), call(edist_matrix, x, y)[cbind(i, j)],
                       info = method)
      expect_identical(call(edist_pairs, x, NULL, i, one),
                       call(edist_matrix, x)[cbind(i, one)], info = method)
    }
  })
})

test_that("rows go by number, by name, or one by one", {
  d <- edist_matrix(mtcars)
  expect_identical(edist_pairs(mtcars, i = "Fiat 128", j = 1:3), unname(d["Fiat 128", 1:3]))
  expect_identical(edist_pairs(mtcars, i = 1:2, j = c("Fiat 128", "Datsun 710")),
                   d[cbind(1:2, match(c("Fiat 128", "Datsun 710"), rownames(d)))])
  y <- mtcars[32:1, ]
  expect_identical(edist_pairs(mtcars, y), d[cbind(1:32, 32:1)])
  expect_identical(edist_pairs(mtcars), numeric(32))
  expect_identical(edist_pairs(mtcars, i = integer(), j = 3), numeric())
  expect_identical(edist_pairs(mtcars, i = integer(), j = integer()), numeric())
  expect_identical(edist_pairs(matrix(0, 2, 0), matrix(0, 2, 0)), c(NA_real_, NA))
  many <- seeded(2, matrix(rnorm(3e5), 3e4))
  i <- seeded(3, sample(3e4))
  expect_identical(edist_pairs(many, i = i, j = rev(i), threads = 2),
                   edist_pairs(many, i = i, j = rev(i), threads = 1))
  skip_if_not_installed("Matrix")
  sparse <- methods::as(methods::as(as.matrix(mtcars), "CsparseMatrix"), "dMatrix")
  expect_identical(edist_pairs(sparse, y), edist_pairs(mtcars, y))
})

test_that("bad arguments are refused", {
  expect_errors(
    edist_pairs(mtcars, mtcars[1:3, ]),
    edist_pairs(mtcars, i = 1),
    edist_pairs(mtcars, i = 1:3, j = 1:2),
    edist_pairs(mtcars, i = 1:4, j = 1:2),
    edist_pairs(mtcars, i = integer(), j = 1:2),
    edist_pairs(mtcars, i = 0, j = 1),
    edist_pairs(mtcars, i = 1, j = 33),
    edist_pairs(mtcars, i = NA, j = 1),
    edist_pairs(mtcars, i = "Trabant", j = 1),
    edist_pairs(mtcars, mtcars[1:3, ], 1, 4),
    kind = "argument"
  )
})
