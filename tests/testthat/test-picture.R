skip_if_not_installed("ggplot2", "3.4.0")

test_that("flaws of a picture are found", {
  data <- data.frame(x = c(1, 1.02, 2), y = c(1, 1, 2), label = c("first", "second", "third"))
  plot <- ggplot2::ggplot(data, ggplot2::aes(x, y, label = label)) +
    ggplot2::geom_text(colour = "#E69F00") +
    ggplot2::labs(title = strrep("a title that does not end ", 5))
  flaws <- flaws_of(plot, c(3.6, 3.2))
  expect_match(flaws, "'a title .*' is cut off", all = FALSE)
  expect_true("'first' overlaps 'second'" %in% flaws)
  wide <- ggplot2::ggplot(data, ggplot2::aes(x, y, label = strrep(label, 4))) +
    ggplot2::geom_text()
  expect_match(flaws_of(wide, c(3.6, 3.2)), "'thirdthird.*' is cut off", all = FALSE)
  pale <- ggplot2::ggplot(data, ggplot2::aes(x, y)) + ggplot2::geom_point() +
    ggplot2::theme(axis.title = ggplot2::element_text(colour = "#56B4E9"))
  expect_identical(sort(flaws_of(pale, c(4, 4))), c("'x' is pale", "'y' is pale"))
  # Texts of different places are compared in one system, turned ones, too.
  turned <- ggplot2::ggplot(data, ggplot2::aes(x, y)) + ggplot2::geom_point() +
    ggplot2::labs(y = strrep("a name of an axis ", 4), title = "title\ntitle\ntitle")
  expect_match(flaws_of(turned, c(2, 2)), "a name .* is cut off", all = FALSE)
  plain <- ggplot2::ggplot(data, ggplot2::aes(x, y)) + ggplot2::geom_point()
  expect_identical(flaws_of(plain, c(3.6, 3.2)), character())
})

test_that("labels move apart as little as possible, and stay where there is room", {
  expect_equal(spread(c(10, 30, 20), 5, 40), c(10, 30, 20))
  expect_equal(spread(c(10, 10, 30), 4, 40), c(8, 12, 30))
  expect_equal(spread(c(39, 40), 4, 40), c(34, 38))
  expect_equal(spread(c(0, 0), 4, 40), c(2, 6))
  expect_equal(spread(5, 4, 40), 5)
  height <- c(3, 17, 17.5, 18, 29)
  for (turn in list(1:5, 5:1, c(2, 5, 1, 4, 3))) {
    apart <- spread(height[turn], 6, 30)
    expect_true(all(diff(sort(apart)) > 6 - 1e-9))
    expect_identical(order(apart), order(height[turn]))
    expect_true(all(apart >= 3 - 1e-9 & apart <= 27 + 1e-9))
  }
})

test_that("texts have a contrast of at least 4.5", {
  # Two ratios that the guidelines state.
  expect_equal(contrast("black"), 21)
  expect_equal(round(contrast("#777777"), 2), 4.48)
  expect_true(all(contrast(ink(c(approach_colours, "yellow", "white", "#000000"))) >= 4.5))
  dark <- c("#0072B2", "#333333")
  expect_identical(ink(dark), dark)
  grounds <- c(grDevices::grey(0:100 / 100), grDevices::hcl.colors(100, "cividis"))
  expect_true(all(contrast(ink_on(grounds), grounds) >= 4.5))
})

test_that("lines of text have at most a number of characters", {
  expect_identical(wrap_text(c("one two three", "one"), 7), c("one two\nthree", "one"))
  expect_identical(wrap_text("abcdefghij kl", 4), "abcd\nefgh\nij\nkl")
  expect_identical(wrap_text("one\ntwo", 20), "one\ntwo")
})

test_that("texts shrink to their room, and small ones give way to triangles", {
  withr::local_pdf(NULL)
  grid::grid.newpage()
  expect_identical(fitting_size("a", 100, 100, 8), 8)
  expect_identical(fitting_size("a", 100, 5, 8), 5)
  narrow <- fitting_size(c("a", "a long text"), 30, 100, 8)
  expect_equal(max(text_points("a long text")) * narrow, 30)
  expect_identical(mark_place("120 ms", 15, 30)$size, 0)
  high <- mark_place("120 ms", 30, 40)
  expect_gt(high$mark[2], 0)
  flat <- mark_place("120 ms", 60, 9)
  expect_gte(flat$size, smallest_text)
  expect_lt(flat$mark[1], 0)
})

test_that("rows are thinned out evenly where there is no room for all", {
  rows <- data.frame(y = 1:9)
  expect_identical(thin_out(rows, 9.5)$y, 9:1)
  expect_identical(thin_out(rows, 5)$y, c(9L, 7L, 5L, 3L, 1L))
  expect_identical(thin_out(rows, 4.4)$y, c(9L, 6L, 3L))
  expect_identical(thin_out(rows, 0.5)$y, 9L)
})
