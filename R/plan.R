#' Plan distances that no memory holds, in tiles on disk
#'
#' Cuts the matrix of distances into tiles and makes a store for them, a directory.
#' [edist_run()] then computes the tiles that are missing, in this process or on as many
#' workers as there are, and [edist_open()] reads what is there. What has been computed
#' once is not computed again, whatever happens in between.
#'
#' @details
#' The store is a Zarr array of version 2: whatever reads Zarr reads it, from Python as
#' `zarr.open("d.zarr")` or `dask.array.from_zarr("d.zarr")`, where tiles that are missing
#' read as NaN. It holds the whole square as plain doubles, though of one `x` half of the
#' tiles are computed and written twice, the second time mirrored. Every tile is one
#' file, which gets its name when all of it is on the disk: a tile that has a file is
#' done. The observations stand beside them, so that a worker needs the path of the store
#' and nothing else; all workers must see the same files.
#'
#' A plan with the path of a store that is already there goes on with it. It must then be
#' a plan of the same data, row names too, and the same arguments; otherwise it is an
#' error that says what differs. With the path alone the plan is read from the store.
#'
#' The store takes `8 * nrow(x) * nrow(y)` bytes, a little more where tiles do not divide
#' the rows evenly. A worker needs the memory of two or three tiles, and of the rows of
#' `x` and `y` that meet in one. To plan takes some ten seconds for each gigabyte of
#' observations; and for a new store a fraction of a second more, to measure how long the
#' run is going to take.
#'
#' @inheritParams edist_matrix
#' @inheritSection edist Missing values
#' @param x,y As in [edist_matrix()]. Without `x` the plan of the store at `path` is read.
#' @param tile How many rows and columns a tile has, a positive whole number, or two for
#'   rows and columns; by default some 4096, which take 134 MB. There should be several
#'   times as many tiles as workers.
#' @param path Name of the store, a directory; it is made if it is not there, in one that
#'   is.
#'
#' @return A list of class `"edist_plan"`, with `path`, `tiles` (how many are to be
#'   computed), `dim` (of the matrix), `tile` (rows and columns of one), `symmetric`
#'   (whether of one `x`) and `method`, among others. It can be sent to other processes
#'   that see the store.
#'
#' @references
#' The Zarr storage specification, version 2,
#' \url{https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html}
#' @seealso [edist_run()], [edist_status()], [edist_open()]; [edist_nearest()] and
#'   [edist_reduce()] take a plan for `x`; `vignette("clusters")`.
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' plan <- edist_plan(scale(mtcars), path = path, tile = 10)
#' plan
#' d <- edist_run(plan, threads = 2)
#' d[1:3, 1:2]
#' unlink(path, recursive = TRUE)
edist_plan <- function(x, y = NULL, method = "euclidean", tile = NULL, path, ..., p = 2,
                       strict = FALSE, weights = NULL, cov = NULL) {
  check_dots_empty(...)
  if (missing(path)) {
    abort("{.arg path} must be the name of a directory, as in {.code edist_plan(x, path =
      \"d.zarr\")}, not missing.")
  }
  check_path(path)
  if (missing(x)) {
    check_arguments(match.call(), "path", "with the path of a store alone")
    return(read_plan(path))
  }
  check_installed("jsonlite", "{.fn edist_plan}")
  request <- read_request(x, y, method, p, strict, weights, cov, NULL)
  plan <- plan_of(request, tile, path)
  plan$data <- c(weights = fingerprint(weights), cov = fingerprint(cov),
                 names = cli::hash_obj_md5(lapply(request$names, utf8)),
                 x = fingerprint(request$x), y = fingerprint(request$y))
  new <- !is_store(path)
  if (new) make_store(plan, request)
  stored <- read_plan(path)
  check_same_plan(plan, stored, tile) # of a new one, too: two may be making it
  if (new) {
    stored$seconds <- estimate_seconds(stored, request)
  } else {
    write_missing(stored, request)
  }
  stored
}

plan_of <- function(request, tile, path) {
  dim <- c(request$nrow, request$nbase) # integers, as all that names files
  plan <- list(
    path = path, dim = dim, tile = read_tile(tile, dim, is.null(request$y)),
    symmetric = is.null(request$y), columns = ncol(request$x),
    method = request$how$method, how = request$how[names(request$how) != "threads"],
    version = as.character(utils::packageVersion("edist"))
  )
  plan$tiles <- count_tiles(plan)
  structure(plan, class = "edist_plan")
}

# Tiles of some 4096 rows and columns, as equal as can be.
read_tile <- function(tile, dim, symmetric) {
  most <- pmax(1L, dim)
  if (is.null(tile)) return(as.integer(ceiling(most / ceiling(most / 4096))))
  good <- is.numeric(tile) && length(tile) %in% 1:2 &&
    all(vapply(tile, is_count, NA)) && (!symmetric || length(unique(tile)) == 1)
  if (!good) {
    was <- describe_count(tile)
    abort("{.arg tile} must be a positive whole number, or two of them where there is
      {.arg y}, not {was}.")
  }
  tile <- pmin(rep_len(as.integer(tile), 2), most)
  check_fits(prod(as.numeric(tile)), "a tile", c("edist_plan(x, tile = 4096)" = 2^24))
  tile
}

# Whitened rows have two columns for each variable.
variables_of <- function(plan) plan$columns %/% if (isTRUE(plan$how$paired)) 2L else 1L

# How many tiles there are side by side.
tile_grid <- function(plan) (plan$dim - 1L) %/% plan$tile + 1L

count_tiles <- function(plan) {
  grid <- as.numeric(tile_grid(plan))
  if (plan$symmetric) grid[1] * (grid[1] + 1) / 2 else prod(grid)
}

# Row and column, from 0, of tiles by their numbers. Of a symmetric matrix those below
# the diagonal come first, row by row; those on it, which take half the time, last, so
# that workers end together.
tile_at <- function(plan, k) {
  grid <- as.numeric(tile_grid(plan))
  k <- k - 1
  if (!plan$symmetric) return(list(i = as.integer(k %% grid[1]),
                                   j = as.integer(k %/% grid[1])))
  below <- grid[1] * (grid[1] - 1) / 2
  row <- floor((1 + sqrt(1 + 8 * k)) / 2)
  i <- ifelse(k < below, row, k - below)
  j <- ifelse(k < below, k - row * (row - 1) / 2, k - below)
  list(i = as.integer(i), j = as.integer(j))
}

# Of rows (side 1) or columns (side 2), those of block b, from 0.
block_rows <- function(plan, side, b) {
  from <- b * plan$tile[side] + 1L
  from:min(from - 1L + plan$tile[side], plan$dim[side])
}

# Text in one encoding, but for bytes, which have none.
utf8 <- function(text) {
  if (is.null(text)) return(NULL)
  known <- Encoding(text) != "bytes"
  text[known] <- enc2utf8(text[known])
  text
}

# Doubles whose bytes are the same where identical() finds the values the same: there
# are two zeros, and many bit patterns for NA and for NaN.
canonical <- function(x) {
  x <- as.double(x) + 0
  if (anyNA(x)) {
    not_a_number <- is.nan(x)
    x[is.na(x)] <- NA_real_
    x[not_a_number] <- NaN
  }
  x
}

# A few characters that change with the values.
fingerprint <- function(x) {
  if (is.null(x)) return("none")
  if (is.data.frame(x)) x <- as.matrix(x)
  parts <- if (inherits(x, "sparseMatrix")) {
    x <- as_known_matrix(x)
    list(x@i, x@p, canonical(x@x))
  } else if (is.matrix(x)) {
    split_columns(x)
  } else {
    list(canonical(as.matrix(x)))
  }
  digests <- vapply(parts, function(part) {
    cli::hash_obj_md5(if (is.function(part)) part() else part)
  }, "")
  cli::hash_md5(paste(c(nrow(x), ncol(x), digests), collapse = " "))
}

# Some megabytes at a time, as they are asked for: a copy of all may be too much.
split_columns <- function(x) {
  by <- max(1, floor(2^20 / max(nrow(x), 1)))
  from <- if (ncol(x) > 0) seq(1, ncol(x), by = by)
  lapply(from, function(k) {
    function() canonical(x[, seq(k, min(k + by - 1, ncol(x)))])
  })
}

# `tile` is NULL where any will do.
check_same_plan <- function(plan, stored, tile) {
  other <- which(plan$data != stored$data)
  tell <- function(plan) {
    list(dim = paste(plan$dim, collapse = " x "), method = plan$method, p = plan$how$p,
         strict = plan$how$strict, columns = variables_of(plan),
         tile = if (!is.null(tile)) paste(plan$tile, collapse = " x "))
  }
  here <- tell(plan)
  there <- tell(stored)
  bad <- Find(function(name) !identical(here[[name]], there[[name]]), names(here))
  what <- if (!is.null(bad)) {
    paste0(bad, " ", there[[bad]], ", not ", here[[bad]])
  } else if (length(other) > 0) {
    name <- names(other)[1]
    paste(if (stored$data[[name]] == "none") "no" else
      if (plan$data[[name]] == "none") "a" else "another", name)
  } else {
    return(invisible())
  }
  abort("{.arg path} must name a store of the same data and arguments, but
    {.file {plan$path}} has {what}: name another path, or remove this one.",
        "store")
}

# For a run in this process: what a sample of the data takes, computed and written. Grows
# until it takes long enough to be measured.
estimate_seconds <- function(plan, request, clock = bench_clock) {
  wall <- function(code) elapsed(code, clock)[["wall"]]
  if (prod(plan$dim) == 0) return(c(computing = 0, writing = 0))
  most <- min(2048, max(pmin(plan$dim, plan$tile)))
  rows <- max(16, min(256, 2^22 / plan$columns))
  repeat {
    i <- seq_len(min(rows, plan$dim[1], plan$tile[1]))
    j <- seq_len(min(rows, plan$dim[2], plan$tile[2]))
    x <- request$x[i, , drop = FALSE]
    y <- (if (plan$symmetric) request$x else request$y)[j, , drop = FALSE]
    computing <- wall(d <- tile_distances(plan, x, y, NULL))
    if (computing > 0.05 || rows >= most) break
    rows <- 2 * rows
  }
  trial <- file.path("edist", "trial")
  writing <- wall(write_tiles(plan, d, trial, dim(d)))
  remove_file(tile_file(plan, trial))
  pairs <- prod(plan$dim) / if (plan$symmetric) 2 else 1
  c(computing = computing / length(d) * pairs,
    writing = writing / length(d) * prod(plan$dim))
}

#' @export
print.edist_plan <- function(x, ...) {
  size <- format_bytes(store_bytes(x))
  one <- format_bytes(tile_bytes(x))
  room <- .Call(C_edist_store_room, x$path)
  by <- paste(format_count(x$tile), collapse = " by ")
  lines <- c(
    matrix = paste0(paste(format_count(x$dim), collapse = " x "), " distances, ",
                    x$method, if (x$symmetric) ", half of them computed"),
    tiles = pluralize("{format_count(x$tiles)} tile{cli::qty(x$tiles)}{?s} of {by},
                           {one} each"),
    store = paste0(x$path, ", ", size, if (!is.na(room)) {
      paste0(" (", format_bytes(room), " free there)")
    }),
    time = if (!is.null(x$seconds)) {
      paste0("some ", format_duration(sum(x$seconds)), " in this process: ",
             format_duration(x$seconds[["computing"]]), " computing, ",
             format_duration(x$seconds[["writing"]]), " writing")
    }
  )
  cat(cli::format_inline("{.strong A plan of distances}"), "\n", sep = "")
  cat(paste0(format(names(lines)), "  ", gsub("\\s+", " ", lines), "\n"), sep = "")
  invisible(x)
}

format_count <- function(n) format(n, big.mark = " ", scientific = FALSE, trim = TRUE)

format_duration <- function(seconds) {
  unit <- c(s = 1, min = 60, h = 3600, d = 86400)
  unit <- unit[max(1, which(seconds >= 2 * unit))]
  paste(signif(seconds / unit, 2), names(unit))
}

# A plan, the path of its store, or the store, as it is on the disk now.
as_plan <- function(plan, argument = "plan") {
  if (inherits(plan, "edist_store")) plan <- plan$plan
  if (is.character(plan) && length(plan) == 1 && !is.na(plan)) {
    return(read_plan(plan, argument))
  }
  if (!inherits(plan, "edist_plan")) {
    was <- describe(plan)
    abort("{.arg {argument}} must be what {.fn edist_plan} returns, or the path of a
      store, not {was}.")
  }
  stored <- read_plan(plan$path, argument)
  same <- c("dim", "tile", "how", "data")
  if (identical(unclass(stored)[same], unclass(plan)[same])) return(plan)
  abort("{.arg {argument}} must be the plan of its store, but {.file {plan$path}} has been
    made anew since: call {.fn edist_plan} again.", "store")
}

# `allowed` are the arguments that a call may have.
check_arguments <- function(call, allowed, when) {
  other <- setdiff(names(call)[-1], allowed)
  if (length(other) == 0) return(invisible())
  abort(paste0("{.arg {other[1]}} must not be given ", when, "."))
}
