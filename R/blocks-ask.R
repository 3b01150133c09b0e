# Answers for observations in blocks: the functions for matrices answer for one
# block of x and one of the base, and what they say is merged, base block after
# base block. So ties go to the lowest index, as ever.

# What is asked of, without its data. `arguments` are more of the arguments of
# the function for matrices.
blocks_request <- function(x, y, method, arguments) {
  check_method_of_blocks(method)
  known <- names(arguments) %in% c(names(request_defaults), "search")
  do.call(check_dots_empty, arguments[!known], quote = TRUE)
  alone <- is.null(y)
  x <- edist_blocks(x)
  base <- if (alone) x else edist_blocks(y)
  names <- list(x = rownames(x), y = rownames(base))
  name <- if (is.character(method) || inherits(method, "edist_method"))
    match_method(method) else "given"
  request <- new_request(list(method = name), names, nrow(x), nrow(base), alone)
  request$blocks <- x
  request$base <- base
  request$arguments <- c(list(method = method), arguments)
  request
}

request_defaults <- list(p = 2, strict = FALSE, weights = NULL, cov = NULL,
                         threads = NULL)

check_method_of_blocks <- function(method) {
  if (is.function(method) || is_compiled(method)) return(invisible())
  if (match_method(method) != "gower") return(invisible())
  abort("{.arg method} must not be {.val gower} for observations in blocks,
    because it needs the range of all values: divide the columns by their ranges
    and use {.val manhattan}.")
}

# Calls `each(rows, base, found)` for all blocks of the base, with what it has
# returned for those before, for every block of x: a list of the last answers.
# `base` is NULL for x with itself: `i` and `j` are the ranges of both blocks.
over_blocks <- function(request, each) {
  ranges <- block_ranges(request$base)
  lapply(block_ranges(request$blocks), function(i) {
    rows <- read_range(request$blocks, i[1], i[2])
    found <- NULL
    for (j in ranges) {
      own <- request$alone && identical(i, j)
      base <- if (!own) read_range(request$base, j[1], j[2])
      found <- each(rows, base, i, j, found)
    }
    found
  })
}

ask_of_block <- function(f, request, rows, second, base, ...) {
  do.call(f, c(list(rows, second, base, ...), request$arguments), quote = TRUE)
}

#' @rdname edist_nearest
#' @export
edist_nearest.edist_blocks <- function(x, k, y = NULL, method = "euclidean",
                                       ..., radius = Inf,
                                       ties = c("first", "all")) {
  check_k(k)
  request <- blocks_request(x, y, method, list(...))
  nearest(request, k, radius, ties,
          function(k, radius) nearest_of_blocks(request, k, radius),
          function(radius) within_blocks(request, radius))
}

nearest_of_blocks <- function(request, k, radius) {
  answers <- over_blocks(request, function(rows, base, i, j, found) {
    there <- j[2] - j[1] + if (is.null(base)) 0 else 1
    if (there == 0) return(found)
    here <- if (is.null(radius)) Inf else radius_of(radius, i[1]:i[2])
    got <- unclass(ask_of_block(edist_nearest, request, rows, min(k, there),
                                base, radius = here))
    got$index <- got$index + as.integer(j[1] - 1)
    pairs <- as.numeric(nrow(rows)) * there
    merge_nearest(found, got, k, pairs)
  })
  nearest_in_bands(lapply(answers, fill_to, k = k), k)
}

# The k nearest of those found before and of those found now, whose indices are
# higher.
merge_nearest <- function(before, now, k, pairs) {
  now$pairs <- pairs
  if (is.null(before)) return(now)
  index <- cbind(before$index, now$index)
  distance <- cbind(before$distance, now$distance)
  order <- order(row(index), distance, index)
  first <- t(matrix(order, ncol(index)))
  first <- first[, seq_len(min(k, ncol(index))), drop = FALSE]
  share <- function(name) {
    (before[[name]] * before$pairs + now[[name]] * pairs) /
      (before$pairs + pairs)
  }
  shape <- function(values) matrix(values[c(first)], nrow(first))
  list(index = shape(index), distance = shape(distance),
       computed = share("computed"), screened = share("screened"),
       pairs = before$pairs + pairs)
}

# As many columns as neighbours were asked for.
fill_to <- function(answer, k) {
  lack <- k - ncol(answer$index)
  if (lack > 0) {
    missing <- matrix(NA, nrow(answer$index), lack)
    answer$index <- cbind(answer$index, missing)
    answer$distance <- cbind(answer$distance, missing)
  }
  answer
}

#' @rdname edist_within
#' @export
edist_within.edist_blocks <- function(x, radius, y = NULL, method = "euclidean",
                                      ..., as = c("Matrix", "data.frame")) {
  as <- read_form(as)
  request <- blocks_request(x, y, method, list(...))
  radius <- read_radius(radius, request)
  pairs <- within_blocks(request, radius)
  one <- request$alone && length(radius) == 1
  if (one) {
    pairs <- lapply(pairs, function(part) part[pairs$index > pairs$query])
  }
  if (as == "Matrix") pairs <- start_pairs(pairs, request$nrow)
  pairs_as(as, pairs, request, length(radius) == 1)
}

within_blocks <- function(request, radius) {
  answers <- over_blocks(request, function(rows, base, i, j, found) {
    here <- rep_len(radius_of(radius, i[1]:i[2]), nrow(rows))
    # With a radius for each row, x alone gives each pair twice.
    alone <- is.null(base)
    if (alone && nrow(rows) == 1) return(found)
    got <- ask_of_block(edist_within, request, rows, here, base,
                        as = "data.frame")
    list(query = c(found$query, as.integer(got$i + i[1] - 1)),
         index = c(found$index, as.integer(got$j + j[1] - 1)),
         distance = c(found$distance, got$distance))
  })
  pairs <- pairs_in_bands(answers)
  order <- order(pairs$query, pairs$index)
  lapply(pairs, function(part) part[order])
}

#' @rdname edist_reduce
#' @export
edist_reduce.edist_blocks <- function(x, stat, y = NULL, method = "euclidean",
                                      ..., radius = NULL, group = NULL) {
  stat <- read_stat(stat)
  request <- blocks_request(x, y, method, list(...))
  reduce(request, stat, radius, group, function(radius, groups) {
    answers <- over_blocks(request, function(rows, base, i, j, found) {
      got <- reduce_block(request, rows, base, stat,
                          radius_of(radius, i[1]:i[2]), group, j)
      merge_reduced(found, got, stat)
    })
    at <- bind_rows(answers, "at")
    at[at > 0] <- groups$base_row[at[at > 0]] + 1L
    list(value = as.double(bind_rows(answers, "value")),
         count = as.integer(bind_rows(answers, "count")), at = as.integer(at))
  })
}

# For one block of the base, by the numbers that its rows have in the whole.
reduce_block <- function(request, rows, base, stat, radius, group, j) {
  here <- read_block_request(request$arguments, rows, base)
  members <- if (!is.null(group)) as.factor(group)[j[1]:j[2]]
  groups <- read_group(members, here)
  found <- reduce_once(here, stat, radius, groups)
  shape <- function(values) matrix(values, nrow(rows))
  order <- if (is.null(groups$order)) seq_len(here$nbase) else groups$order
  at <- found$at
  at[at > 0] <- order[at[at > 0]] + as.integer(j[1] - 1)
  list(value = shape(found$value), count = shape(found$count), at = shape(at))
}

read_block_request <- function(given, x, y) {
  search <- if (is.null(given$search)) "auto" else given$search
  given <- given[names(given) != "search"]
  others <- request_defaults[setdiff(names(request_defaults), names(given))]
  request <- do.call(read_request, c(list(x, y), given, others), quote = TRUE)
  request$spec$search <- read_search(search, request)
  request
}

merge_reduced <- function(before, now, stat) {
  if (is.null(before)) return(now)
  if (stat_computed[[stat]] %in% c("min", "max")) {
    better <- if (stat_computed[[stat]] == "min") now$value < before$value else
      now$value > before$value
    take <- now$at > 0 & (before$at == 0 | better)
    return(Map(function(old, new) ifelse(take, new, old), before, now))
  }
  count <- before$count + now$count
  value <- if (stat == "mean") {
    share <- ifelse(count > 0, now$count / count, 0)
    part <- function(mean, share) ifelse(share > 0, mean * share, 0)
    part(before$value, 1 - share) + part(now$value, share)
  } else {
    before$value + now$value
  }
  list(value = value, count = count, at = before$at)
}

#' @rdname edist_apply
#' @export
edist_apply.edist_blocks <- function(x, FUN, y = NULL, method = "euclidean",
                                     ..., block = NULL, combine = c) {
  check_apply(FUN, combine)
  request <- blocks_request(x, y, method, list(...))
  apply_blocks(FUN, block, combine, request$nrow, request$nbase,
               function(rows) matrix_of_blocks(request, rows))
}

# Some rows of the matrix that edist_matrix() gives.
matrix_of_blocks <- function(request, rows) {
  x <- request$blocks[rows, ]
  parts <- lapply(block_ranges(request$base), function(j) {
    base <- read_range(request$base, j[1], j[2])
    do.call(edist_matrix, c(list(x, base), request$arguments), quote = TRUE)
  })
  d <- do.call(cbind, c(list(matrix(0, length(rows), 0)), parts))
  if (request$alone) d[cbind(seq_along(rows), rows)] <- 0
  dimnames(d) <- dimnames_of(list(x = request$names$x[rows],
                                  y = request$names$y))
  d
}

# The request of a plan. Its spec is that of the first rows; the others are
# prepared as these are when they are read.
plan_blocks_request <- function(x, y, method, p, strict, weights, cov) {
  check_method_of_blocks(method)
  if (is_pairwise(method)) {
    abort("{.arg method} must not be pairwise for a plan of observations in
      blocks.")
  }
  alone <- is.null(y)
  of <- list(x = edist_blocks(x), y = if (!alone) edist_blocks(y))
  first <- function(x) if (!is.null(x)) x[seq_len(min(nrow(x), 100)), ]
  read <- function(x, y = NULL) {
    read_request(x, y, method, p, strict, weights, cov, NULL)
  }
  request <- read(first(of$x), first(of$y))
  prepared <- function(x) {
    if (is.null(x)) return(NULL)
    new_blocks(function(from, to) read(read_range(x, from, to))$x, nrow(x),
               ncol(request$x), rownames(x), unclass(x)$block)
  }
  base <- if (alone) of$x else of$y
  new_request(request$spec, list(x = rownames(of$x), y = rownames(base)),
              nrow(of$x), nrow(base), alone, prepared(of$x), prepared(of$y))
}
