# The rows of a call: what as_observations() makes of x and y, or what a method
# needs instead. All that is done for each row once, and is not worth doing
# anew whenever a row is packed, happens here.

rows_for <- function(x, y, method) {
  read <- prepare[[method]]
  if (is.null(read)) return(both_or_one(x, y)) else read(x, y)
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
    given <- code_columns(list(x = x, y = y), function(values, column) {
      if (any_labels(values)) code_labels(values) else values
    })
    both_or_one(given$x, given$y)
  },
  gower = function(x, y) {
    given <- code_columns(list(x = x, y = y), code_gower)
    rows <- both_or_one(given$x, given$y)
    c(rows, list(scale = range_scale(rows, list(x, y))))
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

has_columns <- function(x) is.data.frame(x) || is.character(x) || is.factor(x)

# Labels are compared by codes that are the same on both sides. `code` takes the
# values of a column of x and, if there is a y, of y.
code_columns <- function(given, code) {
  given <- lapply(given, function(x) {
    if (!has_columns(x)) return(x)
    if (is.data.frame(x)) x else as.data.frame(x, stringsAsFactors = FALSE)
  })
  tables <- Filter(is.data.frame, given)
  if (length(tables) == 0) return(given)
  columns <- seq_len(min(vapply(tables, ncol, 1L)))
  for (k in columns) {
    values <- lapply(tables, function(x) x[[k]])
    coded <- code(values, k)
    for (side in names(tables)) given[[side]][[k]] <- coded[[side]]
  }
  given
}

is_labels <- function(x) is.factor(x) || is.character(x)
any_labels <- function(values) any(vapply(values, is_labels, NA))

code_labels <- function(values) {
  labels <- unique(unlist(lapply(values, function(x) {
    if (is.factor(x)) levels(x) else unique(as.character(x))
  })))
  labels <- labels[!is.na(labels)]
  lapply(values, function(x) match(as.character(x), labels))
}

# ---- Gower --------------------------------------------------------------

# What the engine makes of a column is |x - y| times its scale, at most 1, left
# out where it is no number. So codes of labels, one apart at least, give 0
# or 1. FALSE is infinite: its difference to itself is left out, that to TRUE
# is 1.
code_gower <- function(values, column) {
  if (any(vapply(values, is.ordered, NA))) {
    return(lapply(values, as.integer))
  }
  if (any_labels(values)) return(code_labels(values))
  if (all(vapply(values, is.logical, NA))) {
    return(lapply(values, function(x) ifelse(x, 0, Inf)))
  }
  values
}

# 1 for labels and logical values, for others 1 by the range of all values.
range_scale <- function(rows, given) {
  table <- Find(is.data.frame, given)
  vapply(seq_len(ncol(rows$x)), function(k) {
    class <- if (is.null(table)) NULL else table[[k]]
    if (is.logical(class) || is_labels(class) && !is.ordered(class)) return(1)
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
