# What the functions that answer without a matrix are asked for, checked and made
# ready for the engine: x, y and how, as src/r-request.c reads them, and the names
# of the rows.
read_request <- function(x, y, method, p, strict, weights, cov, threads) {
  rows <- if (is.null(y)) list(x = as_observations(x, "x")) else
    as_observations_of_both(x, y)
  x <- rows$x
  y <- rows$y
  how <- read_how(method, p, strict, weights, x, threads)
  names <- list(x = rownames(x), y = if (is.null(y)) rownames(x) else rownames(y))
  if (!is.null(cov)) {
    white <- read_cov(x, y, cov, how)
    x <- white$x
    y <- white$y
    how$paired <- TRUE
  }
  if (how$method == "binary") warn_if_infinite(x, y)
  request <- list(x = x, y = y, how = how, names = names, nrow = nrow(x),
                  nbase = if (is.null(y)) nrow(x) else nrow(y))
  if (is.null(weights)) request else drop_weightless(request)
}

# NULL where there are none.
dimnames_of <- function(names) {
  if (!is.null(names$x) || !is.null(names$y)) list(names$x, names$y)
}

