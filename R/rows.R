# The rows of a call: what as_observations() makes of x and y, or what a method
# needs instead. All that is done for each row once, and is not worth doing
# anew whenever a row is packed, happens here.

rows_for <- function(x, y, method) {
  if (is_pairwise(method)) {
    rows <- both_or_one(x, y)
    if (any_missing(rows)) return(c(rows, pairwise = TRUE))
  }
  read <- prepare[[match_method(method)]]
  if (is.null(read)) both_or_one(x, y) else read(x, y)
}

is_pairwise <- function(method) {
  inherits(method, "edist_method") &&
    identical(method$use, "pairwise.complete.obs")
}

any_missing <- function(rows) {
  any(vapply(rows, function(x) {
    anyNA(if (inherits(x, "Matrix")) x@x else x)
  }, NA))
}

both_or_one <- function(x, y) {
  if (is.null(y)) list(x = as_observations(x, "x")) else
    as_observations_of_both(x, y)
}

prepare <- list(
  spearman = function(x, y) {
    rows <- both_or_one(x, y)
    lapply(rows, function(x) {
      ranks <- .Call(C_edist_rank_rows, x)
      dimnames(ranks) <- dimnames(x)
      ranks
    })
  },
  haversine = function(x, y) {
    rows <- both_or_one(x, y)
    Map(on_sphere, rows, names(rows))
  },
  hamming = function(x, y) {
    given <- code_columns(as_tables(x, y), function(values) {
      if (any_are(values, is_labels)) code_labels(values) else values
    })
    both_or_one(given$x, given$y)
  },
  gower = function(x, y) {
    tables <- as_tables(x, y)
    given <- code_columns(tables, code_gower)
    rows <- both_or_one(given$x, given$y)
    c(rows, list(scale = range_scale(rows, tables)))
  }
)

# ---- On a sphere --------------------------------------------------------

# Unit vectors of longitude and latitude in degrees, which are the first two
# columns unless their names say otherwise.
on_sphere <- function(x, argument) {
  if (ncol(x) != 2) {
    abort("{.arg {argument}} must have two columns for method {.val haversine},
      longitude and latitude in degrees, not {ncol(x)}.")
  }
  x <- as.matrix(x)
  storage.mode(x) <- "double"
  at <- latitude_column(colnames(x))
  bad <- which(abs(x[, at]) > 90)[1]
  if (!is.na(bad)) {
    was <- format(x[bad, at])
    abort("{.arg {argument}} must have latitudes from -90 to 90 in column {at},
      but that of row {bad} is {was}: are longitude and latitude exchanged?")
  }
  lon <- x[, 3 - at] / 180
  lat <- x[, at] / 180
  out <- cbind(cospi(lat) * cospi(lon), cospi(lat) * sinpi(lon), sinpi(lat))
  out[!is.finite(rowSums(out)), ] <- NA
  rownames(out) <- rownames(x)
  out
}

latitude_column <- function(names) {
  first <- substr(tolower(names), 1, 3)
  if (identical(first[1], "lat")) 1 else 2
}

# ---- Columns of labels --------------------------------------------------

# Labels are in data frames from here on; other matrices stay as they are.
as_tables <- function(x, y) {
  lapply(list(x = x, y = y), function(x) {
    if (is_labels(x)) as.data.frame(x) else x
  })
}

is_labels <- function(x) is.factor(x) || is.character(x)
any_are <- function(values, is) any(vapply(values, is, NA))

# The values of a column in x and, if there is a y, in y.
column_values <- function(tables, k) {
  lapply(Filter(is.data.frame, tables), function(x) x[[k]])
}

# `code` takes what column_values() gives. Labels are compared by codes that are
# the same on both sides.
code_columns <- function(tables, code) {
  count <- vapply(Filter(is.data.frame, tables), ncol, 1L)
  for (k in seq_len(if (length(count) > 0) min(count) else 0)) {
    coded <- code(column_values(tables, k))
    for (side in names(coded)) tables[[side]][[k]] <- coded[[side]]
  }
  tables
}

all_labels <- function(values) {
  labels <- unique(unlist(lapply(values, function(x) {
    if (is.factor(x)) levels(x) else unique(as.character(x))
  })))
  labels[!is.na(labels)]
}

code_labels <- function(values, labels = all_labels(values)) {
  lapply(values, function(x) match(as.character(x), labels))
}

# ---- Gower --------------------------------------------------------------

# What the engine makes of a column is |x - y| times its scale, at most 1, left
# out where it is no number. So codes of labels, one apart at least, give 0
# or 1. FALSE is infinite: its difference to itself is left out, that to TRUE
# is 1.
code_gower <- function(values) {
  if (any_are(values, is.ordered)) {
    return(code_labels(values, levels(Find(is.ordered, values))))
  }
  if (any_are(values, is_labels)) return(code_labels(values))
  if (all_logical(values)) {
    return(lapply(values, function(x) ifelse(x, 0, Inf)))
  }
  values
}

all_logical <- function(values) {
  length(values) > 0 && all(vapply(values, is.logical, NA))
}

# 1 for labels and logical values, for others 1 by the range of all values.
range_scale <- function(rows, tables) {
  vapply(seq_len(ncol(rows$x)), function(k) {
    of <- column_values(tables, k)
    labels <- any_are(of, is_labels) && !any_are(of, is.ordered)
    if (labels || all_logical(of)) return(1)
    values <- unlist(lapply(rows, function(x) x[, k]))
    values <- values[!is.na(values)]
    range <- if (length(values) > 0) max(values) - min(values) else 0
    if (!is.finite(range)) refuse_infinite(rows, k)
    if (range > 0) 1 / range else 0
  }, 1)
}

refuse_infinite <- function(rows, k) {
  column <- name_or_number(colnames(rows$x), k)
  abort("{.arg x} and {.arg y} must hold finite numbers for method
    {.val gower}, but those of column {column} have no finite range.")
}
