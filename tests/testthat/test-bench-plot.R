skip_if_not_installed("ggplot2", "3.4.0")

# Two sizes and up to two threads, with given times.
told <- function() {
  cells <- data.frame(
    approach = c("loop", "vectorised", "engine", "engine", "loop", "vectorised",
                 "engine", "engine"),
    size = rep(c(10, 20), each = 4), threads = c(1, 1, 1, 2),
    seconds = c(4, 2, 1, 0.5, 32, 16, 8, 5)
  )
  as_edist_bench(cells, "abacus")
}
built <- function(plot) {
  expect_warning(b <- ggplot2::ggplot_build(plot), NA)
  b
}

test_that("every kind of picture can be built, without messages", {
  for (kind in c("time", "bars", "speedup", "efficiency", "heatmap")) {
    plot <- ggplot2::autoplot(told(), kind)
    expect_s3_class(built(plot)$plot, "ggplot")
    expect_true(nzchar(plot$labels$title))
  }
})

test_that("the line picture has a line per approach and number of threads", {
  b <- told()
  b$status[1] <- "not run: over max_seconds"
  plot <- ggplot2::autoplot(b)
  expect_match(plot$labels$caption, "Not run: loop at 10", fixed = TRUE)
  expect_identical(length(unique(plot$data$line)), 4L)
  both <- rbind(b, as_edist_bench(workshop_results, "published"))
  expect_identical(nrow(built(ggplot2::autoplot(both))$layout$layout), 2L)
})

test_that("bars show the best of each approach at one size", {
  bars <- ggplot2::autoplot(told(), "bars")$data
  expect_identical(bars$min, c(32, 16, 5))
  expect_identical(as.character(bars$cores),
                   c("single-core", "single-core", "multi-core"))
  expect_identical(ggplot2::autoplot(told(), "bars", size = 10)$data$min, c(4, 2, 0.5))
  faster <- ggplot2::autoplot(subset(told(), approach != "loop"), "bars")
  expect_identical(faster$data$min, c(16, 5))
})

test_that("speed-up and efficiency are drawn for several numbers of threads", {
  expect_equal(ggplot2::autoplot(told(), "speedup")$data$speedup, c(1, 1.6))
  expect_equal(ggplot2::autoplot(told(), "efficiency")$data$efficiency, c(1, 0.8))
})

test_that("the heat map marks the fastest and the slowest of each size", {
  tiles <- ggplot2::autoplot(told(), "heatmap")$data
  expect_identical(tiles$mark, rep(c("slowest", "", "", "fastest"), 2))
  expect_equal(tiles$slower[1:4], c(8, 4, 2, 1))
  # As in the table, a cell that is alone has no mark.
  alone <- ggplot2::autoplot(told()[c(1:4, 8), ], "heatmap")$data
  expect_identical(alone$mark, c("slowest", "", "", "fastest", ""))
})

test_that("labels move apart, and stay where there is room", {
  expect_equal(spread(c(0, 1, 2), c(0, 2)), c(0, 1, 2))
  near <- spread(c(0.5, 0.501, 2), c(0, 2))
  expect_gt(near[2] - near[1], 0.13)
  expect_lte(max(spread(c(1.9, 2, 2), c(0, 2))), 2)
  expect_gt(spread(c(1, 1), c(0, 2), c(5, 4))[1], 1)
  expect_identical(spaced(c(10, 11, 100, 1000), 0.1), c(1000, 100, 11))
})

test_that("plot() draws the picture and returns it", {
  withr::local_pdf(NULL)
  expect_invisible(plot(told()))
  expect_identical(plot(told())$data, ggplot2::autoplot(told())$data)
  bars <- plot(told(), "bars", size = 10)
  expect_identical(bars$data$min, c(4, 2, 0.5))
  expect_errors(plot(told(), "pie"), plot(told()[0, ]), plot(told()["min"]))
})

test_that("plot() says if ggplot2 is missing", {
  check <- with_mock(check_installed, requireNamespace = function(...) FALSE)
  draw <- with_mock(print_picture, check_installed = check)
  expect_error(
    draw(told(), "benchmark"),
    "^`plot\\(\\)` of a benchmark needs package ggplot2, which is not installed\\.$",
    class = "edist_error_system"
  )
})

test_that("pictures that cannot be drawn say why", {
  b <- told()
  none <- b
  none$status <- "not run: over max_seconds"
  expect_errors(
    ggplot2::autoplot(none),
    ggplot2::autoplot(b, "pie"),
    ggplot2::autoplot(b, "bars", size = 15),
    ggplot2::autoplot(rbind(b, as_edist_bench(workshop_results, "x")), "bars"),
    ggplot2::autoplot(subset(b, threads == 1), "speedup"),
    ggplot2::autoplot(b, colour = "red"),
    ggplot2::autoplot(b[c("approach", "min")])
  )
})
