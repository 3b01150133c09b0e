tree <- function(..., env = parent.frame()) {
  root <- withr::local_tempdir(.local_envir = env)
  files <- list(...)
  for (name in names(files)) {
    dir.create(dirname(file.path(root, name)), recursive = TRUE, showWarnings = FALSE)
    writeLines(files[[name]], file.path(root, name))
  }
  root
}

test_that("the minimum of machine, ulimit and every level of the cgroup counts", {
  expect_identical(memory_available(tree()), Inf)
  machine <- "MemAvailable:   20000000 kB"
  expect_identical(memory_available(tree("proc/meminfo" = machine)), 2.048e10)
  v2 <- list("proc/meminfo" = machine, "proc/self/cgroup" = "0::/cgroup/job/step",
             "sys/fs/cgroup/cgroup/job/step/memory.max" = "max",
             "sys/fs/cgroup/cgroup/job/memory.max" = "9000000000",
             "sys/fs/cgroup/cgroup/job/memory.current" = "5000000000",
             "sys/fs/cgroup/cgroup/job/memory.stat" =
               c("anon 1", "inactive_file 1000000000"),
             "sys/fs/cgroup/cgroup/memory.max" = "8000000000",
             "sys/fs/cgroup/cgroup/memory.current" = "4500000000")
  expect_identical(memory_available(do.call(tree, v2)), 3.5e9)
  expect_identical(memory_available(do.call(tree, v2[-(7:8)])), 5e9)
  v1 <- tree("proc/self/cgroup" = c("5:cpu,cpuacct:/", "4:hugetlb,memory:/job/a"),
             "sys/fs/cgroup/memory/job/memory.limit_in_bytes" = "6000000000",
             "sys/fs/cgroup/memory/job/memory.usage_in_bytes" = "2000000000")
  expect_identical(memory_available(v1), 4e9)
  limits <- tree("proc/self/limits" = c(
    "Limit                     Soft Limit           Hard Limit           Units",
    "Max address space         4000000000           unlimited            bytes",
    "Max data size             unlimited            unlimited            bytes"
  ), "proc/self/status" = c("VmSize:  1000000 kB", "VmData:  500000 kB"))
  expect_identical(memory_available(limits), 4e9 - 1.024e9)
})

test_that("a tenth is left to everything else", {
  expect_identical(memory_usable(1e10), 9e9)
  expect_identical(memory_usable(1e9), 744e6)
  expect_identical(memory_usable(1e8), 0)
  expect_identical(memory_usable(Inf), Inf)
})

test_that("the recommended call fits, and errors have a class", {
  refused <- function(instead) {
    tryCatch(check_fits(1e18, "it", instead), error = identity)
  }
  error <- refused(c("f(x)" = 5e17, "g(x)" = 1))
  expect_s3_class(error, c("edist_error_memory", "edist_error", "error"), exact = FALSE)
  expect_match(conditionMessage(error), "call `g(x)` instead.", fixed = TRUE)
  expect_match(conditionMessage(refused(c("f(x)" = 5e17))), "free.", fixed = TRUE)
})
