# The code of an exercise, completed.
complete <- function(name, ...) {
  code <- edist_exercises()[[name]]$code
  for (gap in c(...)) {
    at <- grep("...", code, fixed = TRUE)[1]
    code[at] <- sub("...", gap, code[at], fixed = TRUE)
  }
  eval(parse(text = code), globalenv())
}
row_of_x <- "sqrt(colSums((columns - x[i, ])^2))"

test_that("exercises print as a table, each as its task, within 80 columns", {
  withr::local_options(width = 80, cli.num_colors = 1L)
  lines <- capture.output(print(edist_exercises()))
  expect_length(lines, 1 + length(edist_exercises()) + 2 + 2 * !has_pages())
  expect_true(all(nchar(lines) <= 80))
  for (exercise in edist_exercises()) {
    lines <- capture.output(print(exercise))
    expect_true(all(nchar(lines) <= 80))
    for (shown in c(exercise$title, exercise$code, "$hint", "edist_check(", "solution")) {
      expect_true(any(grepl(shown, lines, fixed = TRUE)), info = shown)
    }
  }
})

test_that("a gap that is left is noticed", {
  for (name in names(edist_exercises())) {
    if (name == "shared" && !has_fork()) next
    check <- edist_check(name, complete(name))
    expect_false(check$right)
    expect_match(check$message, "still has a gap", info = name)
  }
  dots <- function(x, y, ...) edist_matrix(x, y, threads = 1, ...)
  expect_true(edist_check("vectorised", dots)$right)
  within <- function(x, y) {
    distance <- function(a, ...) sqrt(sum((a - ...)^2))
    out <- matrix(0, nrow(x), nrow(y))
    for (i in seq_len(nrow(x))) out[i, ] <- apply(y, 1, distance, x[i, ])
    out
  }
  expect_true(edist_check("vectorised", within)$right)
  within_gap <- function(x, y) lapply(seq_len(nrow(x)), function(i) ...)
  expect_match(edist_check("vectorised", within_gap)$message, "still has a gap")
})

test_that("solutions are right, and so are the exercises when they are completed", {
  expect_right <- function(name, f) expect_true(edist_check(name, f)$right, info = name)
  expect_right("vectorised", edist_exercises()$vectorised$solution)
  expect_right("vectorised", complete("vectorised", row_of_x))
  skip_if_not(has_fork())
  expect_right("pool", edist_exercises()$pool$solution)
  expect_right("pool", complete("pool", "seq_len(nrow(x))", row_of_x))
  expect_right("shared", edist_exercises()$shared$solution)
  expect_right("shared", complete("shared", "out[, j] <- sqrt(colSums((columns - y[j, ])^2))"))
})

test_that("a wrong answer says why", {
  wrong <- function(name, f) {
    check <- edist_check(name, f)
    expect_false(check$right)
    expect_identical(check$exercise, name)
    expect_no_match(check$message, "\n|  ")
    check$message
  }
  expect_match(wrong("vectorised", complete("vectorised", "colSums((columns - x[i, ])^2)")),
               "is the root missing? (where x has 7 rows and y 5 with 3 columns).",
               fixed = TRUE)
  expect_match(wrong("vectorised", complete("vectorised", "sqrt(colSums(columns - x[i, ]))")),
               "R warned: NaNs produced")
  expect_match(wrong("vectorised", function(x, y) stop("no more paper")), "no more paper")
  # Right for most shapes, or for most numbers, is wrong.
  simple <- function(x, y) apply(y, 1, function(row) sqrt(colSums((t(x) - row)^2)))
  expect_match(wrong("vectorised", simple), "where x has 1 row ")
  product <- function(x, y) {
    sqrt(pmax(outer(rowSums(x^2), rowSums(y^2), "+") - 2 * x %*% t(y), 0))
  }
  expect_match(wrong("vectorised", product), "products lose digits.*near a million")
})

test_that("the work must be done by other processes, and those must end", {
  skip_if_not(has_fork())
  right <- edist_exercises()$vectorised$solution
  alone <- "computes all of them in this process"
  expect_match(edist_check("pool", right)$message, alone)
  serial <- function(x, y, threads) {
    out <- edist_shared(nrow(x), nrow(y))
    for (j in seq_len(nrow(y))) out[, j] <- sqrt(colSums((t(x) - y[j, ])^2))
    as.matrix(out)
  }
  expect_match(edist_check("shared", serial)$message, alone)
  returned <- function(x, y, threads) {
    parallel::mcmapply(function(i, j) sqrt(sum((x[i, ] - y[j, ])^2)), row(diag(2)), 1)
  }
  expect_match(edist_check("shared", returned)$message, "makes no shared matrix")
  # In plain R, whatever the functions.
  rows <- function(x, y) {
    distance <- function(a, b) sqrt(sum((a - b)^2))
    matrix(apply(y, 1, function(b) apply(x, 1, distance, b)), nrow(x), nrow(y))
  }
  expect_match(edist_check("pool", rows)$message, alone)
  columns <- function(x, y) {
    squares <- 0
    for (k in seq_len(ncol(x))) squares <- squares + outer(x[, k], y[, k], "-")^2
    sqrt(squares)
  }
  expect_match(edist_check("pool", columns)$message, alone)
  # To prepare the work is not the work; a connection to a file is no pool.
  log <- NULL
  path <- withr::local_tempfile()
  centred <- function(x, y, threads) {
    if (is.null(log)) log <<- file(path, "w")
    middle <- colMeans(y)
    columns <- t(y) - middle
    x <- t(t(x) - middle)
    rows <- parallel::mclapply(seq_len(nrow(x)), function(i) {
      sqrt(colSums((columns - x[i, ])^2))
    }, mc.cores = threads)
    matrix(unlist(rows), nrow(x), nrow(y), byrow = TRUE)
  }
  expect_true(edist_check("pool", centred)$right)
  close(log)
  before <- nrow(showConnections())
  open <- function(x, y, threads) {
    pool <- parallel::makeCluster(threads, type = "FORK")
    rows <- parallel::parLapply(pool, seq_len(nrow(x)), function(i) {
      sqrt(colSums((t(y) - x[i, ])^2))
    })
    matrix(unlist(rows), nrow(x), nrow(y), byrow = TRUE)
  }
  expect_match(edist_check("pool", open)$message, "leaves its pool running")
  expect_identical(nrow(showConnections()), before)
})

test_that("what R warns of is passed on, also if the answer is right", {
  warns <- function(x, y) {
    warning("the paper runs out")
    edist_matrix(x, y, threads = 1)
  }
  check <- edist_check("vectorised", warns)
  expect_true(check$right)
  expect_match(check$message, "^Right; R warned: the paper runs out[.] How fast is it[?]")
  skip_if_not(has_fork())
  beyond <- function(x, y, threads) {
    out <- edist_shared(nrow(x), nrow(y))
    columns <- t(x)
    parallel::mclapply(seq_len(nrow(y) + 1), function(j) {
      out[, j] <- sqrt(colSums((columns - y[j, ])^2))
    }, mc.cores = threads)
    as.matrix(out)
  }
  expect_match(edist_check("shared", beyond)$message, "print what mclapply() returns",
               fixed = TRUE)
  unfinished <- complete("shared", "out[, j] <- sqrt(colSums((columns - y[j, ])^2))")
  body(unfinished)[[5]] <- NULL
  expect_match(edist_check("shared", unfinished)$message, "is as.matrix(out) missing in the last",
               fixed = TRUE)
})

test_that("workers of mirai that go on are noticed, and stopped", {
  skip_if_not_installed("mirai")
  withr::defer(mirai::daemons(0))
  pool <- function(stop) {
    function(x, y, threads) {
      mirai::daemons(threads)
      if (stop) on.exit(mirai::daemons(0))
      rows <- mirai::mirai_map(seq_len(nrow(x)), function(i, x, columns) {
        sqrt(colSums((columns - x[i, ])^2))
      }, .args = list(x = x, columns = t(y)))[]
      matrix(unlist(rows), nrow(x), nrow(y), byrow = TRUE)
    }
  }
  expect_match(edist_check("pool", pool(stop = FALSE))$message, "leaves its pool running")
  expect_identical(mirai_workers(), 0L)
  expect_true(edist_check("pool", pool(stop = TRUE))$right)
})

test_that("answers, validations and benchmarks can fork after a pool of mirai", {
  skip_if_not_installed("mirai")
  skip_if_not(has_fork())
  # Processes that collect garbage, as they may at any time, and alone touch y.
  forked <- function(x, y, threads) {
    rows <- parallel::mclapply(seq_len(nrow(x)), function(i) {
      if (i <= threads) gc()
      sqrt(colSums((t(y) - x[i, ])^2))
    }, mc.cores = threads)
    matrix(unlist(rows), nrow(x), nrow(y), byrow = TRUE)
  }
  leave <- function() {
    mirai::daemons(2)
    mirai::mirai_map(1:2, sqrt)[]
    mirai::daemons(0)
  }
  leave()
  expect_true(edist_check("pool", forked)$right)
  leave()
  expect_lt(edist_bench_validate(approaches = list(forked = forked), threads = 2)$ulp, 50)
  leave()
  expect_identical(bench(20, 2, list(forked = forked))$status, "run")
  expect_true(dir.exists(tempdir()))
})

test_that("any way to other processes will do", {
  skip_if_not(has_fork())
  forked <- function(x, y, threads) {
    cells <- parallel::mclapply(seq_len(nrow(x)), function(i) {
      vapply(seq_len(nrow(y)), function(j) sqrt(sum((x[i, ] - y[j, ])^2)), 0)
    }, mc.cores = threads)
    do.call(rbind, cells)
  }
  expect_true(edist_check("pool", forked)$right)
})

test_that("a check prints as one sentence", {
  withr::local_options(width = 80, cli.unicode = FALSE, cli.num_colors = 1L)
  lines <- capture.output(edist_check("vectorised", function(x, y) edist_matrix(x, y)))
  expect_match(lines[1], "^v Right\\.")
  lines <- capture.output(print(edist_check("vectorised", function(x, y) 1)))
  expect_match(lines[1], "^x Wrong: your function returned 1 instead of a numeric matrix")
})

test_that("bad arguments of a check are refused", {
  expect_errors(
    edist_check("vectorized", mean),
    edist_check(mean, "pool"),
    edist_check("pool"),
    edist_check("pool", matrix(0, 2, 2))
  )
})

# The tutorial, in a folder that may be written.
tutorial <- function(frame = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = frame)
  file.copy(system.file("tutorials/workshop/workshop.Rmd", package = "edist"), folder)
  file.path(folder, "workshop.Rmd")
}

test_that("the code of the tutorial can be parsed", {
  lines <- readLines(tutorial())
  fence <- grep("^```", lines)
  expect_identical(length(fence) %% 2L, 0L)
  for (i in seq(1, length(fence), by = 2)) {
    expect_silent(parse(text = lines[seq(fence[i] + 1, fence[i + 1] - 1)]))
  }
})

test_that("the tutorial has every exercise, and checks it", {
  skip_if_not_installed("learnr")
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available())
  # In a process of its own: learnr changes options.
  page <- callr::r(function(file) {
    rmarkdown::render(file, quiet = TRUE, envir = new.env())
  }, list(tutorial()))
  html <- readLines(page, warn = FALSE)
  for (exercise in edist_exercises()) {
    label <- sprintf("data-label=\"%s\"", exercise$name)
    expect_true(any(grepl(paste0("tutorial-exercise\" ", label), html)))
    expect_true(any(grepl(sprintf("data-label=\"%s-hint\"", exercise$name), html)))
  }
})
