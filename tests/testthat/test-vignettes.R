# The pages must be true wherever they are rendered: on a machine so slow that nothing is
# measured, with one CPU, without OpenMP, without optional packages, and if the programs
# that mostly are the fastest are the slowest.
skip_on_cran()
skip_if_not_installed("knitr")
skip_if_not_installed("callr")
skip_if_not_installed("withr")

pages <- c("workshop", "c-rung", "benchmark", "edist", "without-the-matrix", "clusters",
           "accuracy")

# The sources, or what R CMD check installs.
page_path <- function(page) {
  sources <- test_path("..", "..", "vignettes")
  files <- file.path(c(sources, system.file("doc", package = "edist")),
                     paste0(page, ".Rmd"))
  normalizePath(c(files[file.exists(files)], NA)[1], mustWork = FALSE)
}
skip_if(anyNA(vapply(pages, page_path, "")), "the package was built without its pages")

# Renders a page as Markdown in a process of its own, and returns its lines. `bench` takes
# the place of edist_bench(), `setup` is called before, `missing` are packages that cannot
# be loaded, and `change` says what to replace in the source by what.
render <- function(page, bench = edist_bench, setup = function() NULL,
                   missing = character(), env = character(), change = character()) {
  out <- withr::local_tempdir()
  source <- readLines(page_path(page))
  for (from in names(change)) source <- gsub(from, change[[from]], source, fixed = TRUE)
  writeLines(source, file.path(out, "page.Rmd"))
  callr::r(
    function(directory, out, bench, setup, missing) {
      refuse <- bquote(if (as.character(package)[1] %in% .(missing)) stop("is missing"))
      suppressMessages(trace("loadNamespace", refuse, where = baseenv(), print = FALSE))
      setup()
      knitr::opts_chunk$set(error = FALSE, fig.path = file.path(out, "figure-"))
      knitr::opts_knit$set(root.dir = directory)
      here <- new.env(parent = globalenv())
      here$edist_bench <- bench
      knitr::knit(file.path(out, "page.Rmd"), file.path(out, "page.md"), quiet = TRUE,
                  envir = here)
    },
    list(dirname(page_path(page)), out, bench, setup, missing),
    env = c(callr::rcmd_safe_env(), env)
  )
  lines <- readLines(file.path(out, "page.md"))
  expect_identical(holes(lines), character(), info = page)
  lines
}

# No cell is quick enough.
nothing_run <- function(..., max_seconds) edist::edist_bench(..., max_seconds = 1e-9)

# In place of edist_bench(): its cells, with these seconds divided by the number of threads.
told_bench <- function(seconds) {
  tell <- function(sizes, threads, approaches = names(seconds), x = NULL, ...) {
    if (!is.null(x)) sizes <- nrow(x)
    threads <- unique(vapply(threads, edist:::read_threads, 1L))
    cells <- edist:::bench_cells(sizes, threads, edist_bench_approaches()[approaches])
    workers <- ifelse(is.na(cells$threads), 1, cells$threads)
    cells$seconds <- unname(seconds[cells$approach]) / workers
    told <- edist::as_edist_bench(cells, "abacus")
    told$status <- vapply(cells$approach, edist:::why_not, "")
    told$times <- Map(rep, cells$seconds, 2 * (told$status == "run"))
    told$cpu_seconds <- cells$seconds
    told$limit <- cells$seconds / 2
    told$oversubscribed <- told$threads > edist:::usable_cpus()
    edist:::as_bench(told)
  }
  environment(tell) <- list2env(list(seconds = seconds), parent = globalenv())
  tell
}
ladder <- c(loop = 800, vectorised = 80, blas = 4, pool = 60, shared = 40,
            openmp_inner = 20, openmp_outer = 10, engine = 1)

is_code <- function(lines) {
  fence <- grepl("^ *```", lines)
  fence | cumsum(fence) %% 2 == 1
}

# Where a number is missing, in the text and in what R printed, with what is around it.
holes <- function(lines) {
  code <- is_code(lines)
  prose <- gsub("`[^`]*`", "", paste(lines[!code], collapse = " "))
  text <- c(grep("^#>", lines[code], value = TRUE), prose)
  wrong <- c("\\b(NA|NaN|NULL)\\b", "\\bInf (times|s|ms)\\b", "[a-z]\\(0\\)",
             "\\b(took|with|is|than|of|most|only:) +([nmu]?s|%)( |[.,;]|$)",
             "\\b(took|was|is|did|of) +(times|billion)\\b")
  at <- gregexpr(paste0(".{0,30}(", paste(wrong, collapse = "|"), ").{0,10}"), text)
  unlist(regmatches(text, at))
}

expect_says <- function(lines, ...) {
  text <- paste(lines[!is_code(lines)], collapse = " ")
  said <- vapply(c(...), grepl, NA, text, fixed = TRUE)
  expect_identical(c(...)[!said], character())
}

test_that("missing numbers are found", {
  for (wrong in c("the pool was NA times as fast", "it took ms for", "it took  s and",
                  "was  times as fast", "at most % off", "numeric(0)")) {
    expect_length(holes(wrong), 1)
  }
  expect_length(holes(c("```r", "is.na(NA)", "#> NA", "```", "NA")), 2)
  expect_identical(holes("With two threads, it took 3 s, 2 times as long."), character())
})

test_that("pages on which nothing could be run say so", {
  expect_says(render("workshop", nothing_run),
              paste("There is no time for R vectors or R loops, which would take longer",
                    "than `max_seconds`."))
  expect_says(render("benchmark", nothing_run),
              paste("There is no time for the process pool, which would take longer than",
                    "`max_seconds`."))
})

test_that("with one CPU, and if slow programs are fast, nothing else is said", {
  reversed <- stats::setNames(rev(ladder), names(ladder))
  one_cpu <- function(page) {
    render(page, told_bench(reversed), missing = c("ggplot2", "mirai"),
           env = c(SLURM_CPUS_PER_TASK = "1"))
  }
  expect_says(one_cpu("workshop"), "Two threads are more than there were CPUs.",
              "R loops took 1.0 s, and R vectors took 10 s, 10 times as long.",
              "R loops took 1.0 s, and the engine with two threads took 400 s, 400 times")
  expect_says(one_cpu("benchmark"), "Two processes are more than there were CPUs.",
              "R vectors took 10 s, and the process pool with two processes took 20 s, 2")
})

test_that("pages know that two threads may not be had", {
  limited <- function(page) {
    render(page, told_bench(ladder), missing = "mirai", env = c(OMP_THREAD_LIMIT = "1"))
  }
  expect_says(limited("workshop"), "The process pool ran with one process only: 60 s.",
              paste("There is no time for shared memory with two processes or the process",
                    "pool with two processes in this benchmark."))
  expect_says(limited("benchmark"), "The engine ran with one thread only: 1.0 s.")
})

test_that("without OpenMP, its loops have one thread", {
  without_openmp <- function() {
    info <- edist::edist_info()
    info$openmp <- FALSE
    utils::assignInNamespace("edist_info", function() info, "edist")
  }
  page <- render("workshop", told_bench(ladder), without_openmp, c("ggplot2", "mirai"))
  expect_says(page, "The outer C loop ran with one thread only: 10 s.",
              "With two processes, the process pool was 2 times as fast", "has no OpenMP")
})

test_that("without a C compiler, its page says so and shows the programs", {
  makevars <- withr::local_tempfile(lines = "CC = /nowhere/cc")
  page <- render("c-rung", env = c(R_MAKEVARS_USER = makevars))
  expect_says(page, "There is no working C compiler here.")
  expect_match(page, "static void wrong_order", fixed = TRUE, all = FALSE)
})

test_that("pages say which results they lack without a package", {
  optional <- c("ggplot2", "mirai", "htmltools", "bench", "RhpcBLASctl", "jsonlite")
  without <- lapply(stats::setNames(nm = pages), render, told_bench(ladder),
                    missing = optional)
  expect_says(without$workshop, "This page was rendered without mirai",
              "There is no time for the BLAS product, because package RhpcBLASctl")
  expect_says(without[["without-the-matrix"]], "rendered without package ggplot2")
  expect_says(without$clusters, "needs package jsonlite")
  expect_says(render("clusters", missing = "mirai"), "This page was rendered without mirai")
})

test_that("a system that does not tell the peak of memory leaves a column out", {
  skip_if_not_installed("ggplot2")
  small <- c("ggplot2::diamonds)" = "ggplot2::diamonds)[seq(1, 53940, 9), ]",
             "1:1000" = "1:50", "1e6, TRUE" = "3e4, TRUE", "2e6" = "6e4", "1e5" = "2e3",
             "runif(20000)" = "runif(2000)", "1:20000" = "1:1000",
             "/proc/self/status" = "/nowhere")
  lines <- render("without-the-matrix", change = small)
  expect_match(lines, "seconds\\| +answer, MB\\| +matrix, MB\\|", all = FALSE)
})

test_that("headings promise no result", {
  for (page in pages) {
    lines <- readLines(page_path(page))
    lines <- lines[!is_code(lines)]
    bold <- regmatches(lines, regexpr("\\*\\*[^*]+\\*\\*", lines))
    headings <- c(grep("^#+ ", lines, value = TRUE), bold)
    claim <- "fast|slow|help|\\bgain|beat|speed|never|times as|more than"
    question <- grepl("[?]", headings)
    expect_identical(grep(claim, headings[!question], value = TRUE), character())
  }
})
