two <- max(read_threads(2)) # 1 where there is no second thread
roof <- edist_bench_roofline(1:2, seconds = 0.001)

test_that("a roofline has each figure once", {
  expect_s3_class(roof, c("edist_roofline", "data.frame"), exact = TRUE)
  sets <- edist_info()$isa_available
  expect_identical(nrow(roof), two * (4L * length(sets) + 2L))
  expect_identical(anyDuplicated(roof[c("isa", "threads", "what")]), 0L)
  expect_true(all(is.finite(roof$rate) & roof$rate > 0))
  expect_identical(unique(roof$unit[roof$isa == ""]), "bytes")
})

test_that("the first instruction set is the one in use", {
  withr::local_envvar(EDIST_ISA = "portable")
  expect_identical(edist_bench_roofline(1, seconds = 0.001)$isa[1], "portable")
})

# Round rates, to compute times by hand.
known <- roof
known$rate <- ifelse(known$what == "root", 1e8, ifelse(known$isa == "", 8e8, 1e9))

test_that("the slowest part is the limit", {
  least <- predict(known, n = 1000, m = 2000, p = c(1, 10, 100))
  expect_equal(least$compute, c(0.002, 0.02, 0.2))
  expect_equal(least$roots, c(0.02, 0.02, 0.02))
  expect_equal(least$write, c(0.02, 0.02, 0.02))
  expect_equal(least$limit, c(0.02, 0.02, 0.2))
  within <- predict(known, n = 1000, p = 1)
  expect_equal(within$limit, 499500 * 1e-8)
  other <- predict(known, n = 1000, m = 2000, p = 30, method = "manhattan")
  expect_identical(other$roots, 0)
  expect_equal(other$limit, 0.06)
})

test_that("small results may be in warm memory", {
  known$rate[known$what == "warm"] <- 8e9
  least <- predict(known, n = c(1000, 3000), m = c(1000, 3000), p = 1)
  expect_identical(least$memory, c("warm", "fresh"))
  expect_equal(least$write, c(0.001, 0.09))
  expect_equal(predict(known, 1000, 1, 1000, memory = "fresh")$write, 0.01)
})

test_that("bad requests say what is wrong", {
  expect_errors(
    edist_bench_roofline(0),
    edist_bench_roofline(seconds = 0),
    predict(known, 10, 10, method = "canberra"),
    predict(known, 0, 10),
    predict(known, 10, 10, m = -1),
    predict(known, 10, 10, memory = "cold")
  )
  # The instruction sets and threads depend on the machine.
  expect_error(edist_bench_roofline(isa = "mmx"), "`isa` must be among .*, not \"mmx\"")
  expect_error(edist_bench_roofline(isa = 3), "`isa` must be among .*, not 3")
  expect_error(predict(known, 10, 10, threads = 7),
               "`threads` must be among 1.* were measured, not 7 and")
  expect_error(predict(known, 10, 10, isa = "mmx"), "measured, not [12] and \"mmx\"")
  expect_error(predict(known, 1:2, 1:3), "not lengths 2 and 3")
  expect_error(predict(known, 1, 1, method = character()), "`method` must be among")
})

test_that("it prints instruction sets by threads", {
  out <- capture.output(print(known))
  expect_match(out, "1 thread", all = FALSE)
  expect_match(out, "portable euclidean, pair-columns +1( +1)?$", all = FALSE)
  expect_match(out, "memory first write, bytes +0.8( +0.8)?$", all = FALSE)
})

test_that("whatever is left of a roofline can be printed", {
  expect_output(print(head(known, 3)), "portable|euclidean")
  expect_output(print(known[c(1, nrow(known)), ]), "memory")
  expect_output(print(known[1:4]), "limits of this machine")
  expect_output(print(known["rate"]), "rate")
  expect_output(print(known[0, ]), "0 rows")
  expect_output(print(known[0]), "0 columns")
})

test_that("a benchmark tells how close it is to the limit", {
  b <- bench(50, 1, "engine", repetitions = 1)
  expect_gt(b$limit, 0)
  expect_equal(b$of_limit, b$limit / b$min)
  expect_output(print(b), "Closest to the machine's limit: engine x1 at 50 rows, [0-9]")
})

test_that("the picture has a line for each number of threads and a point for each cell", {
  skip_if_not_installed("ggplot2", "3.4.0")
  b <- bench(50, 1:2, c("engine", "blas"), repetitions = 1)
  plot <- ggplot2::autoplot(known, b)
  expect_identical(length(unique(ggplot2::layer_data(plot, 1)$group)), two)
  expect_identical(nrow(ggplot2::layer_data(plot, 3)), sum(b$status == "run"))
  expect_error(ggplot2::autoplot(known, mtcars), "bench")
  withr::local_pdf(NULL)
  expect_invisible(plot(known, b))
  expect_identical(plot(known)$data, ggplot2::autoplot(known)$data)
})

# The rates of a machine, with what `factor` makes of those of two threads.
machine <- function(factor) {
  rates <- data.frame(isa = c("a", "a", "", ""), threads = 1,
                      what = c("euclidean", "root", "fresh", "warm"), rate = 8e9)
  two <- transform(rates, threads = 2, rate = factor * rate)
  structure(rbind(rates, two), class = c("edist_roofline", "data.frame"),
            processor = "abacus")
}
# Engines with the share `of` their limit at 100 and 1000 rows and columns.
at_share <- function(of, approach = "engine") {
  limit <- predict(machine(2), c(100, 1000), c(100, 1000), c(100, 1000), threads = 1)$limit
  as_edist_bench(data.frame(approach, size = c(100, 1000), threads = 1,
                            seconds = limit / of), "abacus")
}

test_that("the picture says if limits were measured on a busy machine", {
  skip_if_not_installed("ggplot2", "3.4.0")
  caption <- function(...) gsub("\n", " ", ggplot2::autoplot(...)$labels$caption)
  busy <- "the machine was busy while its limits were measured."
  expect_identical(caption(machine(2)), "abacus, a")
  expect_identical(caption(machine(0.97)), "abacus, a")
  expect_identical(caption(machine(0.5)),
                   paste("abacus, a The limit with 2 threads is below that with 1:", busy))
  expect_identical(caption(machine(2), at_share(c(1.04, 0.5))), "abacus, a")
  expect_identical(
    caption(machine(2), at_share(c(0.9, 1.2))),
    paste("abacus, a engine with 1 thread at 1000 rows is at 120 % of its limit:", busy)
  )
  expect_match(caption(machine(0.5), at_share(c(0.9, 1.2))), "with 1, and engine with 1")
  # The product form does other arithmetic.
  expect_identical(caption(machine(2), at_share(2, "blas")), "abacus, a")
})

test_that("no texts of the picture overlap, are cut off or are pale, at any size", {
  skip_if_not_installed("ggplot2", "3.4.0")
  skip_on_cran()
  recorded <- edist_bench_read(system.file("extdata/size-threads.csv", package = "edist"))
  pictures <- list(ggplot2::autoplot(machine(2)), ggplot2::autoplot(machine(1.01)),
                   ggplot2::autoplot(machine(2), at_share(1:2)),
                   ggplot2::autoplot(machine(0.5), recorded))
  for (picture in pictures) {
    for (size in picture_sizes) {
      expect_identical(flaws_of(picture, size), character())
    }
  }
})
