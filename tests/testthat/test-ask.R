planned <- function(x, y = NULL, ..., tile = 17) {
  edist_plan(x, y, ..., path = local_path(parent.frame()), tile = tile)
}

test_that("neighbours with a plan equal those of its data, including ties", {
  x <- seeded(1, tied(60, 3, holes = 20))
  y <- seeded(2, tied(50, 3, holes = 20))
  for (method in c("euclidean", "manhattan", "cosine", "binary")) {
    plan <- planned(x, method = method)
    expect_identical(edist_nearest(plan, k = 7, threads = 2),
                     edist_nearest(x, k = 7, method = method, threads = 2))
    plan <- planned(x, y, method = method, tile = c(17, 11))
    expect_identical(edist_nearest(plan, k = 50),
                     edist_nearest(x, 50, y, method = method, threads = 2))
  }
  none <- x[0, , drop = FALSE]
  expect_identical(edist_nearest(planned(none, y), k = 2), edist_nearest(none, 2, y))
  expect_identical(edist_reduce(planned(none, y), stat = "sum"),
                   edist_reduce(none, "sum", y))
  named <- as.matrix(mtcars)
  expect_identical(edist_nearest(planned(named), k = 3),
                   edist_nearest(named, k = 3, threads = 2))
  expect_identical(edist_nearest(planned(named[1:5, ], unname(named)), k = 3),
                   edist_nearest(named[1:5, ], 3, unname(named), threads = 2))
})

test_that("with a plan, radius, ties and edist_within() are those of its data", {
  skip_if_not_installed("Matrix")
  x <- seeded(1, tied(60, 3, holes = 20))
  y <- seeded(2, tied(50, 3, holes = 20))
  rownames(x) <- paste0("r", 1:60)
  each <- seeded(3, sample(c(0, 1, 2, Inf), 60, TRUE))
  for (with in list(NULL, y)) {
    plan <- planned(x, with)
    for (radius in list(1.5, each)) {
      for (ties in c("first", "all")) {
        got <- edist_nearest(plan, 3, radius = radius, ties = ties, threads = 2)
        want <- edist_nearest(x, 3, with, radius = radius, ties = ties, threads = 2)
        expect_identical(got[names(got) != "computed"], want[names(want) != "computed"])
      }
      for (as in c("Matrix", "data.frame")) {
        expect_identical(edist_within(plan, radius, as = as, threads = 2),
                         edist_within(x, radius, with, as = as, threads = 2))
      }
    }
  }
  expect_identical(edist_within(planned(x[0, ], y), 1, as = "data.frame"),
                   edist_within(x[0, ], 1, y, as = "data.frame"))
  expect_errors(edist_within(planned(x), 1, method = "manhattan"))
})

test_that("edist_reduce() with a plan is identical to edist_reduce() of its data", {
  # The chunks of sums differ for few rows, so there are many here.
  x <- seeded(1, matrix(rnorm(2500 * 3), 2500, dimnames = list(1:2500, NULL)))
  group <- seeded(2, sample(c("a", "b", NA), 2500, TRUE))
  plan <- planned(x, tile = 999)
  for (stat in stats_known) {
    radius <- if (stat == "count") seeded(3, runif(2500))
    expect_identical(edist_reduce(plan, stat = stat, radius = radius),
                     edist_reduce(x, stat = stat, radius = radius, threads = 2))
    expect_identical(edist_reduce(plan, stat = stat, radius = radius, group = group),
                     edist_reduce(x, stat = stat, radius = radius, group = group,
                                  threads = 2))
  }
  y <- x[1:700, ]
  plan <- planned(y, x, "manhattan", tile = 300)
  expect_identical(edist_reduce(plan, stat = "sum"),
                   edist_reduce(y, "sum", x, method = "manhattan", threads = 2))
})

test_that("an interrupted answer is resumed, and leaves no files", {
  x <- seeded(1, tied(60, 3))
  plan <- planned(x)
  want <- edist_nearest(x, k = 2, threads = 2)
  question <- nearest_question(2L)
  folder <- question_folder(plan, question)
  # What remains of a run that was killed after its second row band.
  dir.create(own_path(plan, folder))
  write_object(plan, question, question_file(plan, folder))
  do_band(plan, folder, 2, 1L, new_cache())
  second <- readRDS(band_file(plan, folder, 2))
  second$distance[] <- 99
  saveRDS(second, band_file(plan, folder, 2))
  got <- edist_nearest(plan, k = 2)
  expect_identical(got$distance[18:34, ], matrix(99, 17, 2)) # it was not computed again
  expect_identical(got$distance[-(18:34), ], want$distance[-(18:34), ])
  expect_identical(list.files(own_path(plan), "nearest"), character())
  expect_identical(edist_nearest(plan, k = 2), want)
})

test_that("arguments that belong to the plan cannot be given again", {
  plan <- planned(mtcars)
  expect_errors(
    edist_nearest(plan, 1, mtcars),
    edist_nearest(plan, 1, method = "maximum"),
    edist_nearest(plan, k = 32),
    edist_reduce(plan, stat = "mean", p = 3),
    edist_reduce(plan, stat = "count"),
    edist_reduce(plan, "min", group = 1:3)
  )
})
