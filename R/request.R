# A request: data and spec of a call, checked and ready for the engine, as
# src/r-request.c reads them; the names of the rows; and how many rows ask
# (nrow) and are asked about (nbase). `alone`: x with itself, without y.
new_request <- function(spec, names, nrow, nbase, alone, x = NULL, y = NULL) {
  list(spec = spec, names = names, nrow = nrow, nbase = nbase, alone = alone,
       x = x, y = y)
}

read_request <- function(x, y, method, p, strict, weights, cov, threads,
                         distances = FALSE) {
  if (is_blocks(y)) {
    abort("{.arg x} must be in blocks if {.arg y} is: use
      {.code edist_blocks(x)}.")
  }
  plain <- c(strict = !isFALSE(strict), weights = !is.null(weights),
             cov = !is.null(cov))
  if (distances && is_distances(x)) {
    return(distances_request(x, y, method, plain, threads))
  }
  if (is.function(method)) {
    return(function_request(x, y, method, plain, threads))
  }
  if (is_compiled(method)) {
    return(compiled_request(x, y, method, plain, threads))
  }
  alone <- is.null(y)
  rows <- rows_for(x, y, method)
  spec <- read_spec(method, p, strict, weights, rows$x, threads)
  names <- list(x = rownames(rows$x),
                y = rownames(if (alone) rows$x else rows$y))
  if (!is.null(cov)) {
    rows <- read_cov(rows$x, rows$y, cov, spec)
    spec$paired <- TRUE
  }
  spec$scale <- rows$scale
  spec$pairwise <- rows$pairwise
  if (spec$method %in% binary_methods) warn_if_infinite(rows$x, rows$y)
  base <- if (alone) rows$x else rows$y
  request <- new_request(spec, names, nrow(rows$x), nrow(base), alone,
                         rows$x, rows$y)
  if (is.null(weights)) request else drop_weightless(request)
}

# The rows among which each row of x finds its answer, as a message calls them.
base_argument <- function(request) if (request$alone) "x" else "y"

# Whether pairs that cannot matter may be left out.
read_search <- function(search, request) {
  search <- match_name(search, c("auto", "all"), "search")
  search == "auto" &&
    search_fits(request$x, if (!request$alone) request$y)
}

# The search copies the rows, for a moment twice. A sparse matrix may have more
# rows and columns than memory could hold.
search_fits <- function(x, y) {
  if (inherits(x, "Matrix") || inherits(y, "Matrix")) return(FALSE)
  bytes <- 16 * ncol(x) * (nrow(x) + if (is.null(y)) 0 else nrow(y))
  bytes < 2^28 || bytes <= memory_usable() / 2
}

# An argument that a generic's default has and the method at hand has not.
refuse_arguments <- function(..., with) {
  if (...length() == 0) return(invisible())
  name <- names(list(...))[1]
  if (is.null(name) || name == "") {
    abort(paste0("{.arg ...} must be empty ", with,
                 ", but there is an argument without a name."))
  }
  refuse_argument(name, with)
}

refuse_argument <- function(name, when) {
  abort(paste0("{.arg {name}} must not be given ", when, "."))
}

# For the second argument of functions whose third is y: what was meant for y is
# told so.
instead_of_y <- function(value, call) {
  looks_like_rows <- is.matrix(value) || is.data.frame(value) ||
    inherits(value, "Matrix")
  if (looks_like_rows) paste0(": give {.code ", call, "}") else ""
}

# NULL where there are none.
dimnames_of <- function(names) {
  if (!is.null(names$x) || !is.null(names$y)) list(names$x, names$y)
}
