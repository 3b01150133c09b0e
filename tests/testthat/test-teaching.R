# The programs, pictures and slides for a class, as they are installed.

teaching <- function(name) system.file("teaching", name, package = "edist", mustWork = TRUE)

# What the file defines.
defined_in <- function(name) {
  here <- new.env(parent = asNamespace("edist"))
  sys.source(teaching(name), here)
  here
}

# The routines of a C program, built as the vignette does, where any warning is an error.
build_strictly <- function(file, frame = parent.frame()) {
  # R's own header makes its users cast functions. Without OpenMP nobody asks for threads.
  flags <- c("-Wall -Wextra -Werror -Wno-cast-function-type",
             if (!edist_info()$openmp) "-Wno-unknown-pragmas -Wno-unused")
  makevars <- withr::local_tempfile(lines = paste("CFLAGS +=", paste(flags, collapse = " ")),
                                    .local_envir = frame)
  withr::local_envvar(R_MAKEVARS_USER = makevars)
  routines <- defined_in("build.R")$build(file)
  withr::defer(dyn.unload(attr(routines, "path")), frame)
  routines
}

skip_without_compiler <- function() {
  file <- withr::local_tempfile(lines = "int one(void) { return 1; }", fileext = ".c")
  said <- tryCatch(build_strictly(file), error = conditionMessage)
  skip_if_not(grepl("registers nothing: is there a function R_init_", said), "no C compiler")
}

test_that("a file that is not there cannot be built", {
  expect_error(build_strictly("nowhere.c"), "There is no file nowhere.c", fixed = TRUE)
})

test_that("the C programs that the page shows give the distances, without a warning", {
  skip_without_compiler()
  routines <- build_strictly(teaching("distances.c"))
  of_rows <- build_strictly(teaching("rows.c"))
  for (shape in list(c(30, 17, 9), c(1, 1, 1), c(5, 1, 70), c(1, 4, 2))) {
    x <- seeded(1, matrix(rnorm(shape[1] * shape[3]), shape[1]))
    y <- seeded(2, matrix(rnorm(shape[2] * shape[3]), shape[2]))
    for (threads in 1:2) {
      got <- .Call(routines$distances, t(x), t(y), threads)
      expect_equal(got, edist_matrix(x, y), tolerance = 1e-13)
      got <- .Call(of_rows$distances_of_rows, x, y, threads)
      expect_equal(got, edist_matrix(x, y), tolerance = 1e-13)
    }
  }
  # R knows the number of arguments, since the routine is registered.
  expect_error(.Call(routines$distances, t(x), t(y)), "Incorrect number of arguments")
})

test_that("its three mistakes compile without a warning, and two of them are right", {
  skip_without_compiler()
  routines <- build_strictly(teaching("mistakes.c"))
  x <- seeded(1, matrix(rnorm(120), 12))
  y <- seeded(2, matrix(rnorm(70), 7))
  want <- edist_matrix(x, y)
  for (threads in 1:2) {
    expect_equal(.Call(routines$no_simd, t(x), t(y), threads), want, tolerance = 1e-13)
    expect_equal(.Call(routines$wrong_order, t(x), t(y), threads), want, tolerance = 1e-13)
  }
  # One thread has nobody to race with.
  expect_equal(.Call(routines$shared_diff, t(x), t(y), 1L), want, tolerance = 1e-13)
})

test_that("a program that does not compile is an error with what the compiler says", {
  skip_without_compiler()
  file <- withr::local_tempfile(lines = "int one(void) { return two; }", fileext = ".c")
  expect_error(build_strictly(file), "R CMD SHLIB failed.*two")
})

# The words in a picture, as a PDF holds them.
words_in <- function(draw, ...) {
  file <- withr::local_tempfile(fileext = ".pdf")
  grDevices::pdf(file, compress = FALSE, useKerning = FALSE)
  draw(...)
  grDevices::dev.off()
  lines <- iconv(readLines(file, warn = FALSE), "latin1", "UTF-8")
  paste(sub(".*\\((.*)\\) Tj.*", "\\1", grep("\\) Tj", lines, value = TRUE)), collapse = "; ")
}

test_that("the pictures show the shapes that they are given", {
  pictures <- defined_in("pictures.R")
  info <- list(tile = c(x = 4L, y = 2L), block = c(x = 96L, y = 128L, columns = 64L),
               caches = c(L1 = 2^15, L2 = NA, L3 = 2^23))
  packing <- words_in(pictures$draw_packing, info)
  expect_match(packing, "rows 1 to 4 of x; micro-panel 2; rows 5 to 8 of x")
  tile <- words_in(pictures$draw_register_tile, info)
  expect_match(tile, "micro-panel of y: 2 rows; x: 4 rows")
  expect_match(tile, "= 8 sums in registers")
  blocks <- words_in(pictures$draw_blocks, info)
  # 96 and 128 rows of 64 columns, of 8 bytes each.
  for (text in c("96 rows of x: 48 KiB", "128 rows of y: 64 KiB", "of a tile: 64 bytes",
                 "two micro-panels: 2 KiB, 1 KiB", "L1, 32 KiB; ", "; L2; ")) {
    expect_match(blocks, text, fixed = TRUE)
  }
  for (draw in list(pictures$draw_packing, pictures$draw_register_tile, pictures$draw_blocks)) {
    expect_gt(nchar(words_in(draw)), 50) # this machine
  }
})

test_that("the slides render, with the times of the class", {
  skip_on_cran()
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"), "no pandoc")
  folder <- withr::local_tempdir()
  file.copy(list.files(system.file("teaching", package = "edist"), full.names = TRUE), folder)
  recorded <- edist_bench_read(system.file("extdata/size-threads.csv", package = "edist"))
  recorded$processor <- "the machine of the class"
  edist_bench_write(recorded, file.path(folder, "class.csv"))
  html <- rmarkdown::render(file.path(folder, "slides.Rmd"), quiet = TRUE, envir = new.env(),
                            params = list(bench = "class.csv"))
  lines <- readLines(html, encoding = "UTF-8")
  expect_length(grep("class=\"slide section level1\"", lines), 21)
  expect_match(lines, "On the machine of the class", all = FALSE)
})
