test_that("a status counts complete tiles, and nothing else", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  expect_identical(plan$tiles, 6)
  status <- status_at(path)
  expect_identical(status$missing, 1:6)
  edist_tile(plan, 2)
  edist_tile(edist_plan(path = path), 6)
  expect_identical(edist_status(plan)$missing, c(1L, 3L, 4L, 5L))
  at <- tile_at(plan, 2)
  expect_true(file.remove(file.path(path, paste0(at$j, ".", at$i)))) # its mirror image
  expect_identical(edist_status(plan)$missing, 1:5)
  expect_identical(edist_status(plan)$done, 1)
  expect_identical(nrow(edist_status(plan)$at_work), 0L)
  status$path <- "d.zarr"
  expect_identical(capture.output(print(status)),
                   c("d.zarr", "0 of 6 tiles done, 0 %"))
})

test_that("a truncated tile is found and computed again, and no other", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  edist_run(plan, threads = 2)
  tiles <- file.path(path, outer(0:2, 0:2, paste, sep = "."))
  Sys.setFileTime(tiles, "2020-01-01")
  bytes <- readBin(tiles[4], "raw", 1e6)
  writeBin(bytes[-1], tiles[4])
  expect_identical(edist_status(plan)$done, 5)
  expect_error(edist_open(path)[1, 101], "must be computed first")
  edist_run(plan, threads = 2)
  expect_identical(readBin(tiles[4], "raw", 1e6), bytes)
  expect_identical(which(file.mtime(tiles) > as.POSIXct("2020-01-03")), c(2L, 4L))
})

test_that("a status lists claims, and a finished run removes them", {
  skip_on_os("windows")
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  gone <- callr::r_bg(function() 1)
  gone$wait()
  file.create(claim_file(plan, "1.0", process = gone$get_pid()),
              claim_file(plan, "2.0", "elsewhere"), claim_file(plan, "2.1"),
              temporary_file(plan, "2.1")) # which is not a claim
  status <- edist_status(plan)
  expect_identical(status$at_work$name, c("1.0", "2.0", "2.1"))
  expect_identical(status$at_work$alive, c(FALSE, TRUE, TRUE))
  text <- capture.output(print(status))
  expect_match(text, "^2 being computed, the longest for .* on ", all = FALSE)
  expect_match(text, "^1 left unfinished by a process that ended", all = FALSE)
  edist_run(plan, threads = 2)
  expect_identical(list.files(file.path(path, "edist", "claims")), character())
  # A process of another user, which cannot be signalled.
  skip_if(Sys.getpid() == 1)
  expect_true(is_alive(data.frame(host = host_name(), process = 1L)))
})

test_that("a full disk loses one tile, and the run can be resumed when there is room", {
  disk <- local_disk(150000)
  x <- as.matrix(faithful)[1:150, ]
  plan <- edist_plan(x, path = disk$path, tile = 50) # 9 tiles of 20 kB
  expect_error(edist_run(plan, threads = 2), "must have room for 180 kB of missing tiles, but .* free")
  expect_error(for (k in 1:6) edist_tile(plan, k, threads = 2),
               "could not be written in .*: No space left on device")
  status <- edist_status(plan)
  expect_gt(status$done, 0)
  expect_identical(list.files(file.path(disk$path, "edist", "claims")), character())
  disk$remount("size=2m")
  expect_identical(edist_run(plan, threads = 2)[], edist_matrix(x, threads = 2))
})

test_that("an error says if a file system cannot be written to", {
  disk <- local_disk("2m")
  plan <- edist_plan(faithful, path = disk$path, tile = 100)
  edist_tile(plan, 1)
  disk$remount("ro")
  expect_error(edist_tile(plan, 2), "could not be written in .*: Read-only file system")
  expect_error(edist_run(plan), "Read-only file system")
  expect_error(edist_plan(faithful, path = file.path(dirname(disk$path), "other")),
               "`path` must name a directory that can be created")
  # Finished tiles can be read.
  expect_identical(edist_open(disk$path)[101:103, 1],
                   edist_matrix(faithful, threads = 2)[101:103, 1])
  disk$remount("rw")
  expect_identical(edist_run(plan, threads = 2)[], edist_matrix(faithful, threads = 2))
})

test_that("a process killed at any write leaves complete files, and can be resumed", {
  skip_on_os("windows")
  finalize_mirai()
  path <- local_path()
  x <- as.matrix(faithful)[1:30, ]
  whole <- edist_matrix(x, threads = 1)
  # NULL if it was killed, before or after the file of this number got its name.
  run <- function(number, after) {
    child <- parallel::mcparallel(mc.set.seed = FALSE, {
      count <- 0
      kill_at <- function(name) {
        write <- get(name, asNamespace("edist"))
        utils::assignInNamespace(name, ns = "edist", value = function(...) {
          count <<- count + 1
          if (count == number && !after) tools::pskill(Sys.getpid(), 9)
          write(...)
          if (count == number) tools::pskill(Sys.getpid(), 9)
        })
      }
      for (name in c("write_bytes", "write_tiles")) kill_at(name)
      edist_run(edist_plan(x, path = path, tile = 10), threads = 1)
      "done"
    })
    suppressWarnings(parallel::mccollect(child))[[1]]
  }
  kills <- 0
  for (after in c(FALSE, TRUE)) {
    number <- 1
    while (is.null(outcome <- run(number, after))) {
      kills <- kills + 1
      plan <- edist_plan(x, path = path, tile = 10)
      for (name in list.files(path, "^[0-9]+[.][0-9]+$")) {
        at <- 10 * as.integer(strsplit(name, ".", fixed = TRUE)[[1]])
        expect_identical(readBin(file.path(path, name), "double", 1000),
                         c(unname(whole[at[1] + 1:10, at[2] + 1:10])))
      }
      expect_identical(edist_run(plan, threads = 1)[], whole)
      unlink(path, recursive = TRUE)
      number <- number + 1
    }
    expect_identical(outcome, "done")
    unlink(path, recursive = TRUE)
  }
  expect_gte(kills, 2 * 13) # 7 for the plan, 1 to estimate the time, 6 tiles without the last
})

test_that("copies without empty directories, and files that appear late, do no harm", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  unlink(file.path(path, "edist", "claims"), recursive = TRUE)
  expect_identical(edist_run(plan, threads = 2)[], edist_matrix(faithful, threads = 2))
  asked <- 0
  late <- list(missing = function() {
    asked <<- asked + 1
    if (asked < 3) 1:2 else integer()
  })
  expect_identical(missing_soon(late), integer())
  expect_identical(missing_soon(list(missing = function() 7L), patience = 0), 7L)
})

test_that("a store that was deleted or replaced is not taken for the old one", {
  skip_if_not_installed("jsonlite")
  withr::local_dir(withr::local_tempdir())
  old <- edist_plan(faithful, path = "d.zarr")
  unlink("d.zarr", recursive = TRUE)
  old$path <- "d.zarr"
  expect_errors(edist_run(old))
  edist_plan(faithful, method = "maximum", path = "d.zarr")
  expect_errors(edist_run(old), edist_nearest(old, k = 1), edist_status(old))
  writeBin(raw(10), block_file(edist_plan(path = "d.zarr"), 1, 0))
  expect_error(run_at("d.zarr"), "must be intact, but cannot be read: delete it")
})

test_that("zarr-python and dask read the store", {
  skip_on_cran()
  pythons <- c("/usr/bin/python3", unname(Sys.which("python3")))
  reads <- function(python) {
    nzchar(python) && file.exists(python) &&
      suppressWarnings(system2(python, c("-c", shQuote("import zarr, dask.array")),
                               stdout = FALSE, stderr = FALSE)) == 0
  }
  python <- Find(reads, pythons)
  skip_if(is.null(python), "no python3 with zarr and dask")
  path <- local_path()
  x <- as.matrix(faithful)
  x[5, ] <- NA
  rownames(x) <- paste("row", seq_len(nrow(x)))
  rownames(x)[2] <- "caf\u00e9 \U1F600 \"2\""
  out <- withr::local_tempfile(fileext = c("", ".dask", ".txt"))
  code <- "
import sys, json, zarr, numpy as np, dask.array as da
z = zarr.open(sys.argv[1], mode='r')
z[:].T.tofile(sys.argv[2])
d = da.from_zarr(sys.argv[1])
(d + 1).T.compute().tofile(sys.argv[3])
open(sys.argv[4], 'w', encoding='utf8').write('%d %d %s %s' % (z.nchunks_initialized, z.nchunks,
  z.attrs['edist']['method'], z.attrs['labels']['rows'][1]))
"
  script <- withr::local_tempfile(lines = code)
  ask <- function() {
    system2(python, c(script, path, out), stderr = FALSE) # warns of NaN
    values <- function(file) readBin(file, "double", 1e6)
    list(values(out[1]), values(out[2]), readLines(out[3], warn = FALSE, encoding = "UTF-8"))
  }
  plan <- edist_plan(x, path = path, tile = 100)
  edist_tile(plan, 1)
  expect_identical(sum(!is.na(ask()[[1]])), 2L * (100L * 100L - 100L)) # and row 5 is NA
  edist_run(plan, threads = 2)
  d <- unname(c(edist_matrix(x, threads = 2)))
  got <- ask()
  expect_identical(replace(got[[1]], is.nan(got[[1]]), NA), replace(d, is.nan(d), NA))
  expect_equal(got[[2]], d + 1)
  expect_identical(got[[3]], "9 9 euclidean caf\u00e9 \U1F600 \"2\"")
  # Distances between two matrices, with tiles that are not square.
  unlink(path, recursive = TRUE)
  edist_run(edist_plan(x, x[1:50, ], "manhattan", path = path, tile = c(70, 20)))
  expect_equal(ask()[[1]], c(edist_matrix(x, x[1:50, ], "manhattan", threads = 2)))
})

test_that("processes with the same number and host never share a file", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  random <- get0(".Random.seed", globalenv(), inherits = FALSE)
  finalize_mirai()
  names <- c(replicate(100, claim_file(plan, "0.0", "host", 1)),
             if (has_fork()) unlist(parallel::mclapply(1:4, function(k) {
               claim_file(plan, "0.0", "host", 1)
             }, mc.cores = 2, mc.set.seed = FALSE)))
  expect_identical(anyDuplicated(names), 0L)
  expect_identical(get0(".Random.seed", globalenv(), inherits = FALSE), random)
  # A temporary file that exists is not written to.
  temporary <- temporary_file(plan, "1.0")
  writeLines("mine", temporary)
  whole <- tile_file(plan, "1.0")
  expect_match(.Call(C_edist_store_bytes, c(temporary, whole), raw(3)), "File exists")
  expect_match(.Call(C_edist_store_tiles, temporary, whole, diag(2), c(2L, 2L), 1L),
               "File exists")
  expect_identical(readLines(temporary), "mine")
  expect_false(file.exists(whole))
})

test_that("a process that has ended is not alive, even if its parent has not collected it", {
  skip_on_cran()
  skip_if_not(dir.exists("/proc/self"))
  # The shell becomes a program that does not collect the shell's child.
  script <- "sleep 3600 & echo $!; exec sleep 3600"
  parent <- callr::process$new("sh", c("-c", script), stdout = "|")
  withr::defer(parent$kill())
  parent$poll_io(-1)
  child <- as.integer(parent$read_output_lines()[1])
  stat_of <- function(pid) read_system(file.path("/proc", pid, "stat"))[1]
  wait_until(function() grepl("(sleep)", stat_of(parent$get_pid()), fixed = TRUE))
  tools::pskill(child, tools::SIGKILL)
  wait_until(function() grepl("[)] Z", stat_of(child)))
  expect_false(process_lives(child))
  expect_true(process_lives(parent$get_pid()))
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  file.create(claim_file(plan, "0.0", process = child))
  expect_false(is_claimed(plan, "0.0"))
  expect_false(edist_status(plan)$at_work$alive)
  # A process may have any name.
  root <- withr::local_tempdir()
  dir.create(file.path(root, "proc", "7"), recursive = TRUE)
  stat <- file.path(root, "proc", "7", "stat")
  writeLines("7 (a) Z (b) S 1 7 7", stat)
  expect_true(process_lives(7, root))
  writeLines("7 (a) S\n(b) X 1 7 7", stat)
  expect_false(process_lives(7, root))
})

test_that("identical() data are the data of a plan", {
  path <- local_path()
  x <- cbind(c(0, NA, NaN, 4), 1:4)
  rownames(x) <- paste0("r\u00e9", 1:4)
  edist_plan(x, path = path)
  same <- x
  same[1, 1] <- -0
  same[3, 1] <- -NaN
  rownames(same) <- iconv(rownames(x), "UTF-8", "latin1")
  expect_identical(same, x)
  expect_identical(edist_plan(same, path = path)$data, edist_plan(x, path = path)$data)
  expect_identical(fingerprint(c(-0, 1)), fingerprint(0:1)) # weights, for example
  bytes <- "a\xff"
  Encoding(bytes) <- "bytes"
  expect_identical(utf8(c(bytes, "b")), c(bytes, "b"))
  same[3, 1] <- NA
  expect_error(edist_plan(same, path = path), "was made with other values of `x`", class = "edist_error_store")
})

test_that("deleted files of a store are written again", {
  path <- local_path()
  x <- as.matrix(faithful)
  rownames(x) <- seq_len(nrow(x))
  plan <- edist_plan(x, path = path, tile = 100)
  edist_run(plan, threads = 2)
  zarr <- file.path(path, c(".zarray", ".zattrs"))
  read <- function(file) readBin(file, "raw", 1e6)
  before <- lapply(zarr, read)
  for (again in list(function() edist_plan(x, path = path), function() run_at(path))) {
    unlink(zarr)
    unlink(own_path(plan, "claims"), recursive = TRUE)
    again()
    expect_identical(lapply(zarr, read), before)
  }
  unlink(own_path(plan, "names.rds"))
  expect_error(edist_open(path), "with the same data writes it again")
  edist_plan(x, path = path)
  expect_identical(edist_open(path)["7", "9"], edist_matrix(x)["7", "9"])
})

test_that("a store is created in a directory that exists", {
  skip_if_not_installed("jsonlite")
  path <- file.path(withr::local_tempdir(), "no", "such", "a.zarr")
  expect_error(edist_plan(faithful, path = path), "must be in a directory that exists",
               class = "edist_error_store")
  expect_error(edist_plan(faithful, path = path), "recursive = TRUE")
  expect_false(dir.exists(dirname(dirname(path))))
})

test_that("a store on a read-only disk can be read and asked", {
  skip_if_not_installed("jsonlite")
  disk <- local_disk("8m")
  plan <- edist_plan(faithful, path = disk$path, tile = 100)
  edist_run(plan, threads = 2)
  disk$remount("ro")
  expect_identical(edist_run(plan)[], edist_matrix(faithful, threads = 2))
  expect_identical(edist_plan(faithful, path = disk$path)$data, plan$data)
  expect_identical(edist_status(plan)$done, plan$tiles)
  expect_identical(edist_apply(edist_open(plan$path), FUN = rowSums),
                   rowSums(edist_matrix(faithful, threads = 2)))
  near <- edist_nearest(faithful, k = 3, threads = 2)
  expect_identical(edist_nearest(plan, k = 3, threads = 2)$distance, near$distance)
  expect_identical(edist_reduce(plan, stat = "sum", threads = 2),
                   edist_reduce(faithful, stat = "sum", threads = 2))
})
