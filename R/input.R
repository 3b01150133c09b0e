# Converts the input of users for the engine, or refuses it with an error of one
# sentence that names the argument, what it must be and what it was.

# cli::pluralize() does the same, but needs package glue.
pluralize <- function(text, .envir = parent.frame()) {
  cli::format_inline(text, .envir = .envir)
}

# Describes a bad value in a few words.
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

# Describes a bad value that must be a whole number.
describe_count <- function(x) {
  too_large <- is_number(x) && is.finite(x) && x > .Machine$integer.max
  paste0(describe(x), if (too_large) ", which is above 2 147 483 647")
}

# The 64-bit integers of package bit64 claim to be numeric, but their doubles
# are not their values.
is_number_like <- function(x) {
  (is.numeric(x) || is.logical(x)) && !inherits(x, "integer64")
}

# Returns a double, integer or logical matrix, or a dgCMatrix of package Matrix,
# and x itself whenever possible.
as_observations <- function(x, argument) {
  if (is.double(x) && is.matrix(x) && !is.object(x)) return(x) # most calls
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

# A number of days or seconds. It is not numeric, but dist() accepts it.
is_time <- function(x) {
  inherits(x, c("Date", "POSIXct", "difftime")) &&
    typeof(x) %in% c("double", "integer")
}

refuse_distances <- function(argument) {
  abort("{.arg {argument}} must hold data, a row for each observation, not
    distances as in a dist object: read them with {.fn edist_dist_row},
    {.fn edist_dist_value} or {.fn edist_dist_full}, or use
    {.code as.matrix({argument})} if they are your data.")
}

refuse_observations <- function(x, argument) {
  was <- describe(x)
  known <- Find(function(class) inherits(x, class), names(as_numbers))
  instead <- if (!is.null(known)) sub("x", argument, as_numbers[[known]])
  abort(paste0(
    "{.arg {argument}} must be a numeric matrix, a data frame of numeric columns
    or a numeric vector, not {was}",
    if (!is.null(known)) ": use {.code {instead}} instead", "."
  ))
}

# The code that converts an object to numbers, by its class.
as_numbers <- c(SummarizedExperiment = "t(assay(x))",
                ExpressionSet = "t(exprs(x))", DelayedArray = "as.matrix(x)",
                big.matrix = "as.matrix(x)", edist_store = "as.matrix(x)",
                edist_shared = "as.matrix(x)",
                edist_blocks = "x[seq_len(nrow(x)), ]",
                POSIXlt = "as.POSIXct(x)")

# Sparse matrices become a dgCMatrix, all others an ordinary matrix. Classes
# that other packages derive from dgCMatrix become a plain dgCMatrix.
as_known_matrix <- function(x, argument = "x") {
  check_installed("Matrix", "A Matrix")
  # With an invalid object, package Matrix or the engine would read beyond its
  # memory.
  if (!isTRUE(methods::validObject(x, test = TRUE))) {
    abort("{.arg {argument}} must be a valid {class(x)[1]}, but its slots
      contradict each other.")
  }
  if (!inherits(x, "sparseMatrix")) return(as.matrix(x))
  if (!inherits(x, "dgCMatrix")) {
    x <- methods::as(methods::as(x, "generalMatrix"), "CsparseMatrix")
    x <- methods::as(x, "dMatrix")
  }
  if (identical(as.vector(class(x)), "dgCMatrix")) return(x)
  methods::new("dgCMatrix", i = x@i, p = x@p, x = x@x, Dim = x@Dim,
               Dimnames = x@Dimnames)
}

# For functions that cannot use sparse matrices. They do not convert one without
# being asked, because the dense matrix may take all memory.
as_dense_observations <- function(x, argument) {
  x <- as_observations(x, argument)
  if (!inherits(x, "Matrix")) return(x)
  was <- describe(x)
  abort("{.arg {argument}} must be a dense matrix, not {was}: use
    {.code as.matrix({argument})} instead.")
}

check_columns <- function(x, argument) {
  bad <- which(!vapply(x, is_number_like, NA))
  if (length(bad) == 0) return(invisible())
  value <- x[[bad[1]]]
  was <- describe(value)
  column <- name_or_number(names(x), bad[1])
  instead <- if (is_time(value)) ": convert it with {.fn as.numeric}"
  abort(paste0("{.arg {argument}} must have only numeric columns, but its column
    {column} is {was}", instead, "."))
}

# How a message refers to one of several things: by its name, if it has one.
name_or_number <- function(names, at) {
  name <- names[at]
  if (length(name) == 0 || is.na(name) || name == "") return(format(at))
  dQuote(name, FALSE)
}

# Two sets of rows with the same columns.
as_observations_of_both <- function(x, y, as = as_observations) {
  rows <- list(x = as(x, "x"), y = as(y, "y"))
  check_same_columns(rows$x, rows$y, list(x = x, y = y))
  check_order(colnames(rows$y), colnames(rows$x), "y", "column", "x",
              "y[, colnames(x)]")
  check_same_unit(x, y)
  rows
}

# `given` holds x and y before their conversion.
check_same_columns <- function(x, y, given) {
  if (ncol(x) == ncol(y)) return(invisible())
  is_row <- function(vector, other) {
    is.null(dim(vector)) && length(vector) == ncol(other)
  }
  row <- if (is_row(given$y, x)) "y" else if (is_row(given$x, y)) "x"
  abort(paste0(
    "{.arg y} must have as many columns as {.arg x}, {ncol(x)}, not {ncol(y)}",
    if (!is.null(row)) ": {.arg {row}} is a vector and counts as one column; to
    select one row of a matrix, use {.code drop = FALSE}, as in
    {.code m[1, , drop = FALSE]}", "."
  ))
}

# Dates count days, times count seconds, and a difftime has a unit of its own.
check_same_unit <- function(x, y) {
  unit <- function(x) {
    if (!is_time(x)) return(NULL)
    if (inherits(x, "difftime")) return(units(x))
    if (inherits(x, "Date")) "days" else "secs"
  }
  of_x <- unit(x)
  of_y <- unit(y)
  if (is.null(of_x) || is.null(of_y) || of_x == of_y) return(invisible())
  abort("{.arg y} must have the unit of {.arg x}, {of_x}, not {of_y}.")
}

# Things that are matched by position must not have the same names in another
# order. Names that occur twice, or on one side only, are ignored. `fix` is code
# that restores the order.
check_order <- function(names, wanted, argument, noun, of, fix) {
  if (is.null(names) || is.null(wanted) || identical(names, wanted)) {
    return(invisible())
  }
  once <- function(x) x[!is.na(x) & x != "" & !x %in% x[duplicated(x)]]
  both <- intersect(once(names), once(wanted))
  here <- match(both, names)
  there <- match(both, wanted)
  bad <- which(here != there)[1]
  if (is.na(bad)) return(invisible())
  instead <- fix
  if (!all(wanted %in% names)) instead <- sprintf("unname(%s)", argument)
  abort("{.arg {argument}} must have the order of the {noun}s of {.arg {of}},
    but {.val {both[bad]}} is {noun} {there[bad]} of {.arg {of}} and number
    {here[bad]} of {.arg {argument}}: use {.code {instead}} instead.")
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
