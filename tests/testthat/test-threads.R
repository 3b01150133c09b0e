batch_variables <- c("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", "NSLOTS",
                     "PBS_NUM_PPN", "LSB_DJOB_NUMPROC")

local_no_limits <- function(env = parent.frame()) {
  withr::local_envvar(stats::setNames(rep(NA, 5), batch_variables), .local_envir = env)
  withr::local_envvar(EDIST_NUM_THREADS = NA,
                      OMP_NUM_THREADS = NA, .local_envir = env)
  withr::local_options(edist.threads = NULL, .local_envir = env)
}

test_that("argument, option, variable and limits count, in this order", {
  local_no_limits()
  skip_if(!is.na(edist_info()$limits[["OMP_THREAD_LIMIT"]]), "OMP_THREAD_LIMIT is set")
  withr::local_envvar(OMP_NUM_THREADS = "1")
  expect_identical(edist_threads(), 1L)
  withr::local_envvar(EDIST_NUM_THREADS = "3")
  expect_identical(edist_threads(), 3L)
  withr::local_options(edist.threads = 5)
  expect_identical(edist_threads(), 5L)
  expect_identical(read_threads(7), 7L)
})

test_that("each limit is listed, and their minimum is the default", {
  local_no_limits()
  withr::local_envvar(SLURM_CPUS_PER_TASK = "1", OMP_NUM_THREADS = "4,2")
  limits <- edist_info()$limits
  expect_identical(limits[["SLURM_CPUS_PER_TASK"]], 1L)
  expect_identical(limits[["OMP_NUM_THREADS"]], 4L)
  expect_identical(edist_threads(), min(limits, na.rm = TRUE))
  expect_identical(edist_threads(), 1L)
  # A value that is not a positive number sets no limit.
  withr::local_envvar(SLURM_CPUS_PER_TASK = "many", OMP_NUM_THREADS = "-2")
  expect_true(all(is.na(edist_info()$limits[c("SLURM_CPUS_PER_TASK",
                                              "OMP_NUM_THREADS")])))
})

test_that("OMP_THREAD_LIMIT limits an explicit number", {
  local_no_limits()
  withr::local_envvar(OMP_THREAD_LIMIT = "2")
  expect_identical(read_threads(16), 2L)
})

test_that("R CMD check allows at most two threads", {
  local_no_limits()
  withr::local_envvar("_R_CHECK_LIMIT_CORES_" = "true")
  expect_identical(edist_info()$limits[["R CMD check"]], 2L)
  expect_lte(edist_threads(), 2L)
})

test_that("bad numbers of threads are refused, wherever they come from", {
  local_no_limits()
  x <- matrix(1, 3, 2)
  expect_errors(
    edist(x, threads = 0),
    edist(x, threads = -1),
    edist(x, threads = 1.5),
    edist(x, threads = NA),
    edist(x, threads = "2"),
    edist(x, threads = c(1, 2)),
    edist(x, threads = Inf),
    edist(x, threads = 1e10),
    edist_matrix(x, threads = 0)
  )
  withr::with_options(list(edist.threads = "all"), expect_errors(edist_threads()))
  withr::local_envvar(EDIST_NUM_THREADS = "many")
  expect_errors(edist_threads())
  withr::local_envvar(EDIST_NUM_THREADS = "0")
  expect_errors(edist_threads())
})

test_that("batch systems limit the default", {
  local_no_limits()
  for (name in batch_variables) {
    withr::with_envvar(stats::setNames("1", name), {
      expect_identical(edist_info()$limits[[name]], 1L)
      expect_identical(edist_threads(), 1L)
    })
  }
})

test_that("an edist first loaded in a forked child does not enter OpenMP's region", {
  skip_on_os(c("windows", "mac", "solaris"))
  skip_if_not_installed("callr")
  results <- callr::r(timeout = 300, libpath = .libPaths(), function() {
    # Another package uses OpenMP, before edist and at the same time.
    folder <- tempfile()
    dir.create(folder)
    file <- file.path(folder, "omp.c")
    writeLines(c("void omp(int *n) {", "  int k = 0;",
                 "#pragma omp parallel num_threads(4) reduction(+ : k)",
                 "  k += 1;", "  *n = k;", "}"), file)
    Sys.setenv(PKG_CFLAGS = "-fopenmp", PKG_LIBS = "-fopenmp")
    made <- suppressWarnings(system2(file.path(R.home("bin"), "R"),
                                     c("CMD", "SHLIB", shQuote(file)),
                                     stdout = FALSE, stderr = FALSE))
    if (made != 0) return("no compiler")
    dyn.load(file.path(folder, paste0("omp", .Platform$dynlib.ext)))
    if (.C("omp", 0L)[[1]] < 2) return("no threads")
    x <- matrix(as.numeric(1:200000), 400)
    use <- function(i) {
      c(sum(edist::edist(x, threads = 2)), edist::edist_info()$forked,
        max(edist::edist_bench_approaches()$openmp_inner(x[1:9, ], x[1:9, ], threads = 2)))
    }
    fork <- function(f) parallel::mclapply(1:2, f, mc.cores = 2)
    nested <- function(f) function(i) fork(f)
    late <- list(unlist(fork(use)), unlist(fork(nested(use))))
    here <- use()
    list(late, list(unlist(fork(use)), unlist(fork(nested(use)))), here)
  })
  skip_if(is.character(results), paste("no OpenMP to fork from:", results))
  here <- results[[3]]
  expect_identical(here[2], 0)
  there <- replace(here, 2, 1)
  for (when in results[1:2]) {
    expect_identical(when[[1]], rep(there, 2))
    expect_identical(when[[2]], rep(there, 4))
  }
})

test_that("if threads cannot be started, fewer do the work, with one warning", {
  skip_on_os(c("windows", "mac", "solaris"))
  code <- tempfile(fileext = ".R")
  writeLines(c(
    paste0(".libPaths(", paste(deparse(.libPaths()), collapse = ""), ")"),
    "library(edist)",
    "x <- matrix(as.numeric(1:300000 %% 977), 600)",
    "warned <- 0",
    "d <- withCallingHandlers(edist_matrix(x, threads = 64),",
    "  edist_warning_threads = function(w) {",
    "    warned <<- warned + 1",
    "    invokeRestart('muffleWarning')",
    "  })",
    "cat(warned, identical(d, edist_matrix(x, threads = 1)), 'alive')"
  ), code)
  rscript <- shQuote(file.path(R.home("bin"), "Rscript"))
  # With stacks of 32 MB there is no room for 64 threads on any machine.
  out <- system2("bash", c("-c", shQuote(paste(
    "ulimit -s 32000; ulimit -v 900000; exec timeout 300", rscript, shQuote(code)
  ))), stdout = TRUE, stderr = FALSE)
  expect_identical(out, "1 TRUE alive")
})
