# Errors: one sentence for people, a class for programs.

# `class` is the kind of error: "argument", "memory", "store", "worker" or "system", see
# `?edist-package`. The message is one line, however it and its parts are broken over
# lines of code.
abort <- function(message, class = "argument", .envir = parent.frame()) {
  message <- gsub("\\s+", " ", message)
  message <- cli::format_inline(message, .envir = .envir)
  raise(gsub("\\s*\n\\s*", " ", message), class)
}

# edist_r_abort() in src/r-errors.c calls it, too.
raise <- function(message, class) {
  class <- c(paste0("edist_error_", class), "edist_error", "error", "condition")
  stop(structure(list(message = message, call = NULL), class = class))
}
