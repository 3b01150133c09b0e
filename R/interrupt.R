# Runs the engine by a function of `progress`: with a progress bar, unless that is
# NULL, and with interrupts that are what they are elsewhere in R.
compute <- function(run, report = progress()) {
  on.exit(.Call(C_edist_threads_short)) # of a call that failed, nobody is told
  .Call(C_edist_threads_short) # forgets what an interrupted call has left
  result <- run(report)
  if (is.null(result)) raise_interrupt()
  warn_threads()
  result
}

# The engine stops in order on an interrupt and returns NULL. What happens then
# must be what an interrupt does: an error would be swallowed by somebody's try().
raise_interrupt <- function() {
  condition <- structure(
    list(message = "interrupted", call = NULL),
    class = c("interrupt", "condition")
  )
  signalCondition(condition)
  invokeRestart("abort")
}

# A function of the share of the work done, for the engine to call now and then,
# or NULL if nobody watches. cli shows nothing in the first two seconds, and takes
# the bar away when the caller, `frame`, is done.
progress <- function(show = interactive(), frame = parent.frame()) {
  if (!show) return(NULL)
  bar <- NULL
  function(done) {
    # Not worth an error, which would end the run.
    try(silent = TRUE, {
      if (is.null(bar)) {
        bar <<- cli::cli_progress_bar(
          total = 1, .envir = frame,
          format = "Distances {cli::pb_bar} {cli::pb_percent} | {cli::pb_eta_str}"
        )
      }
      cli::cli_progress_update(set = done, id = bar, .envir = frame)
    })
  }
}
