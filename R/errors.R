# Errors: one sentence for people, a class for programs.

# `class` is the kind of error: "argument", "memory", "store", "worker" or "system", see
# `?edist-package`. The message is one line without runs of blanks, however it and what
# is put into it are broken over lines of code.
abort <- function(message, class = "argument", .envir = parent.frame()) {
  one_line <- function(text) gsub("\\s+", " ", text)
  raise(one_line(cli::format_inline(one_line(message), .envir = .envir)), class)
}

# edist_r_abort() in src/r-errors.c calls it, too.
raise <- function(message, class) {
  class <- c(paste0("edist_error_", class), "edist_error", "error", "condition")
  stop(structure(list(message = message, call = NULL), class = class))
}
