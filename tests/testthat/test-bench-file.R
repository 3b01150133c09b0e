names <- c("vectorised", "engine")

test_that("a benchmark survives writing and reading", {
  file <- withr::local_tempfile(fileext = ".csv")
  b <- bench(c(10, 20), 1, names)
  b$status[2] <- "not run: over max_seconds"
  b$times[2] <- list(numeric())
  b$times[[3]] <- c(1.35680795, 1.3687067, 11, 2.5e-7) # of different lengths
  b <- as_bench(b)
  expect_identical(edist_bench_write(b, file), b)
  expect_identical(edist_bench_read(file), b)
  # To all other programs it is an ordinary CSV.
  plain <- utils::read.csv(file)
  expect_equal(plain$min, b$min)
  expect_identical(plain$approach, b$approach)
  expect_identical(list.files(dirname(file), basename(file)), basename(file))
})

test_that("a run resumes where it stopped", {
  file <- withr::local_tempfile(fileext = ".csv")
  first <- bench(10, 1, names, file = file)
  all <- bench(c(10, 20), 1, names, file = file)
  expect_identical(all[all$size == 10, ], first, ignore_attr = TRUE)
  expect_identical(all$size, c(10L, 10L, 20L, 20L))
  again <- bench(c(10, 20), 1, names, file = file)
  expect_identical(again, all) # nothing was measured again
  expect_identical(edist_bench_read(file), all)
  # A smaller request returns its own cells, and the file keeps all.
  expect_identical(bench(20, 1, "engine", file = file)$size, 20L)
  expect_identical(edist_bench_read(file), all)
})

test_that("a killed run keeps its finished cells, and can be resumed", {
  skip_if_not_installed("callr")
  file <- withr::local_tempfile(fileext = ".csv")
  job <- callr::r_bg(function(file) {
    # The second cell takes many minutes.
    edist::edist_bench(c(10, 3000), 1, "loop", repetitions = 2, min_seconds = 0,
                       max_seconds = 1e9, file = file)
  }, list(file))
  withr::defer(job$kill())
  wait_until(function() file.exists(file) && nrow(edist_bench_read(file)) > 0)
  job$kill()
  kept <- edist_bench_read(file)
  expect_identical(kept$size, 10L)
  all <- bench(c(10, 20), 1, "loop", file = file)
  expect_identical(all$status, rep("run", 2))
  expect_identical(all$times[1], kept$times)
})

test_that("cells that were not run are tried again", {
  file <- withr::local_tempfile(fileext = ".csv")
  first <- bench(30, 1, "loop", file = file, max_seconds = 1e-9)
  expect_identical(first$status, "not run: over max_seconds")
  expect_identical(bench(30, 1, "loop", file = file)$status, "run")
  expect_identical(nrow(edist_bench_read(file)), 1L)
})

test_that("two runs into one file keep the cells of both", {
  file <- withr::local_tempfile(fileext = ".csv")
  a <- bench_book(file, bench_context("uniform, seed 1"))
  b <- bench_book(file, bench_context("uniform, seed 1"))
  rows <- bench(c(10, 11), 1, "engine")[names(a$all())]
  a$add(rows[1, ])
  b$add(rows[2, ])
  expect_setequal(edist_bench_read(file)$size, 10:11)
})

test_that("a foreign file is refused and stays as it is", {
  file <- withr::local_tempfile(lines = c("a,b", "1,2"), fileext = ".csv")
  expect_error(bench(10, 1, "engine", file = file), "but .* is not\\.")
  expect_error(edist_bench_write(bench(10, 1, "engine"), file),
               "but .* is not\\.")
  expect_identical(readLines(file), c("a,b", "1,2"))
  writeBin(as.raw(0:255), file)
  expect_error(bench(10, 1, "engine", file = file), "but .* is not\\.")
  expect_identical(file.size(file), 256)
  empty <- withr::local_tempfile(lines = character())
  expect_error(bench(10, 1, "engine", file = empty), "but .* is not\\.")
  expect_error(edist_bench_read("no such file.csv"), "must name a file that exists")
  expect_error(bench(10, 1, "engine", file = tempdir()), "but .* is not\\.")
})

test_that("a damaged benchmark is refused and stays as it is", {
  file <- withr::local_tempfile(fileext = ".csv")
  bench(10, 1, "engine", file = file)
  whole <- readLines(file)
  damage <- function(from, to) {
    damaged <- sub(from, to, whole)
    expect_false(identical(damaged, whole))
    writeLines(damaged, file)
    expect_error(bench(20, 1, "engine", file = file), "line 2 of .* is not a cell")
    expect_identical(readLines(file), damaged)
  }
  damage('"engine",10,', '"engine",ten,')
  damage('"engine",10,', '"engine",-5,')
  damage('"engine",10,', '"engine",2.5,')
  damage('"run","[^"]*"', '"run",""')
  damage('"run","[^"]*"', '"run","-1 2"')
  damage('"run","[^"]*"', '"banana",""')
})

test_that("a run with other data or on another machine is not resumed", {
  file <- withr::local_tempfile(fileext = ".csv")
  bench(10, 1, "engine", file = file)
  before <- readLines(file)
  expect_error(bench(10, 1, "engine", file = file, seed = 2),
               "`?data`? in .* is \"uniform, seed 1\" and here\\s+\"uniform, seed 2\"")
  expect_error(bench(x = faithful, threads = 1, approaches = "engine", file = file), "given, ")
  writeLines(gsub(processor_name(), "abacus", before, fixed = TRUE), file)
  expect_error(bench(10, 1, "engine", file = file), "processor.*abacus")
})

test_that("a full disk loses nothing", {
  disk <- local_disk("256k")
  file <- file.path(dirname(disk$path), "b.csv")
  bench(10, 1, "engine", file = file)
  before <- readLines(file)
  fill <- file.path(dirname(disk$path), "fill")
  suppressWarnings(try(writeBin(raw(2^20), fill), silent = TRUE))
  expect_warning(
    b <- bench(c(10, 20), 1, "engine", repetitions = 1, file = file),
    "could not be written in full"
  )
  expect_identical(b$size, c(10L, 20L))
  expect_identical(readLines(file), before)
  expect_error(edist_bench_write(b, file), "can be written in full")
  expect_identical(list.files(dirname(file)), c("b.csv", "fill"))
  unlink(fill)
  edist_bench_write(b, file)
  expect_identical(edist_bench_read(file), b)
})

test_that("the temporary file of another process is left alone", {
  file <- withr::local_tempfile(fileext = ".csv")
  part <- paste0(file, ".same.part")
  writeLines("mine", part)
  withr::defer(unlink(part))
  whole <- with_mock(write_whole, new_token = function() "same")
  write <- with_mock(write_rows, write_whole = whole)
  expect_false(write(bench(10, 1, "engine"), file))
  expect_identical(readLines(part), "mine")
  expect_false(file.exists(file))
})

test_that("a file in a missing directory is refused with its name", {
  nowhere <- file.path(withr::local_tempdir(), "none", "b.csv")
  expect_error(bench(10, 1, "engine", file = nowhere),
               "`file` must be in a directory that exists, but .*/none' does not: create it")
  expect_error(edist_bench_write(bench(10, 1, "engine"), nowhere),
               "`file` must be in a directory that exists")
  expect_false(dir.exists(dirname(nowhere)))
})
