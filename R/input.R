# What users hand over, made ready for the engine, or refused in one sentence
# that names the argument, what it must be and what it was.

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
  } else if (is.call(x)) {
    "call"
  } else {
    typeof(x)
  }
  paste(if (grepl("^[aeio]", kind)) "an" else "a", kind)
}

# Of what is to be a whole number.
describe_count <- function(x) {
  too_large <- is_number(x) && is.finite(x) && x > .Machine$integer.max
  paste0(describe(x), if (too_large) ", which is above 2 147 483 647")
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
  if (inherits(x, "Matrix")) return(as_known_matrix(x, argument))
  if (is.data.frame(x)) {
    check_columns(x, argument)
    return(as.matrix(x))
  }
  if (inherits(x, "dist")) refuse_distances(argument)
  if (is_time(x)) x <- unclass(x)
  if (is.raw(x)) storage.mode(x) <- "integer"
  if (!is_number_like(x)) refuse_observations(x, argument)
  if (is.matrix(x)) x else as.matrix(x)
}

# A number of days or seconds, as which dist() takes it, though it is not numeric.
is_time <- function(x) {
  inherits(x, c("Date", "POSIXct", "difftime")) && typeof(x) %in% c("double", "integer")
}

refuse_distances <- function(argument) {
  abort("{.arg {argument}} must hold coordinates, a row for each observation, not
    distances, as a dist object does: read those by {.fn edist_dist_row}, {.fn edist_dist_value} or
    {.fn edist_dist_full}, or give {.code as.matrix({argument})} if they are to be
    coordinates.")
}

refuse_observations <- function(x, argument) {
  was <- describe(x)
  known <- Find(function(class) inherits(x, class), names(as_numbers))
  instead <- if (!is.null(known)) sub("x", argument, as_numbers[[known]])
  abort(paste0("{.arg {argument}} must be a numeric matrix, a data frame of numeric
    columns or a numeric vector, not {was}", if (!is.null(known)) ": give
    {.code {instead}} instead", "."))
}

# What makes numbers of objects that hold some, by their class.
as_numbers <- c(SummarizedExperiment = "t(assay(x))", ExpressionSet = "t(exprs(x))",
                DelayedArray = "as.matrix(x)", big.matrix = "as.matrix(x)",
                edist_store = "as.matrix(x)", edist_shared = "as.matrix(x)",
                POSIXlt = "as.POSIXct(x)")

# Sparse ones stay sparse, all others become an ordinary matrix; what other packages
# have derived becomes what it was derived from.
as_known_matrix <- function(x, argument = "x") {
  check_installed("Matrix", "A Matrix")
  # What does not fit would make package Matrix, or the engine, read foreign memory.
  if (!isTRUE(methods::validObject(x, test = TRUE))) {
    abort("{.arg {argument}} must be a valid {class(x)[1]}, but its slots do not fit each
      other.")
  }
  if (!inherits(x, "sparseMatrix")) return(as.matrix(x))
  if (!inherits(x, "dgCMatrix")) {
    x <- methods::as(methods::as(x, "generalMatrix"), "CsparseMatrix")
    x <- methods::as(x, "dMatrix")
  }
  if (identical(as.vector(class(x)), "dgCMatrix")) return(x)
  methods::new("dgCMatrix", i = x@i, p = x@p, x = x@x, Dim = x@Dim, Dimnames = x@Dimnames)
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
  value <- x[[bad[1]]]
  was <- describe(value)
  column <- name_or_number(names(x), bad[1])
  instead <- if (is_time(value)) ": give {.code as.numeric()} of it"
  abort(paste0("{.arg {argument}} must have numeric columns only, but its column
    {column} is {was}", instead, "."))
}

# How a message calls one of several things.
name_or_number <- function(names, at) {
  name <- names[at]
  if (length(name) == 0 || is.na(name) || name == "") format(at) else dQuote(name, FALSE)
}

# Two sets of observations that are to be compared, column by column.
as_observations_of_both <- function(x, y, as = as_observations) {
  rows <- list(x = as(x, "x"), y = as(y, "y"))
  check_same_columns(rows$x, rows$y, list(x = x, y = y))
  check_order(colnames(rows$y), colnames(rows$x), "y", "column", "x",
              "y[, colnames(x)]")
  check_same_unit(x, y)
  rows
}

# `given` is what x and y were made of.
check_same_columns <- function(x, y, given) {
  if (ncol(x) == ncol(y)) return(invisible())
  is_row <- function(vector, other) {
    is.null(dim(vector)) && length(vector) == ncol(other)
  }
  row <- if (is_row(given$y, x)) "y" else if (is_row(given$x, y)) "x"
  abort(paste0("{.arg y} must have as many columns as {.arg x}, {ncol(x)}, not {ncol(y)}",
    if (!is.null(row)) ": {.arg {row}} is a vector, and so one column, but one row of a
    matrix is taken with {.code drop = FALSE}, as in {.code m[1, , drop = FALSE]}", "."))
}

# Dates are days, times are seconds, and differences of times are either.
check_same_unit <- function(x, y) {
  unit <- function(x) {
    if (!is_time(x)) NULL else if (inherits(x, "difftime")) units(x) else
      if (inherits(x, "Date")) "days" else "secs"
  }
  of_x <- unit(x)
  of_y <- unit(y)
  if (is.null(of_x) || is.null(of_y) || of_x == of_y) return(invisible())
  abort("{.arg y} must be in the unit of {.arg x}, {of_x}, not {of_y}.")
}

# What is matched by position must not have the same names at other positions. Names that
# either has twice, or alone, say nothing. `fix` is code that puts all in order.
check_order <- function(names, wanted, argument, noun, of, fix) {
  if (is.null(names) || is.null(wanted) || identical(names, wanted)) return(invisible())
  once <- function(x) x[!is.na(x) & x != "" & !x %in% x[duplicated(x)]]
  both <- intersect(once(names), once(wanted))
  here <- match(both, names)
  there <- match(both, wanted)
  bad <- which(here != there)[1]
  if (is.na(bad)) return(invisible())
  instead <- if (all(wanted %in% names)) fix else sprintf("unname(%s)", argument)
  abort("{.arg {argument}} must be in the order of the {noun}s of {.arg {of}}, but
    {.val {both[bad]}} is {noun} {there[bad]} there and number {here[bad]} of
    {.arg {argument}}: give {.code {instead}} instead.")
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
