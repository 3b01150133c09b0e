# Runs in processes of their own, which this one interrupts and kills. A gate holds
# them in the middle of a tile; on a busy machine they could otherwise end before.
gate <- function(path) paste0(path, ".gate")
open_gate <- function(path) file.create(file.path(gate(path), "open"))
held <- function(path) length(list.files(gate(path), "^held"))

# Makes a process wait in its next tile once so many are done.
hold_at <- function(path, tiles, gate) {
  distances <- utils::getFromNamespace("tile_distances", "edist")
  wait <- function() {
    open <- file.path(gate, "open")
    while (dir.exists(gate) && !file.exists(open)) Sys.sleep(0.01)
  }
  utils::assignInNamespace("tile_distances", function(...) {
    if (edist::edist_status(edist::edist_plan(path = path))$done >= tiles) {
      file.create(file.path(gate, paste0("held-", Sys.getpid())))
      wait()
    }
    distances(...)
  }, "edist")
}
environment(hold_at) <- globalenv() # because it is sent to other processes

hold_daemons <- function(path, tiles, workers) {
  dir.create(gate(path))
  mirai::everywhere(hold_at(path, tiles, gate), hold_at = hold_at, path = path,
                    tiles = tiles, gate = gate(path), .min = workers)[]
}

master <- function(path, ..., daemons = 2, hold = NULL) {
  pids <- tempfile()
  job <- callr::r_bg(function(path, daemons, pids, hold, hold_at, gate, ...) {
    if (daemons > 0) {
      mirai::daemons(daemons)
      found <- unlist(mirai::everywhere(Sys.getpid(), .min = daemons)[])
      writeLines(as.character(found), pids)
    }
    if (!is.null(hold)) {
      if (daemons > 0) {
        mirai::everywhere(hold_at(path, hold, gate), hold_at = hold_at, path = path,
                          hold = hold, gate = gate, .min = daemons)[]
      } else {
        hold_at(path, hold, gate)
      }
    }
    edist <- asNamespace("edist")
    said <- character()
    outcome <- withCallingHandlers(
      tryCatch({
        edist$edist_run(edist$edist_plan(path = path), ...)
        "done"
      }, error = conditionMessage, interrupt = function(e) "interrupted"),
      message = function(m) {
        said <<- c(said, conditionMessage(m))
        tryInvokeRestart("muffleMessage")
      }
    )
    if (daemons > 0) mirai::daemons(0)
    list(outcome = outcome, said = said)
  }, list(path, daemons, pids, hold, hold_at, gate(path), ...))
  list(job = job, daemons = function() {
    if (file.exists(pids)) as.integer(readLines(pids)) else integer()
  }, result = function() {
    wait_until(function() !job$is_alive())
    job$get_result()
  })
}

done <- function(path) status_at(path)$done

# A run that has done so many tiles; each worker is held in another tile.
master_in_mid_run <- function(path, tiles, ..., daemons = 2) {
  slow_plan(path)
  dir.create(gate(path))
  run <- master(path, threads = 1L, ..., daemons = daemons, hold = tiles)
  wait_until(function() held(path) == max(1, daemons) || !run$job$is_alive())
  run
}

# Waits until processes have ended. Those that their parent has not collected count
# as ended.
wait_for_end <- function(pids) {
  runs <- function(pid) {
    stat <- sprintf("/proc/%d/stat", pid)
    if (!dir.exists("/proc/self")) return(tools::pskill(pid, 0))
    state <- tryCatch(suppressWarnings(readLines(stat)), error = function(e) ") Z")
    !grepl("[)] [ZX]", state)
  }
  wait_until(function() !any(vapply(pids, runs, NA)))
}
claims_at <- function(path) list.files(file.path(path, "edist", "claims"))

test_that("daemons compute what one process computes", {
  skip_on_cran()
  skip_if_not_installed("mirai", "2.5.0")
  path <- local_path()
  x <- seeded(1, tied(200, 3, holes = 10))
  plan <- edist_plan(x, path = path, tile = 30)
  mirai::daemons(2)
  withr::defer(mirai::daemons(0))
  expect_identical(edist_run(plan)[], edist_matrix(x, threads = 2))
  expect_identical(edist_nearest(plan, k = 5), edist_nearest(x, k = 5, threads = 2))
  expect_identical(edist_reduce(plan, stat = "mean"), edist_reduce(x, stat = "mean"))
  expect_identical(claims_at(path), character())
  # An error of a worker is raised here, with its message.
  unlink(c(file.path(path, "0.0"), block_file(plan, 1, 0)))
  expect_error(edist_run(plan), "A worker failed with tile [0-9]+: The store must have .*x-")
  # A plan with the same data repairs the store.
  edist_plan(x, path = path)
  expect_identical(edist_run(plan)[], edist_matrix(x, threads = 2))
})

test_that("a run works on daemons without a dispatcher", {
  skip_on_cran()
  skip_if_not_installed("mirai", "2.5.0")
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  mirai::daemons(1, dispatcher = FALSE)
  withr::defer(mirai::daemons(0))
  expect_identical(edist_run(plan)[], edist_matrix(faithful, threads = 2))
})

test_that("workers keep no data in memory once a run or an answer has ended", {
  skip_on_cran()
  skip_if_not_installed("mirai", "2.5.0")
  plan <- edist_plan(faithful, local_path(), tile = 100)
  mirai::daemons(2)
  withr::defer(mirai::daemons(0))
  kept <- function() {
    unlist(mirai::everywhere(
      utils::getFromNamespace("worker_cache", "edist")$size(), .min = 2
    )[])
  }
  # One task alone leaves what it has read.
  expect_identical(send(1, plan$path, "", 1L, 2, FALSE)[] >= 0, TRUE)
  expect_setequal(kept(), c(0L, 2L))
  edist_run(plan)
  expect_identical(kept(), c(0L, 0L))
  edist_nearest(plan, k = 2)
  expect_identical(kept(), c(0L, 0L))
  unlink(c(file.path(plan$path, "2.0"), block_file(plan, 1, 0)))
  expect_error(edist_run(plan), "A worker failed")
  expect_identical(kept(), c(0L, 0L))
})

test_that("forked processes work after a run by workers", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("mirai", "2.5.0")
  mirai::daemons(2)
  withr::defer(mirai::daemons(0))
  forked <- function() {
    parallel::mclapply(1:2, function(i) {
      gc() # would finalize what mirai left
      i
    }, mc.cores = 2)
  }
  plan <- edist_plan(faithful, local_path(), tile = 100)
  edist_run(plan)
  expect_identical(forked(), list(1L, 2L))
  unlink(c(file.path(plan$path, "2.0"), block_file(plan, 1, 0)))
  expect_error(edist_run(plan), "A worker failed")
  expect_identical(forked(), list(1L, 2L))
  expect_true(dir.exists(tempdir()))
})

test_that("a daemon that is killed in mid-run loses one tile, which another computes", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("mirai", "2.5.0")
  path <- local_path()
  run <- master_in_mid_run(path, 5)
  withr::defer(run$job$kill_tree())
  tools::pskill(run$daemons()[1], 9)
  open_gate(path)
  result <- run$result()
  expect_identical(result$outcome, "done")
  expect_match(result$said, "A worker was lost with tile [0-9]+; another worker takes it",
               all = FALSE)
  expect_match(result$said, "1 worker lost, starting another", all = FALSE)
  expect_identical(edist_open(path)[], slow_matrix())
  expect_identical(claims_at(path), character())
})

test_that("losses are counted, and a run that has given up can be resumed", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("mirai", "2.5.0")
  path <- local_path()
  run <- master_in_mid_run(path, 2, retries = 0)
  withr::defer(run$job$kill_tree())
  tools::pskill(run$daemons()[1], 9)
  expect_match(run$result()$outcome, "lost with tile [0-9]+ once, and `retries` is 0")
  open_gate(path)
  before <- status_at(path)$missing
  expect_gt(length(before), 0)
  expect_identical(run_at(path, threads = 2)[], slow_matrix())
})

test_that("a run whose workers are all lost says so, and can be resumed", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("mirai", "2.5.0")
  path <- local_path()
  plan <- slow_plan(path)
  # By TCP, as from another machine: edist cannot start another.
  mirai::daemons(url = "tcp://127.0.0.1:0")
  withr::defer(mirai::daemons(0))
  mirai::launch_local(1)
  pid <- mirai::everywhere(Sys.getpid(), .min = 1)[][[1]]
  kill_when_held <- function(tiles) {
    unlink(gate(path), recursive = TRUE)
    hold_daemons(path, tiles, 1)
    callr::r_bg(function(gate, pid) {
      held <- file.path(gate, paste0("held-", pid))
      while (!file.exists(held)) Sys.sleep(0.01)
      tools::pskill(pid, 9)
    }, list(gate(path), pid))
  }
  killer <- kill_when_held(2)
  withr::defer(killer$kill())
  suppressMessages(expect_error(
    run_on_daemons(plan, tile_tasks(plan), 1:55, 1L, 3, NULL, NULL,
                   c(workers = 0.3, word = 600)),
    "At least one worker must be connected, but the last of 1 is lost"
  ))
  expect_identical(done(path), 2)
  # With `replace` to start another, the run continues.
  mirai::daemons(0)
  mirai::daemons(url = "tcp://127.0.0.1:0")
  mirai::launch_local(1)
  pid <- mirai::everywhere(Sys.getpid(), .min = 1)[][[1]]
  killer <- kill_when_held(4)
  withr::defer(killer$kill())
  started <- 0
  replace <- function(n) {
    started <<- started + n
    mirai::launch_local(n)
  }
  d <- suppressMessages(edist_run(plan, threads = 1, replace = replace))
  expect_identical(started, 1)
  expect_identical(d[], slow_matrix())
})

test_that("a run does not wait for a worker that has gone silent", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("mirai", "2.5.0")
  path <- local_path()
  plan <- slow_plan(path)
  mirai::daemons(2)
  pid <- mirai::everywhere(Sys.getpid(), .min = 2)[][[1]]
  withr::defer({
    tools::pskill(pid, 9)
    mirai::daemons(0)
  })
  hold_daemons(path, 5, 2)
  # Once both have a tile, one is stopped but stays connected, and an hour passes.
  stopped <- FALSE
  clock <- function() {
    if (!stopped && held(path) == 2) {
      tools::pskill(pid, tools::SIGSTOP)
      open_gate(path)
      stopped <<- TRUE
    }
    seconds_now() + 3600 * stopped
  }
  expect_message(
    run_on_daemons(plan, tile_tasks(plan), 1:55, 1L, 3, NULL, NULL, clock = clock),
    "A worker was lost with tile"
  )
  expect_true(stopped)
  expect_identical(edist_open(plan$path)[], slow_matrix())
})

test_that("lost workers are replaced once each, and not for ever", {
  clock <- here <- 0
  asked <- numeric()
  supervisor_of <- function(replace) {
    clock <<- here <<- 0
    asked <<- numeric()
    supervisor(replace, 2, 10, function() clock, function() here)
  }
  at <- function(supervise, time, workers) {
    clock <<- time
    here <<- workers
    suppressMessages(supervise())
  }
  supervise <- supervisor_of(function(n) asked <<- c(asked, n))
  at(supervise, 3600, 0) # in the queue of a cluster
  at(supervise, 3601, 3)
  at(supervise, 3602, 1)
  expect_identical(asked, 2)
  at(supervise, 3603, 2) # one of them has connected
  at(supervise, 3630, 1) # and another is lost: one is still expected
  expect_identical(asked, c(2, 1))
  at(supervise, 3640, 0)
  expect_identical(asked, c(2, 1, 1))
  at(supervise, 3699, 0)
  expect_identical(asked, c(2, 1, 1))
  at(supervise, 3701, 0) # three are asked for again: that would be seven of six
  expect_identical(asked, c(2, 1, 1))
  expect_error(at(supervise, 3712, 0), "the last of 3 is lost")

  supervise <- supervisor_of(NULL)
  at(supervise, 1, 2)
  at(supervise, 2, 0)
  at(supervise, 11, 0)
  expect_error(at(supervise, 12.1, 0), "the last of 2 is lost")
})

test_that("a killed run leaves complete tiles, and another run resumes it", {
  skip_on_cran()
  skip_on_os("windows")
  for (daemons in c(0, if (requireNamespace("mirai", quietly = TRUE)) 2)) {
    path <- local_path()
    run <- master_in_mid_run(path, 5, daemons = daemons)
    pids <- c(run$job$get_pid(), run$daemons())
    run$job$kill()
    wait_for_end(pids) # daemons end by themselves
    before <- status_at(path)
    expect_gt(length(before$missing), 0)
    tiles <- list.files(path, "^[0-9]+[.][0-9]+$", full.names = TRUE)
    Sys.setFileTime(tiles, "2020-01-01")
    d <- run_at(path, threads = 2)
    expect_identical(d[], slow_matrix())
    expect_gte(sum(file.mtime(tiles) < as.POSIXct("2020-01-03")), 2 * before$done - 10)
    expect_identical(claims_at(path), character())
  }
})

test_that("an interrupt ends a run cleanly", {
  skip_on_cran()
  skip_on_os("windows")
  for (daemons in c(0, if (requireNamespace("mirai", quietly = TRUE)) 2)) {
    path <- local_path()
    run <- master_in_mid_run(path, 3, daemons = daemons)
    run$job$interrupt()
    expect_identical(run$result()$outcome, "interrupted")
    wait_for_end(run$daemons())
    expect_gt(length(status_at(path)$missing), 0)
    expect_identical(run_at(path, threads = 2)[], slow_matrix())
    expect_identical(claims_at(path), character())
  }
})

test_that("two runs on one store share the work", {
  skip_on_cran()
  path <- local_path()
  slow_plan(path)
  runs <- list(master(path, threads = 1L, daemons = 0),
               master(path, threads = 1L, daemons = 0))
  for (run in runs) expect_identical(run$result()$outcome, "done")
  expect_identical(edist_open(path)[], slow_matrix())
  expect_identical(claims_at(path), character())
})

test_that("tiles of another run come last, and are computed if it does not", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  at <- tile_at(plan, 1:6)
  names <- paste0(at$i, ".", at$j)
  file.create(claim_file(plan, names[1], "elsewhere"), # may be alive
              claim_file(plan, names[2], process = 2^22 + 1)) # is not: no such number
  expect_identical(vapply(names, is_claimed, NA, plan = plan, USE.NAMES = FALSE),
                   c(TRUE, .Platform$OS.type != "unix", rep(FALSE, 4)))
  tiles <- tile_tasks(plan)
  done <- numeric()
  do <- tiles$do
  tiles$do <- function(k, ...) {
    seconds <- do(k, ...)
    if (!is.null(seconds)) done <<- c(done, k)
    seconds
  }
  run_here(tiles, 1:6, 1L, NULL)
  expect_identical(done, c(2, 3, 4, 5, 6, 1))
  expect_identical(edist_open(plan$path)[], edist_matrix(faithful, threads = 2))
  skip_on_cran()
  skip_if_not_installed("mirai", "2.5.0")
  unlink(file.path(path, names))
  file.create(claim_file(plan, names[1], "elsewhere"))
  mirai::daemons(1)
  withr::defer(mirai::daemons(0))
  expect_identical(edist_run(plan)[], edist_matrix(faithful, threads = 2))
  written <- file.mtime(file.path(path, names))
  expect_true(all(written[1] >= written))
})

test_that("daemons on one machine share its CPUs", {
  path <- local_path()
  plan <- edist_plan(faithful, path = path, tile = 100)
  withr::local_options(edist.threads = 6)
  asked <- NULL
  fake <- function(...) list(do = function(k, threads, ...) asked <<- c(asked, threads))
  task <- do_task
  environment(task) <- list2env(list(tile_tasks = fake, band_tasks = fake), parent =
    environment(do_task))
  task(path, "", 1, NULL, 4, TRUE)
  task(path, "", 1, NULL, 1, TRUE)
  task(path, "nearest-1", 1, NULL, 100, TRUE)
  task(path, "", 1, 5L, 4, TRUE)
  expect_equal(asked, c(1, 6, 1, 5))
})

test_that("invalid arguments of a run are refused", {
  skip_if_not_installed("jsonlite")
  withr::local_dir(withr::local_tempdir())
  plan <- edist_plan(faithful, "d.zarr")
  expect_errors(
    edist_run(plan, retries = -1),
    edist_run(plan, replace = 2),
    edist_run(plan, threads = 0),
    edist_run("d.zarr"),
    edist_run(3)
  )
})
