# Errors: one sentence for people, a class for programs.

# `class` is the kind of error: "argument", "memory", "store", "worker" or
# "system", see `?edist-package`. Line breaks and indentation in `message` and
# in the values put into it become single blanks.
abort <- function(message, class = "argument", .envir = parent.frame()) {
  raise(one_line(cli::format_inline(one_line(message), .envir = .envir)), class)
}

one_line <- function(text) gsub("\\s+", " ", text)

# Also called by edist_r_abort() in src/r-errors.c.
raise <- function(message, class) {
  class <- c(paste0("edist_error_", class), "edist_error", "error", "condition")
  stop(structure(list(message = message, call = NULL), class = class))
}

# The oldest versions of suggested packages that work, as in DESCRIPTION.
oldest_version <- c(ggplot2 = "3.4.0", mirai = "2.5.0")

check_installed <- function(package, what) {
  if (!requireNamespace(package, quietly = TRUE)) {
    abort(paste(what, "needs package {.pkg {package}}, which is not
      installed."), "system")
  }
  check_version(package, utils::packageVersion(package), what)
}

check_version <- function(package, version, what) {
  oldest <- oldest_version[package]
  if (is.na(oldest) || version >= oldest) return(invisible())
  abort(paste(what, "needs version {oldest} or later of package
    {.pkg {package}}, not {version}."), "system")
}
