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
#' message. An error, such as that of a full disk, ends the run at once, and
#' what was computed stays. Without an answer from any worker for ten seconds after the
#' last was lost the run ends with an error; before the first has come it waits, as jobs
#' wait in the queue of a cluster.
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
  check_room(plan)
  run_parts(plan, tile_parts(plan), threads, retries, replace)
  invisible(edist_open(plan))
}

# The parts that a run has to do: which are missing, how one is done, what they are
# called, and their claims. A worker is told the number of one and `task`, no more.
tile_parts <- function(plan) {
  list(task = "", claims = "^[0-9]+[.][0-9]+$", noun = "tile",
       missing = function() missing_tiles(plan),
       do = function(k, threads) do_tile(plan, k, threads))
}

check_room <- function(plan) {
  left <- tile_at(plan, missing_tiles(plan))
  files <- length(left$i) + if (plan$symmetric) sum(left$i != left$j) else 0
  bytes <- files * tile_bytes(plan)
  room <- .Call(C_edist_store_room, plan$path)
  if (is.na(room) || bytes <= room) return(invisible())
  size <- format_bytes(bytes)
  free <- format_bytes(room)
  abort("The disk must have room for what is missing of {.file {plan$path}}, {size}, but
    {free} {?is/are} free.")
}

run_parts <- function(plan, parts, threads, retries, replace) {
  check_retries(retries)
  if (!is.null(replace)) check_function(replace, "replace", "a function or NULL")
  if (!is.null(threads)) threads <- read_threads(threads)
  sweep_claims(plan)
  report <- progress()
  for (round in seq_len(retries + 1)) {
    left <- in_turn(parts$missing(), plan)
    if (length(left) == 0) break
    if (has_daemons()) {
      run_on_daemons(plan, parts, left, threads, retries, replace, report)
    } else {
      run_here(parts, left, threads, report)
    }
  }
  left <- parts$missing()
  if (length(left) > 0) {
    abort("{length(left)} {parts$noun}{?s} of {.file {plan$path}} {?is/are} missing though
      {?it has/they have} been computed: does something remove {?it/them}?")
  }
  sweep_claims(plan, parts$claims)
}

check_retries <- function(retries) {
  if (is_count(retries) || is_number(retries) && retries == 0) return(invisible())
  was <- describe(retries)
  abort("{.arg retries} must be a whole number from 0, not {was}.")
}

# Where another run is at work on the same store, each begins somewhere else.
in_turn <- function(left, plan) {
  if (nrow(claims(plan)) == 0 || length(left) < 2) return(left)
  from <- Sys.getpid() %% length(left)
  c(left[seq_along(left) > from], left[seq_along(left) <= from])
}

has_daemons <- function() {
  isNamespaceLoaded("mirai") && mirai::daemons_set()
}

run_here <- function(parts, left, threads, report) {
  for (n in seq_along(left)) {
    parts$do(left[n], threads)
    if (!is.null(report)) report(n / length(left))
  }
}

run_on_daemons <- function(plan, parts, left, threads, retries, replace, report,
                           patience = 10) {
  crew <- daemon_crew(replace, retries, patience)
  total <- length(left)
  flying <- list()
  lost <- numeric()
  on.exit(for (task in flying) mirai::stop_mirai(task$answer))
  while (length(left) + length(flying) > 0) {
    # Two for each: the next is there when one is done.
    room <- 2 * max(1, crew()) - length(flying)
    now <- left[seq_len(min(length(left), max(0, room)))]
    flying <- c(flying, lapply(now, send, plan, parts$task, threads, crew(FALSE)))
    left <- left[seq_along(left) > length(now)]
    landed <- vapply(flying, function(task) !mirai::unresolved(task$answer), NA)
    for (task in flying[landed]) {
      if (!is_lost(task, parts$noun)) next
      lost <- c(lost, task$k)
      left <- c(left, task$k)
      count <- sum(lost == task$k)
      if (count > retries) {
        abort("A worker was lost with {parts$noun} {task$k}
          {cli::qty(count)}{?once/{count} times}, and {.arg retries} is {retries}: is
          there too little memory? What is done is safe, and the same call goes on from
          it.")
      }
      message("A worker was lost with ", parts$noun, " ", task$k, ", which another takes")
    }
    flying <- flying[!landed]
    if (!is.null(report)) report(1 - (length(left) + length(flying)) / total)
    if (!any(landed)) Sys.sleep(0.005)
  }
}

send <- function(k, plan, task, threads, crew) {
  share <- if (daemons_are_local()) max(1, crew) else 1
  answer <- mirai::mirai(
    utils::getFromNamespace("do_part", "edist")(path, task, k, threads, share),
    .args = list(path = plan$path, task = task, k = k, threads = threads, share = share)
  )
  list(k = k, answer = answer)
}

# TRUE if it must be done again; an error ends the run.
is_lost <- function(task, noun) {
  value <- task$answer$data
  if (!mirai::is_error_value(value)) return(FALSE)
  if (!mirai::is_mirai_error(value) && !mirai::is_mirai_interrupt(value)) return(TRUE)
  reason <- if (mirai::is_mirai_error(value)) {
    sub("^Error[^:]*: ", "", trimws(conditionMessage(value)))
  } else {
    "interrupted"
  }
  reason <- paste(strwrap(reason, 1e6), collapse = " ")
  abort("{noun} {task$k} failed on a worker: {reason}")
}

# What a worker does. Those on one machine share its processors.
do_part <- function(path, task, k, threads, share) {
  plan <- read_plan(path)
  if (is.null(threads)) threads <- max(1L, edist_threads() %/% share)
  parts <- if (task == "") tile_parts(plan) else band_parts(plan, task)
  parts$do(k, threads)
}

daemons_are_local <- function() !grepl("^(tcp|tls|ws)", mirai::nextget("url")[1])

# A function that says how many daemons there are, and by the way sees to it that there
# remain as many as there were: but not for ever, if new ones are lost like the old.
daemon_crew <- function(replace, retries, patience) {
  if (is.null(replace) && daemons_are_local()) replace <- mirai::launch_local
  here <- most <- started <- 0
  seen <- asked <- -Inf
  now <- function() proc.time()[["elapsed"]]
  function(look = TRUE) {
    if (!look) return(here)
    here <<- mirai::status()$connections
    most <<- max(most, here)
    if (here > 0 || most == 0) seen <<- now()
    gone <- most - here
    may <- !is.null(replace) && started + gone <= retries * most
    if (gone > 0 && may && now() - asked > patience / 2) {
      message(cli::pluralize("{gone} worker{?s} lost, starting {?another/others}"))
      replace(gone)
      started <<- started + gone
      asked <<- now()
    }
    if (here == 0 && now() - seen > patience) {
      abort("A worker must be left to go on, but the last of {most} is lost. What is done
        is safe: set {.fn mirai::daemons} anew, and the same call goes on from it.")
    }
    here
  }
}
