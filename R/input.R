# What users hand over, made ready for the engine, or refused in one sentence
# that names the argument, what it must be and what it was.

abort <- function(message, class = "argument", .envir = parent.frame()) {
  message <- gsub("\\s+", " ", message) # may be broken over lines of code
  stop(structure(
    list(message = cli::format_inline(message, .envir = .envir), call = NULL),
    class = c(paste0("edist_error_", class), "edist_error", "error", "condition")
  ))
}

# As cli::pluralize(), whose default needs package glue.
pluralize <- function(text, .envir = parent.frame()) {
  cli::pluralize(text, .envir = .envir, .transformer = function(code, envir) {
    eval(parse(text = code, keep.source = FALSE), envir)
  })
}

# A few words on what a bad value is.
describe <- function(x) {
  if (is.null(x)) return("NULL")
  if (is.factor(x)) return("a factor")
  if (is.data.frame(x)) return("a data frame")
  if (is.function(x)) return("a function")
  if (is.atomic(x) && length(x) == 1 && !is.object(x)) {
    return(if (is.character(x) && !is.na(x)) dQuote(x, FALSE) else format(x))
  }
  kind <- if (is.object(x)) {
    paste0("object of class ", dQuote(class(x)[1], FALSE))
  } else if (is.matrix(x)) {
    paste(typeof(x), "matrix")
  } else if (is.atomic(x)) {
    paste(typeof(x), "vector of length", length(x))
  } else {
    typeof(x)
  }
  paste(if (grepl("^[aeio]", kind)) "an" else "a", kind)
}

# 64-bit integers of package bit64 say they are numeric, but their doubles are
# not their values.
is_number_like <- function(x) {
  (is.numeric(x) || is.logical(x)) && !inherits(x, "integer64")
}

# A double, integer or logical matrix, or a dgCMatrix of package Matrix: x itself
# wherever that is possible.
as_observations <- function(x, argument) {
  if (is.double(x) && is.matrix(x) && !is.object(x)) return(x) # the usual, at once
  if (inherits(x, "Matrix")) return(as_known_matrix(x))
  if (is.data.frame(x)) {
    check_columns(x, argument)
    return(as.matrix(x))
  }
  if (!is_number_like(x)) {
    was <- describe(x)
    abort("{.arg {argument}} must be a numeric matrix, a data frame of numeric
      columns or a numeric vector, not {was}.")
  }
  if (is.matrix(x)) x else as.matrix(x)
}

# Sparse ones stay sparse, all others become an ordinary matrix.
as_known_matrix <- function(x) {
  check_installed("Matrix", "A Matrix")
  if (inherits(x, "dgCMatrix")) return(x)
  if (!inherits(x, "sparseMatrix")) return(as.matrix(x))
  general <- methods::as(methods::as(x, "generalMatrix"), "CsparseMatrix")
  methods::as(general, "dMatrix")
}

# For programs that cannot use sparse matrices: to make a dense one of it unasked
# may take all memory.
as_dense_observations <- function(x, argument) {
  x <- as_observations(x, argument)
  if (!inherits(x, "Matrix")) return(x)
  was <- describe(x)
  abort("{.arg {argument}} must be a dense matrix here, not {was}: give
    {.code as.matrix({argument})} instead.")
}

check_columns <- function(x, argument) {
  bad <- which(!vapply(x, is_number_like, NA))
  if (length(bad) == 0) return(invisible())
  column <- names(x)[bad[1]]
  was <- describe(x[[bad[1]]])
  abort("{.arg {argument}} must have numeric columns only, but its column
    {.val {column}} is {was}.")
}

check_same_columns <- function(x, y) {
  if (ncol(x) != ncol(y)) {
    abort("{.arg y} must have as many columns as {.arg x}, {ncol(x)}, not
      {ncol(y)}.")
  }
}

check_flag <- function(x, argument) {
  if (is.logical(x) && length(x) == 1 && !is.na(x)) return(invisible())
  was <- describe(x)
  abort("{.arg {argument}} must be {.code TRUE} or {.code FALSE}, not {was}.")
}

check_dots_empty <- function(...) {
  if (...length() == 0) return(invisible())
  name <- names(list(...))[1]
  was <- if (is.null(name) || name == "") {
    "an argument without a name"
  } else {
    cli::format_inline("{.arg {name}}")
  }
  abort("{.arg ...} must be empty, but there is {was}.")
}
