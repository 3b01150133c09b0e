#' Compute what is missing of a plan
#'
#' Computes all tiles that the store does not have yet, in this process; or on workers, if
#' [mirai::daemons()] has set any: on this machine, on others, or on a cluster.
#'
#' @details
#' Tiles are files, and only their numbers go to workers and come back. So a run that was
#' interrupted, or killed, is gone on with by calling `edist_run()` again; several
#' runs may work on one store at once, and share the work. At most the tiles in flight
#' are lost. In interactive sessions there is a progress bar.
#'
#' When a worker is lost, its tile is given to another, `retries` times at most, with a
#' message; also when there has been no word of it for a minute and for more than five
#' times as long as its turn should take, as from a machine without power. An error, such
#' as that of a full disk, ends the run at once, and what was computed stays. Ten seconds
#' after the last worker was lost the run ends with an error, or a minute after others
#' were asked for; before the first has come it waits, as jobs wait in the queue of a
#' cluster.
#'
#' Daemons that [mirai::daemons()] has started on this machine share its processors:
#' each takes its part of [edist_threads()]. Others take what `edist_threads()` says where
#' they are, for example what `SLURM_CPUS_PER_TASK` grants them.
#'
#' @inheritParams edist_tile
#' @param threads How many threads each worker is to use, a positive whole number; by
#'   default see below.
#' @param retries How often a tile may be lost with its worker before the run gives up, a
#'   whole number from 0.
#' @param replace A function of the number of workers that were lost, which starts as
#'   many; or `NULL`, which starts new daemons where they were started on this machine by
#'   [mirai::daemons()], and none elsewhere.
#' @return What [edist_open()] returns, invisibly.
#' @seealso [edist_plan()], [edist_status()], `vignette("clusters")`
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' d <- edist_run(edist_plan(faithful, path = path, tile = 100), threads = 2)
#' d
#' identical(d[], edist_matrix(faithful, threads = 2))
#' unlink(path, recursive = TRUE)
edist_run <- function(plan, threads = NULL, retries = 3, replace = NULL) {
  plan <- as_plan(plan)
  if (is_writable(plan) && requireNamespace("jsonlite", quietly = TRUE)) {
    write_zarr(plan, names_of(plan))
  }
  run_parts(plan, tile_parts(plan), threads, retries, replace)
  invisible(edist_open(plan))
}

# The parts that a run has to do: which are missing, how one is done, what they are
# called, and their claims. A worker is told the number of one and `task`, no more.
tile_parts <- function(plan) {
  list(task = "", claims = "^[0-9]+[.][0-9]+$", noun = "tile",
       missing = function() missing_tiles(plan),
       check = function(left) check_room(plan, left),
       do = function(k, threads, polite) do_tile(plan, k, threads, polite))
}

check_room <- function(plan, left) {
  left <- tile_at(plan, left)
  files <- length(left$i) + if (plan$symmetric) sum(left$i != left$j) else 0
  bytes <- files * tile_bytes(plan)
  room <- .Call(C_edist_store_room, plan$path)
  if (is.na(room) || bytes <= room) return(invisible())
  size <- format_bytes(bytes)
  free <- format_bytes(room)
  abort("The disk must have room for what is missing of {.file {plan$path}}, {size}, but
    {free} {?is/are} free.", "store")
}

run_parts <- function(plan, parts, threads, retries, replace) {
  check_retries(retries)
  if (!is.null(replace)) check_function(replace, "replace", "a function or NULL")
  if (!is.null(threads)) threads <- read_threads(threads)
  report <- progress()
  on.exit(let_go())
  left <- parts$missing()
  parts$check(left)
  for (round in seq_len(retries + 1)) {
    if (length(left) == 0) break
    if (has_daemons()) {
      run_on_daemons(plan, parts, left, threads, retries, replace, report)
      left <- missing_soon(parts)
    } else {
      run_here(parts, left, threads, report)
      left <- parts$missing()
    }
  }
  if (length(left) > 0) {
    abort("Parts of {.file {plan$path}} must stay once they have been computed, but
      {length(left)} of them {?is/are} missing: does something remove {?it/them}?",
          "store")
  }
  sweep_claims(plan, parts$claims)
}

check_retries <- function(retries) {
  if (is_count(retries) || is_number(retries) && retries == 0) return(invisible())
  was <- describe(retries)
  abort("{.arg retries} must be a whole number from 0, not {was}.")
}

# What others have written may show late: network file systems remember for up to a minute
# that a file was not there.
missing_soon <- function(parts, patience = 60) {
  end <- seconds_now() + patience
  repeat {
    left <- parts$missing()
    if (length(left) == 0 || seconds_now() > end) return(left)
    Sys.sleep(0.5)
  }
}

has_daemons <- function() {
  isNamespaceLoaded("mirai") && mirai::daemons_set()
}

# What other runs are at is left to them until all else is done.
run_here <- function(parts, left, threads, report) {
  total <- length(left)
  theirs <- numeric()
  polite <- TRUE
  while (length(left) > 0) {
    if (is.null(parts$do(left[1], threads, polite))) theirs <- c(theirs, left[1])
    left <- left[-1]
    if (!is.null(report)) report(1 - (length(left) + length(theirs)) / total)
    if (length(left) == 0) {
      left <- theirs
      theirs <- numeric()
      polite <- FALSE
    }
  }
}

# `patience`, in seconds: for workers to come back once all are lost, and at the least for
# word of a tile.
run_on_daemons <- function(plan, parts, left, threads, retries, replace, report,
                           patience = c(workers = 10, word = 60), clock = seconds_now) {
  if (is.null(replace) && daemons_are_local()) replace <- mirai::launch_local
  crew <- daemon_crew(replace, retries, patience[["workers"]], clock)
  total <- length(left)
  flying <- list()
  lost <- theirs <- numeric()
  slowest <- 0
  on.exit(for (task in flying) mirai::stop_mirai(task$answer))
  while (length(left) + length(flying) > 0) {
    # Two for each: the next is there when one is done.
    workers <- max(1, crew())
    now <- left[seq_len(min(length(left), max(0, 2 * workers - length(flying))))]
    flying <- c(flying, lapply(now, function(k) {
      answer <- send(k, plan$path, parts$task, threads, workers, polite = !k %in% theirs)
      list(k = k, answer = answer, since = clock())
    }))
    left <- left[seq_along(left) > length(now)]
    # Each waits for those before it. Nobody knows how long the first will take.
    limit <- 5 * slowest * (1 + length(flying) / workers)
    limit <- if (slowest > 0) max(limit, patience[["word"]]) else Inf
    fate <- vapply(flying, fate_of, "", parts, clock() - limit)
    for (task in flying[fate == "done"]) {
      slowest <- max(slowest, task$answer$data, na.rm = TRUE) # NA if it was there
    }
    for (task in flying[fate %in% c("lost", "late")]) {
      mirai::stop_mirai(task$answer)
      lost <- c(lost, task$k)
      left <- c(left, task$k)
      tell_loss(parts$noun, task$k, sum(lost == task$k), retries)
    }
    for (task in flying[fate == "theirs"]) {
      theirs <- c(theirs, task$k)
      left <- c(left, task$k)
    }
    flying <- flying[fate == "flying"]
    if (!is.null(report)) report(1 - (length(left) + length(flying)) / total)
    if (all(fate == "flying")) Sys.sleep(0.005)
  }
}

send <- function(k, path, task, threads, workers, polite) {
  share <- if (daemons_are_local()) workers else 1
  mirai::mirai(
    utils::getFromNamespace("do_part", "edist")(path, task, k, threads, share, polite),
    .args = list(path = path, task = task, k = k, threads = threads, share = share,
                 polite = polite)
  )
}

seconds_now <- function() proc.time()[["elapsed"]]

# "done", "flying", "lost" with its worker, or "late": a machine without power or network
# says nothing; or "theirs", another run's. What fails on a worker fails here.
fate_of <- function(task, parts, oldest) {
  if (mirai::unresolved(task$answer)) {
    return(if (task$since < oldest) "late" else "flying")
  }
  value <- task$answer$data
  if (is.null(value)) return("theirs")
  if (!mirai::is_error_value(value)) return("done")
  if (!mirai::is_mirai_error(value) && !mirai::is_mirai_interrupt(value)) return("lost")
  reason <- if (mirai::is_mirai_error(value)) {
    sub("^Error[^:]*: ", "", trimws(conditionMessage(value)))
  } else {
    "it was interrupted"
  }
  reason <- gsub("\\s+", " ", reason)
  abort("A worker failed with {parts$noun} {task$k}: {reason}", "worker")
}

tell_loss <- function(noun, k, count, retries) {
  if (count > retries) {
    abort("A worker was lost with {noun} {k} {cli::qty(count)}{?once/{count} times}, and
      {.arg retries} is {retries}: is there too little memory? What is done is safe, and
      the same call goes on from it.", "worker")
  }
  message("A worker was lost with ", noun, " ", k, ", which another takes")
}

# What a worker does. Those on one machine share its processors.
do_part <- function(path, task, k, threads, share, polite) {
  plan <- read_plan(path)
  if (is.null(threads)) threads <- max(1L, edist_threads() %/% share)
  parts <- if (task == "") tile_parts(plan) else band_parts(plan, task)
  parts$do(k, threads, polite)
}

daemons_are_local <- function() !grepl("^(tcp|tls|ws)", mirai::status()$daemons[1])

# A function that says how many daemons there are, and by the way sees to it that there
# remain as many as there were: but not for ever, if new ones are lost like the old.
daemon_crew <- function(replace, retries, patience, clock = seconds_now,
                        connected = function() mirai::status()$connections) {
  here <- most <- started <- coming <- 0
  seen <- asked <- clock()
  told <- FALSE
  function() {
    now <- clock()
    before <- here
    here <<- connected()
    most <<- max(most, here)
    # Those that were asked for may wait in a queue; after a minute they do not count.
    coming <<- if (now - asked > 60) 0 else max(0, coming - max(0, here - before))
    if (most == 0 && !told && now - asked > patience) {
      message("Waiting for the first worker to come")
      told <<- TRUE
    }
    gone <- most - here - coming
    if (gone > 0 && !is.null(replace) && started + gone <= retries * most) {
      message(pluralize("{gone} worker{?s} lost, starting {?another/others}"))
      replace(gone)
      started <<- started + gone
      coming <<- coming + gone
      asked <<- now
    }
    if (here > 0 || most == 0 || coming > 0) seen <<- now
    if (now - seen > patience) {
      abort("A worker must be left to go on, but the last of {most} is lost. What is done
        is safe: set {.fn mirai::daemons} anew, and the same call goes on from it.",
              "worker")
    }
    here
  }
}
