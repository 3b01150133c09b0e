published <- as_edist_bench(workshop_results, "published")

test_that("the fastest and slowest of each row are marked, on each machine", {
  seconds <- rbind(c(3, 1, 2), c(NA, 5, NA), c(2, NA, 7), c(4, 4, 9))
  expect_identical(row_marks(seconds), rbind(
    c("slowest", "fastest", ""), "", c("fastest", "", "slowest"),
    c("fastest", "fastest", "slowest")
  ))
  mine <- published
  mine$processor <- "mine"
  mine$times <- lapply(published$times, function(t) 1 / t)
  grid <- bench_grid(rbind(published, as_bench(mine)))
  at <- split(seq_len(nrow(grid$lines)), grid$lines$panel)
  swapped <- c(fastest = "slowest", slowest = "fastest")[grid$mark[, at$mine]]
  swapped[is.na(swapped)] <- ""
  expect_identical(c(grid$mark[, at$published]), unname(swapped))
  # As in the notebook's table.
  expect_identical(sum(grid$mark[, at$published] == "slowest"), 12L)
})

test_that("the printed table has every cell, and wraps at the width", {
  withr::local_options(width = 60, cli.unicode = FALSE, cli.num_colors = 1L)
  lines <- capture.output(print(published))
  expect_true(all(nchar(lines) <= 60))
  expect_match(lines, "34.6 ms v", fixed = TRUE, all = FALSE)
  expect_match(lines, "3 430 s ^", fixed = TRUE, all = FALSE)
  expect_identical(sum(grepl("^ *10000 ", lines)), sum(grepl("^ *size ", lines)))
  withr::local_options(cli.num_colors = 256L)
  expect_match(capture.output(print(published)), "\033[32m", fixed = TRUE,
               all = FALSE)
})

test_that("whatever is left of a benchmark can be printed", {
  table <- "Minimum time of"
  frame <- "approach"
  expect_output(print(head(published)), table)
  expect_output(print(published[c(7, 3), ]), table)
  expect_output(print(published[published$size == 500, ]), table)
  expect_output(print(subset(published, threads > 10)), table)
  expect_output(print(published[0, ]), "0 rows")
  expect_output(print(published[published$size > 1e6, 1:3]), "0 rows")
  expect_output(print(published[, c("approach", "min")]), frame)
  expect_output(print(published["approach"]), frame)
  expect_output(print(published[0]), "0 columns")
  expect_output(print(published[-20]), frame)
  expect_output(print(published[c(1, 1, 2), ]), frame) # the same cell twice
  expect_output(print(published[c(1, NA), ]), "NA")
  expect_output(print(rbind(published, published)[1:3, ]), table)
  none <- published[1:3, ]
  none$status <- "not run: over max_seconds"
  none$times <- rep(list(numeric()), 3)
  expect_output(print(as_bench(none)), "not run")
})

test_that("the HTML table has every cell, with marks and colours", {
  skip_if_not_installed("htmltools")
  html <- as.character(edist_bench_table(published, "A caption"))
  count <- function(pattern) lengths(regmatches(html, gregexpr(pattern, html)))
  expect_identical(count("<td"), 12L * 16L)
  expect_identical(count("class=\"edist-fastest\""), 12L)
  expect_identical(count("class=\"edist-slowest\""), 12L)
  expect_identical(count("\u25bc"), 12L + 1L) # and the note
  expect_match(html, "<caption>A caption</caption>", fixed = TRUE)
  expect_match(html, "colspan=\"7\"[^>]*>multiprocessing")
})

test_that("times and ranges are formatted", {
  expect_identical(format_seconds(c(1.234)), "1.23 s")
  expect_identical(format_seconds(0.0123), "12.3 ms")
  expect_identical(format_seconds(2.5e-5), "25.0 us")
  expect_identical(format_seconds(4e-9), "4.00 ns")
  expect_identical(format_seconds(123.4), "123 s")
  expect_identical(format_seconds(0.9996), "1.00 s")
  expect_identical(format_seconds(3426), "3 430 s")
  expect_identical(format_seconds(c(123.4, NA, 0.0123)), c("123 s", NA, "12.3 ms"))
  expect_identical(format_range(c(5, 5)), "5")
  expect_identical(format_range(c(1, 5, 3)), "1 to 5")
})

test_that("a share above the limit is explained", {
  b <- as_edist_bench(data.frame(approach = "engine", size = 10, threads = 1, seconds = 1),
                      "abacus")
  shown <- function(share) {
    b$of_limit <- share
    utils::tail(capture.output(print(b)), 1)
  }
  expect_match(shown(1.03), "103 % of it$")
  expect_match(shown(1.2), "120 % of it: the machine was busy while its limits were measured$")
})
