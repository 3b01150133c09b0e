recorded <- edist_bench_read(system.file("extdata/size-threads.csv", package = "edist"))

report_of <- function(bench, ...) {
  for (package in c("ggplot2", "htmltools", "knitr")) skip_if_not_installed(package)
  file <- withr::local_tempfile(fileext = ".html", .local_envir = parent.frame())
  expect_identical(edist_report(bench, file, ...), file)
  paste(readLines(file, encoding = "UTF-8"), collapse = "\n")
}

test_that("a report is one complete page, which needs nothing else", {
  page <- report_of(recorded)
  expect_match(page, "^<!doctype html>")
  for (part in c("<title>", "viewport", "max-width", "What to conclude", "edist-table",
                 "</html>")) {
    expect_match(page, part, fixed = TRUE)
  }
  addresses <- unlist(regmatches(page, gregexpr("(src|srcset|href)=\"[^\"]{4}", page)))
  expect_gt(length(addresses), 10)
  expect_true(all(grepl("\"data$", addresses)))
  pictures <- gregexpr("<img [^>]*alt=\"[^\"]+\"", page)[[1]]
  expect_gte(length(pictures), 6)
  plain <- gsub("data:[^\"]*", "", page)
  expect_false(grepl("NA|NaN|Inf|character\\(0\\)", plain))
})

test_that("a report says what there is no time for", {
  none <- recorded
  none$status <- "not run: over max_seconds"
  none[c("min", "median", "speedup", "efficiency", "gflops")] <- NA_real_
  expect_match(report_of(none), "No cell was run")
  engine <- subset(recorded, approach == "engine" & threads == 1)
  page <- report_of(engine)
  expect_false(grepl("Speed-up over one thread", page, fixed = TRUE))
  expect_false(grepl("More cores, more speed", page, fixed = TRUE))
})

test_that("any benchmark of one machine has a report", {
  mine <- function(x, y) edist_matrix(x, y, threads = 1)
  page <- report_of(bench(50, 1, list(mine = mine, "engine")))
  expect_match(page, "What to conclude")
  expect_match(page, ">(mine|The engine with one thread) took ")
  page <- report_of(bench(50, 2, c("vectorised", "engine")))
  expect_false(grepl("Threads and processes", page, fixed = TRUE))
  page <- report_of(bench(50, 1, "engine"))
  expect_false(grepl("What to conclude", page, fixed = TRUE))
  # The same columns as rows at one of several sizes.
  expect_match(report_of(bench(c(20, 50), 1, "engine", columns = 50)), "Times")
  published <- as_edist_bench(workshop_results, "published")
  expect_false(grepl("Measured", report_of(published), fixed = TRUE))
})

test_that("limits are shown if they are given", {
  roofline <- edist_bench_roofline(threads = 1, seconds = 0.001)
  expect_match(report_of(subset(recorded, size <= 1000), roofline = roofline),
               "The limits of this machine")
})

test_that("what cannot be written, or is no benchmark, is refused", {
  for (package in c("ggplot2", "htmltools", "knitr")) skip_if_not_installed(package)
  two <- recorded
  two$processor <- "another"
  expect_errors(
    edist_report(mtcars),
    edist_report(rbind(recorded, two)),
    edist_report(recorded, "report.txt"),
    edist_report(recorded, roofline = 1)
  )
  folder <- withr::local_tempfile()
  expect_error(edist_report(recorded, file.path(folder, "a.html")), "does not")
  dir.create(file.path(folder, "b.html"), recursive = TRUE)
  expect_error(edist_report(recorded, file.path(folder, "b.html")), "cannot")
  expect_identical(list.files(folder), "b.html")
})
