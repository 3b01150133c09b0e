# What is wrong with a matrix of distances that somebody's function returned, in
# words that go on after its name: "returned a list instead of ...". NULL if
# nothing is wrong.

# `error` is the condition that stopped the function.
stopped_because <- function(error) {
  call <- conditionCall(error)
  where <- if (!is.null(call)) deparse(call, width.cutoff = 200)[1]
  if (!is.null(where) && nchar(where) > 50) {
    where <- paste(substr(where, 1, 46), "...")
  }
  paste0("stopped", if (!is.null(where)) paste(" in", where), ": ",
         sub("[.[:space:]]+$", "", conditionMessage(error)))
}

# `exact` is what exact_distances() returns, `allowed` the largest error, a
# number or one for each cell.
result_fault <- function(got, exact, allowed, x, y) {
  fault <- shape_fault(got, x, y)
  if (!is.null(fault)) return(fault)
  value_fault(matrix(as.double(got), nrow(x)), exact, allowed, x, y)
}

shape_fault <- function(got, x, y) {
  shape <- c(nrow(x), nrow(y))
  if (is.matrix(got) && is.numeric(got) && all(dim(got) == shape)) return(NULL)
  wanted <- paste("matrix of", shape[1], "by", shape[2])
  if (!is.matrix(got) || !is.numeric(got)) {
    return(paste0("returned ", describe(got), " instead of a numeric ", wanted,
                  missing_step(got, shape)))
  }
  exchanged <- identical(dim(got), rev(shape))
  paste0("returned a matrix of ", nrow(got), " by ", ncol(got),
         " instead of a ", wanted,
         if (exchanged) ": are x and y exchanged",
         if (exchanged && any(shape == 1)) paste(", or", became_vector),
         if (exchanged) "?")
}

became_vector <- "has a matrix of one row or column become a vector, as in
  sapply(), in apply(), and in `[` without `drop = FALSE`"

# The step that was probably forgotten, if what is returned is no matrix.
missing_step <- function(got, shape) {
  if (is.null(got)) {
    return(": is the result missing in the last line of the function?")
  }
  if (inherits(got, "edist_shared")) return(": is as.matrix() missing?")
  if (is.data.frame(got)) return(": is as.matrix() missing?")
  if (inherits(got, "dist")) {
    return(": are these distances within one matrix?")
  }
  if (is.list(got)) return(": are unlist() and matrix() missing?")
  if (is.numeric(got) && is.null(dim(got))) {
    step <- if (any(shape == 1)) became_vector else "is matrix() missing"
    return(paste0(": ", step, "?"))
  }
  NULL
}

value_fault <- function(got, exact, allowed, x, y) {
  error <- absolute_error(got, exact)
  wrong <- error > allowed
  if (!any(wrong)) return(NULL)
  worst <- which.max(ifelse(wrong, error / allowed, 0))
  at <- arrayInd(worst, dim(got))
  shown <- tell_apart(got[worst], exact$high[worst])
  relative <- signif(relative_error(got, exact)[worst], 2)
  paste0("returned ", shown[1], " instead of ", shown[2], " at [", at[1], ", ",
         at[2], "]",
         if (is.finite(relative)) paste(", a relative error of", relative),
         which_cells(wrong), likely_mistake(got, exact$high, x, y))
}

# Two numbers with as many digits as tell them apart.
tell_apart <- function(a, b) {
  for (digits in 4:17) {
    text <- formatC(c(a, b), digits = digits, format = "g", width = 1)
    if (text[1] != text[2]) break
  }
  text
}

# Where the wrong cells are.
which_cells <- function(wrong) {
  if (length(wrong) == 1) return(NULL)
  if (all(wrong)) return("; all cells are wrong")
  if (sum(wrong) == 1) return("; no other cell is wrong")
  rows <- which(rowSums(wrong) > 0)
  columns <- which(colSums(wrong) > 0)
  if (length(rows) == 1 && nrow(wrong) > 1) {
    return(paste("; only row", rows, "is wrong"))
  }
  if (length(columns) == 1 && ncol(wrong) > 1) {
    return(paste("; only column", columns, "is wrong"))
  }
  paste(";", sum(wrong), "of", length(wrong), "cells are wrong")
}

likely_mistake <- function(got, want, x, y) {
  for (mistake in mistakes) {
    guess <- suppressWarnings(mistake$gives(x, y, want))
    # Of such data, right distances would be called the mistake.
    if (alike(want, guess)) next
    if (alike(got, guess)) return(paste0(": ", mistake$hint))
  }
  if (max(abs(x), abs(y)) > 1000 * max(want)) {
    return(": so far from zero, products lose digits that differences keep")
  }
  if (anyNA(got)) {
    return(if (any(is.nan(got))) ": is a root taken of a negative number?")
  }
  if (all(got == 0)) {
    return(": is nothing written into the result, or do the workers fail?")
  }
  rows <- hint_at_empty("row", got, want)
  if (is.null(rows)) hint_at_empty("column", t(got), t(want)) else rows
}

# Rows that hold nothing.
hint_at_empty <- function(what, got, want) {
  empty <- which(rowSums(got != 0) == 0 & rowSums(want) > 0)
  if (length(empty) == 0) return(NULL)
  if (length(empty) == 1) return(paste0(": is ", what, " ", empty,
                                        " left out?"))
  paste0(": are ", length(empty), " ", what, "s left out, the first of them ",
         empty[1], "?")
}

alike <- function(got, guess) {
  if (!identical(dim(got), dim(guess))) return(FALSE)
  size <- max(abs(guess))
  isTRUE(max(abs(got - guess)) <= 1e-6 * size) && size > 0
}

# Common mistakes: what they give instead of the distances, and a hint.
mistakes <- list(
  list(hint = "these are squared distances, is the root missing?",
       gives = function(x, y, want) want^2),
  list(hint = "this is the root of the distances, is it taken twice?",
       gives = function(x, y, want) sqrt(want)),
  list(hint = "this is the transpose, are x and y exchanged?",
       gives = function(x, y, want) t(want)),
  list(hint = paste("these are the right numbers in the wrong order, is",
                    "`byrow = TRUE` missing?"),
       gives = function(x, y, want) matrix(t(want), nrow(want), ncol(want))),
  list(hint = "a row of x runs down the columns of y here, is t(y) missing?",
       gives = function(x, y, want) {
         by_row(x, function(row) sqrt(rowSums((y - row)^2)))
       }),
  list(hint = "these are distances of x from itself",
       gives = function(x, y, want) {
         other <- x[pmin(seq_len(nrow(y)), nrow(x)), , drop = FALSE]
         by_row(x, function(row) sqrt(colSums((t(other) - row)^2)))
       }),
  list(hint = "these are sums of absolute differences, is the square missing?",
       gives = function(x, y, want) {
         by_row(x, function(row) colSums(abs(t(y) - row)))
       }),
  list(hint = "the differences were added up first, and then squared",
       gives = function(x, y, want) {
         by_row(x, function(row) abs(colSums(t(y) - row)))
       }),
  list(hint = "this has the mean of the squares, where it must have their sum",
       gives = function(x, y, want) want / sqrt(ncol(x))),
  list(hint = "the first column is left out",
       gives = function(x, y, want) without_column(x, y, 1)),
  list(hint = "the last column is left out",
       gives = function(x, y, want) without_column(x, y, ncol(x)))
)

by_row <- function(x, f) {
  do.call(rbind, lapply(seq_len(nrow(x)), function(i) f(x[i, ])))
}

without_column <- function(x, y, k) {
  by_row(x[, -k, drop = FALSE], function(row) {
    sqrt(colSums((t(y[, -k, drop = FALSE]) - row)^2))
  })
}
