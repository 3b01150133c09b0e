# Runs the engine by a function of `progress`: with a progress bar, unless
# `report` is NULL, and with interrupts that behave as everywhere in R.
compute <- function(run, report = progress()) {
  # What a failed or interrupted call has left to tell is forgotten.
  on.exit(.Call(C_edist_threads_short))
  .Call(C_edist_threads_short)
  result <- run(report)
  if (is.null(result)) raise_interrupt()
  warn_threads()
  result
}

# On an interrupt the engine stops in order and returns NULL. What follows must
# be an interrupt, not an error, which somebody's try() would swallow.
raise_interrupt <- function() {
  condition <- structure(
    list(message = "interrupted", call = NULL),
    class = c("interrupt", "condition")
  )
  signalCondition(condition)
  invokeRestart("abort")
}

# Whether to show progress: option edist.progress, by default in interactive
# sessions.
shows_progress <- function() {
  isTRUE(as.logical(getOption("edist.progress", interactive())))
}

# A function of the share of the work done, which the engine calls now and then;
# or NULL. cli shows nothing in the first two seconds, and removes the bar when
# the caller, `frame`, is done.
progress <- function(show = shows_progress(), frame = parent.frame()) {
  if (!show) return(NULL)
  bar <- NULL
  function(done) {
    # A failure of the bar must not end the run.
    try(silent = TRUE, {
      if (is.null(bar)) {
        bar <<- cli::cli_progress_bar(
          total = 1, .envir = frame,
          format = paste("Distances {cli::pb_bar} {cli::pb_percent} |",
                         "{cli::pb_eta_str}")
        )
      }
      cli::cli_progress_update(set = done, id = bar, .envir = frame)
    })
  }
}
