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
kinds <- c("time", "bars", "workers", "speedup", "efficiency", "heatmap")
built <- function(plot) {
  expect_warning(b <- ggplot2::ggplot_build(plot), NA)
  b
}

test_that("every kind of picture can be built, without messages", {
  for (kind in kinds) {
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
  # At their beginning, lines of the fastest numbers of threads have the labels.
  expect_identical(as.character(ggplot2::layer_data(plot, 4)$label),
                   c("R vectors", "edist engine", "R loops"))
  expect_identical(length(unique(plot$data$line)), 4L)
  both <- rbind(b, as_edist_bench(workshop_results, "published"))
  expect_identical(nrow(built(ggplot2::autoplot(both))$layout$layout), 2L)
})

test_that("what was not run is listed by lines that miss the same sizes", {
  b <- told()
  b$status[c(1, 5, 6, 8)] <- "not run: over max_seconds"
  expect_identical(format_missed(b), "loop from 10; vectorised, engine x2 at 20")
  # Those that miss the most come first.
  expect_identical(format_missed(b[c(6, 1:5, 7:8), ]), format_missed(b))
  both <- rbind(told(), told()[8, ])
  both$threads[9] <- 3L
  both$status[7:9] <- "not run: over max_seconds"
  expect_identical(format_missed(both[-(3:4), ]), "engine at 20")
  many <- as_edist_bench(data.frame(approach = sprintf("approach %02d", 1:30), size = 1:30,
                                    threads = 1, seconds = 1), "abacus")
  many$status <- "not run: over max_seconds"
  expect_match(format_missed(many), "^approach 01 at 1; .*; and others$")
  expect_lt(nchar(format_missed(many)), 130)
})

test_that("bars show the best of each approach at one size, and its threads", {
  bars <- ggplot2::autoplot(told(), "bars")$data
  expect_identical(bars$min, c(32, 16, 5))
  expect_identical(as.character(bars$workers), c("1", "1", "2"))
  expect_identical(ggplot2::autoplot(told(), "bars", size = 10)$data$min, c(4, 2, 0.5))
  faster <- ggplot2::autoplot(subset(told(), approach != "loop"), "bars")
  expect_identical(faster$data$min, c(16, 5))
  # An approach that could use more threads, but is faster with one.
  slow <- told()
  slow$min[8] <- 9
  expect_identical(as.character(ggplot2::autoplot(slow, "bars")$data$workers),
                   c("1", "1", "1"))
  unknown <- subset(told(), threads == 1)
  unknown$threads <- NA_integer_
  expect_match(ggplot2::autoplot(slow, "bars")$labels$subtitle, "the best of 1, 2 threads")
  expect_no_match(ggplot2::autoplot(unknown, "bars")$labels$subtitle, "threads")
})

test_that("a fastest time that is there twice is drawn once", {
  twice <- told()
  twice$min[4] <- 1
  twice$min[8] <- 8
  expect_identical(nrow(ggplot2::autoplot(twice, "bars")$data), 3L)
})

test_that("time against workers marks the fastest: 25, in the published times", {
  published <- as_edist_bench(workshop_results, "published")
  plot <- ggplot2::autoplot(published, "workers")
  expect_match(plot$labels$title, "9 000 rows", fixed = TRUE)
  expect_match(gsub("\n", " ", plot$labels$subtitle), "not shown: Numba", fixed = TRUE)
  rings <- ggplot2::layer_data(plot, 3)
  expect_equal(sort(10^rings$x), c(25, 100))
  expect_setequal(ggplot2::layer_data(plot, 4)$label,
                  c("NumPy", "multiprocessing: 25", "PyMP: 100"))
  for (size in c(4000, 6000, 10000)) {
    labels <- ggplot2::layer_data(ggplot2::autoplot(published, "workers", size = size), 4)
    expect_true("multiprocessing: 25" %in% labels$label)
  }
  told <- ggplot2::autoplot(told(), "workers")
  expect_equal(10^ggplot2::layer_data(told, 3)$x, 2)
})

test_that("speed-up and efficiency are drawn for several numbers of threads", {
  expect_equal(ggplot2::autoplot(told(), "speedup")$data$speedup, c(1, 1.6))
  expect_equal(ggplot2::autoplot(told(), "efficiency")$data$efficiency, c(1, 0.8))
  expect_match(ggplot2::autoplot(told(), "speedup")$labels$subtitle,
               "not shown: R loops,\\s+R vectors")
})

test_that("without a time of one thread, the fewest count as ideal, and it says so", {
  cells <- data.frame(approach = "PyMP", size = 10, threads = c(5, 10, 20),
                      seconds = c(8, 4, 4))
  plot <- ggplot2::autoplot(as_edist_bench(cells, "abacus"), "speedup")
  expect_equal(plot$data$speedup, c(5, 10, 10))
  expect_match(gsub("\n", " ", plot$labels$subtitle),
               "no time with 1 thread: PyMP (5 threads count as 5x)", fixed = TRUE)
  told <- ggplot2::autoplot(told(), "speedup")$labels$subtitle
  expect_false(grepl("no time", told))
})

test_that("the heat map marks the fastest and the slowest of each size", {
  tiles <- ggplot2::autoplot(told(), "heatmap")$data
  expect_identical(tiles$mark, rep(c("slowest", "", "", "fastest"), 2))
  expect_equal(tiles$slower[1:4], c(8, 4, 2, 1))
  # As in the table, a cell that is alone has no mark.
  alone <- ggplot2::autoplot(told()[c(1:4, 8), ], "heatmap")$data
  expect_identical(alone$mark, c("slowest", "", "", "fastest", ""))
})

test_that("axes write seconds without zeros at their end", {
  expect_identical(axis_seconds(c(1, 10, 0.1, 0.0352, 3400, NA)),
                   c("1 s", "10 s", "100 ms", "35.2 ms", "3 400 s", NA))
})

# One approach, all eight, the published times, and two machines.
recorded <- edist_bench_read(system.file("extdata/size-threads.csv", package = "edist"))
published <- as_edist_bench(workshop_results, "published 2023, 128 cores")
shown <- list(one = subset(recorded, approach == "engine"), eight = recorded,
              published = published, both = rbind(recorded, published))

test_that("no texts overlap, are cut off or are pale, at any size", {
  skip_on_cran()
  for (name in names(shown)) {
    for (kind in if (name == "both") c("time", "heatmap") else kinds) {
      picture <- ggplot2::ggplotGrob(ggplot2::autoplot(shown[[name]], kind))
      for (size in picture_sizes) {
        expect_identical(flaws_of(picture, size), character(),
                         label = paste(kind, "of", name, "at", size[1], "inches"))
      }
    }
  }
})

test_that("a single cell, and several machines, fit a telephone", {
  telephone <- picture_sizes[[3]]
  for (kind in c("time", "bars", "heatmap")) {
    expect_message(alone <- flaws_of(ggplot2::autoplot(told()[1, ], kind), telephone), NA)
    expect_identical(alone, character(), label = kind)
  }
  machines <- lapply(c("first", "second", "third"), function(name) {
    b <- recorded
    b$processor <- paste("the processor of the", name, "machine")
    b
  })
  machines <- do.call(rbind, machines)
  for (kind in c("time", "heatmap")) {
    flaws <- flaws_of(ggplot2::autoplot(machines, kind), telephone)
    expect_identical(flaws, character(), label = kind)
  }
})

test_that("wider fonts and long names fit, too", {
  skip_on_cran()
  skip_if_not(capabilities("cairo"))
  cells <- expand.grid(approach = c("an approach of many words", "one", "two", "three"),
                       size = c(10, 1000), threads = c(1, 2, 64))
  cells$seconds <- 1e-9 * cells$size^3 * as.integer(cells$approach) / sqrt(cells$threads)
  long <- as_edist_bench(cells, "AMD EPYC 7H12 64-Core Processor, with a long description")
  for (kind in kinds) {
    flaws <- flaws_of(ggplot2::autoplot(long, kind), picture_sizes[[3]], png_of)
    expect_identical(flaws, character(), label = kind)
  }
})

test_that("pictures look as they did", {
  # Those of skipped tests stay.
  for (kind in kinds) announce_snapshot_file(name = paste0(kind, ".svg"))
  skip_if_not_installed("vdiffr")
  # Other versions draw the same in other words.
  skip_if_not(utils::packageVersion("ggplot2") == "3.4.1")
  cells <- rbind(told(), as_edist_bench(data.frame(
    approach = "pool", size = rep(c(10, 20), each = 3), threads = c(1, 2, 8),
    seconds = c(3, 2, 2.5, 20, 12, 9)
  ), "abacus"))
  for (kind in kinds) vdiffr::expect_doppelganger(kind, ggplot2::autoplot(cells, kind))
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
  for (kind in kinds) expect_error(ggplot2::autoplot(none, kind), "all 8 are marked")
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
