local_no_limits <- function(env = parent.frame()) {
  withr::local_envvar(EDIST_NUM_THREADS = NA, SLURM_CPUS_PER_TASK = NA,
                      OMP_NUM_THREADS = NA, .local_envir = env)
  withr::local_options(edist.threads = NULL, .local_envir = env)
}

test_that("argument, option, variable and limits count, in this order", {
  local_no_limits()
  skip_if(!edist_info()$openmp, "no OpenMP")
  skip_if(!is.na(edist_info()$limits[["OMP_THREAD_LIMIT"]]), "OMP_THREAD_LIMIT is set")
  withr::local_envvar(OMP_NUM_THREADS = "1")
  expect_identical(edist_threads(), 1L)
  withr::local_envvar(EDIST_NUM_THREADS = "3")
  expect_identical(edist_threads(), 3L)
  withr::local_options(edist.threads = 5)
  expect_identical(edist_threads(), 5L)
  expect_identical(read_threads(7), 7L)
})

test_that("each limit is listed and the least of them is the default", {
  local_no_limits()
  skip_if(!edist_info()$openmp, "no OpenMP")
  withr::local_envvar(SLURM_CPUS_PER_TASK = "1", OMP_NUM_THREADS = "4,2")
  limits <- edist_info()$limits
  expect_identical(limits[["SLURM_CPUS_PER_TASK"]], 1L)
  expect_identical(limits[["OMP_NUM_THREADS"]], 4L)
  expect_identical(edist_threads(), min(limits, na.rm = TRUE))
  expect_identical(edist_threads(), 1L)
  # What is no positive number sets no limit.
  withr::local_envvar(SLURM_CPUS_PER_TASK = "many", OMP_NUM_THREADS = "-2")
  expect_true(all(is.na(edist_info()$limits[c("SLURM_CPUS_PER_TASK",
                                              "OMP_NUM_THREADS")])))
})

test_that("OMP_THREAD_LIMIT caps an explicit number", {
  local_no_limits()
  skip_if(!edist_info()$openmp, "no OpenMP")
  withr::local_envvar(OMP_THREAD_LIMIT = "2")
  expect_identical(read_threads(16), 2L)
})

test_that("R CMD check means two threads at most", {
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
