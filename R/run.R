#' Compute the missing tiles of a plan
#'
#' Computes all tiles that the store does not have yet: in this process or, if
#' [mirai::daemons()] has set workers, on these, whether they are on this
#' machine, on others or on a cluster.
#'
#' @details
#' Tiles are files, and only their numbers travel to the workers and back. If a
#' run was interrupted or killed, call `edist_run()` again: it computes what is
#' still missing. At most the tiles in flight are lost. Several runs may work on
#' one store at the same time; they share the work. Interactive sessions show a
#' progress bar.
#'
#' @section Lost workers:
#' If a worker is lost, another worker takes its tile, at most `retries` times,
#' and a message says so. A worker counts as lost, too, if nothing has been
#' heard of its tile for a minute and for more than five times as long as it
#' should take, for example because its machine has no power. An error, such as
#' that of a full disk, ends the run at once; finished tiles stay. If all
#' workers are lost, the run ends with an error after ten seconds, or a minute
#' after it has asked for new ones. Until the first worker has connected, the
#' run waits, because jobs wait in the queue of a cluster.
#'
#' @section Threads of workers:
#' Daemons that [mirai::daemons()] has started on this machine share its CPUs:
#' each uses an equal part of [edist_threads()]. Other workers use what
#' `edist_threads()` returns on their machine, for example what
#' `SLURM_CPUS_PER_TASK` grants them.
#'
#' @inheritParams edist_status
#' @param threads The number of threads that each worker uses, a positive whole
#'   number; by default as in section *Threads of workers*.
#' @param retries How often a tile may be lost with its worker before the run
#'   ends with an error, a whole number from 0.
#' @param replace A function that is called with the number of lost workers and
#'   starts as many; or `NULL`: then daemons that [mirai::daemons()] has started
#'   on this machine are replaced, and others are not.
#' @return What [edist_open()] returns, invisibly.
#' @seealso [edist_plan()], [edist_status()], [edist_open()]; [edist_tile()] for
#'   a single tile; `vignette("clusters")`.
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' d <- edist_run(edist_plan(faithful, path, tile = 100), threads = 2)
#' d
#' identical(d[], edist_matrix(faithful, threads = 2))
#' unlink(path, recursive = TRUE)
edist_run <- function(plan, threads = NULL, retries = 3, replace = NULL) {
  check_plan(plan)
  if (is_writable(plan) && requireNamespace("jsonlite", quietly = TRUE)) {
    write_zarr(plan, names_of(plan))
  }
  run_tasks(plan, tile_tasks(plan), threads, retries, replace)
  invisible(edist_open(plan$path))
}

# The tasks of a run: which are missing, how one is done, what they are called,
# and their claims. A worker is told no more than the number of a task and the
# folder of its answer, "" for a tile.
tile_tasks <- function(plan) {
  list(folder = "", claims = "^[0-9]+[.][0-9]+$", noun = "tile",
       missing = function() missing_tiles(plan),
       check = function(left) check_room(plan, left),
       do = function(k, threads, cache, polite) {
         do_tile(plan, k, threads, cache, polite)
       })
}

check_room <- function(plan, left) {
  left <- tile_at(plan, left)
  files <- length(left$i) + if (plan$symmetric) sum(left$i != left$j) else 0
  bytes <- files * tile_bytes(plan)
  room <- .Call(C_edist_store_room, plan$path)
  if (is.na(room) || bytes <= room) return(invisible())
  size <- format_bytes(bytes)
  free <- format_bytes(room)
  abort("The disk of {.file {plan$path}} must have room for {size} of missing
    tiles, but {free} {?is/are} free.", "store")
}

run_tasks <- function(plan, tasks, threads, retries, replace) {
  check_retries(retries)
  if (!is.null(replace)) {
    check_function(replace, "replace", "a function or NULL")
  }
  if (!is.null(threads)) threads <- read_threads(threads)
  callback <- progress()
  left <- tasks$missing()
  tasks$check(left)
  for (round in seq_len(retries + 1)) {
    if (length(left) == 0) break
    if (has_daemons()) {
      on.exit(finalize_mirai())
      run_on_daemons(plan, tasks, left, threads, retries, replace, callback)
      left <- missing_soon(tasks)
    } else {
      run_here(tasks, left, threads, callback)
      left <- tasks$missing()
    }
  }
  if (length(left) > 0) {
    abort("Files of {.file {plan$path}} must stay once they are written, but
      {length(left)} of them {?is/are} missing: does something delete
      {?it/them}?", "store")
  }
  sweep_claims(plan, tasks$claims)
}

check_retries <- function(retries) {
  good <- is_count(retries) || is_number(retries) && retries == 0
  if (good) return(invisible())
  was <- describe(retries)
  abort("{.arg retries} must be a whole number from 0, not {was}.")
}

# Files that others have written may appear late: network file systems remember
# for up to a minute that a file did not exist.
missing_soon <- function(tasks, patience = 60) {
  end <- seconds_now() + patience
  repeat {
    left <- tasks$missing()
    if (length(left) == 0 || seconds_now() > end) return(left)
    Sys.sleep(0.5)
  }
}

# A forked process that finalizes what mirai left behind crashes, and then R
# deletes the temporary folder that it shares with its parent.
finalize_mirai <- function() {
  if (isNamespaceLoaded("mirai")) gc(FALSE)
}

has_daemons <- function() {
  if (!isNamespaceLoaded("mirai") || !mirai::daemons_set()) return(FALSE)
  check_installed("mirai", "A run by workers")
  TRUE
}

# Tasks that other runs are working on come last.
run_here <- function(tasks, left, threads, callback) {
  cache <- new_cache()
  total <- length(left)
  theirs <- numeric()
  polite <- TRUE
  while (length(left) > 0) {
    seconds <- tasks$do(left[1], threads, cache, polite)
    if (is.null(seconds)) theirs <- c(theirs, left[1])
    left <- left[-1]
    if (!is.null(callback)) {
      callback(1 - (length(left) + length(theirs)) / total)
    }
    if (length(left) == 0) {
      left <- theirs
      theirs <- numeric()
      polite <- FALSE
    }
  }
}

# `patience`, in seconds: how long to wait for workers once all are lost, and at
# least how long for word of a task.
run_on_daemons <- function(plan, tasks, left, threads, retries, replace,
                           callback, patience = c(workers = 10, word = 60),
                           clock = seconds_now) {
  if (is.null(replace) && daemons_are_local()) replace <- mirai::launch_local
  supervise <- supervisor(replace, retries, patience[["workers"]], clock)
  total <- length(left)
  flying <- list()
  lost <- theirs <- numeric()
  slowest <- 0
  silent <- FALSE
  on.exit({
    for (task in flying) mirai::stop_mirai(task$answer)
    # All later work of the daemons would wait for one that does not reply.
    if (!silent) clear_workers()
  })
  while (length(left) + length(flying) > 0) {
    # Two tasks for each worker: the next is there when one is done.
    workers <- max(1, supervise())
    room <- max(0, 2 * workers - length(flying))
    now <- left[seq_len(min(length(left), room))]
    flying <- c(flying, lapply(now, function(k) {
      answer <- send(k, plan$path, tasks$folder, threads, workers,
                     polite = !k %in% theirs)
      list(k = k, answer = answer, since = clock())
    }))
    left <- left[seq_along(left) > length(now)]
    # Each waits for those before it. How long the first will take is unknown.
    limit <- 5 * slowest * (1 + length(flying) / workers)
    limit <- if (slowest > 0) max(limit, patience[["word"]]) else Inf
    fate <- vapply(flying, fate_of, "", tasks, clock() - limit)
    silent <- silent || any(fate == "late")
    for (task in flying[fate == "done"]) {
      # NA if it was there already.
      slowest <- max(slowest, task$answer$data, na.rm = TRUE)
    }
    for (task in flying[fate %in% c("lost", "late")]) {
      mirai::stop_mirai(task$answer)
      lost <- c(lost, task$k)
      left <- c(left, task$k)
      tell_loss(tasks$noun, task$k, sum(lost == task$k), retries)
    }
    for (task in flying[fate == "theirs"]) {
      theirs <- c(theirs, task$k)
      left <- c(left, task$k)
    }
    flying <- flying[fate == "flying"]
    if (!is.null(callback)) {
      callback(1 - (length(left) + length(flying)) / total)
    }
    if (all(fate == "flying")) Sys.sleep(0.005)
  }
}

send <- function(k, path, folder, threads, workers, polite) {
  share <- if (daemons_are_local()) workers else 1
  mirai::mirai(
    utils::getFromNamespace("do_task", "edist")(path, folder, k, threads, share,
                                                polite),
    .args = list(path = path, folder = folder, k = k, threads = threads,
                 share = share, polite = polite)
  )
}

seconds_now <- function() proc.time()[["elapsed"]]

# "done"; "flying"; "lost" with its worker; "late", because a machine without
# power or network says nothing; or "theirs", if another run works on it. An
# error of a worker is raised here.
fate_of <- function(task, tasks, oldest) {
  if (mirai::unresolved(task$answer)) {
    return(if (task$since < oldest) "late" else "flying")
  }
  value <- task$answer$data
  if (is.null(value)) return("theirs")
  if (!mirai::is_error_value(value)) return("done")
  if (!mirai::is_mirai_error(value) && !mirai::is_mirai_interrupt(value)) {
    return("lost")
  }
  reason <- if (mirai::is_mirai_error(value)) {
    sub("^Error[^:]*: ", "", trimws(conditionMessage(value)))
  } else {
    "it was interrupted"
  }
  reason <- gsub("\\s+", " ", reason)
  abort("A worker failed with {tasks$noun} {task$k}: {reason}", "worker")
}

tell_loss <- function(noun, k, count, retries) {
  if (count > retries) {
    abort("A worker was lost with {noun} {k} {cli::qty(count)}{?once/{count}
      times}, and {.arg retries} is {retries}: is there too little memory?
      What is finished is intact; run again to compute the rest.", "worker")
  }
  message("A worker was lost with ", noun, " ", k, "; another worker takes it")
}

# What a worker does. Workers on one machine share its CPUs.
do_task <- function(path, folder, k, threads, share, polite) {
  plan <- read_plan(path)
  if (is.null(threads)) threads <- max(1L, edist_threads() %/% share)
  tasks <- if (folder == "") tile_tasks(plan) else band_tasks(plan, folder)
  tasks$do(k, threads, worker_cache, polite)
}

daemons_are_local <- function() {
  !grepl("^(tcp|tls|ws)", mirai::status()$daemons[1])
}

# A function that returns the number of daemons, and keeps up their number: it
# asks for new ones in place of those that are lost, but not for ever, if these
# are lost, too.
supervisor <- function(replace, retries, patience, clock = seconds_now,
                       connected = function() mirai::status()$connections) {
  here <- highest <- started <- coming <- 0
  seen <- asked <- clock()
  told <- FALSE
  function() {
    now <- clock()
    before <- here
    here <<- connected()
    highest <<- max(highest, here)
    # Workers that were asked for may wait in a queue; after a minute they no
    # longer count.
    arrived <- max(0, here - before)
    coming <<- if (now - asked > 60) 0 else max(0, coming - arrived)
    if (highest == 0 && !told && now - asked > patience) {
      message("Waiting for the first worker to connect")
      told <<- TRUE
    }
    gone <- highest - here - coming
    if (gone > 0 && !is.null(replace) && started + gone <= retries * highest) {
      message(pluralize("{gone} worker{?s} lost, starting {?another/others}"))
      replace(gone)
      started <<- started + gone
      coming <<- coming + gone
      asked <<- now
    }
    if (here > 0 || highest == 0 || coming > 0) seen <<- now
    if (now - seen > patience) {
      abort("At least one worker must be connected, but the last of {highest} is
        lost. What is finished is intact: set {.fn mirai::daemons} again, and
        run again to compute the rest.", "worker")
    }
    here
  }
}
