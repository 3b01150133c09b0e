#' Plan a distance matrix larger than memory, as tiles on disk
#'
#' Cuts the distance matrix into tiles and creates a store for them, a
#' directory. [edist_run()] then computes the missing tiles, in this process or
#' on workers, and [edist_open()] reads them. A tile that has been computed is
#' never computed again, whatever happens in between.
#'
#' @details
#' The store is a Zarr array of version 2, and any Zarr reader can open it: in
#' Python, `zarr.open("d.zarr")` or `dask.array.from_zarr("d.zarr")`. Missing
#' tiles read as NaN. The store holds the full matrix as plain doubles; for the
#' distances within one `x`, half of the tiles are computed, and each is written
#' twice, the second time mirrored. Each tile is one file, which gets its name
#' once all of it is on the disk: a tile that has a file is complete. The data
#' are in the store, too, so a worker needs only its path. All workers must see
#' the same files.
#'
#' If there is already a store at `path`, `edist_plan()` returns its plan, and
#' what has been computed is kept. Data, row names and arguments must be the
#' same as those of the store; otherwise an error says what differs.
#'
#' The store takes `8 * nrow(x) * nrow(y)` bytes, a little more if the tiles do
#' not divide the rows evenly. A worker needs memory for two or three tiles, and
#' for the rows of `x` and `y` that belong to one tile. Planning takes about ten
#' seconds per gigabyte of data; for a new store it takes a fraction of a second
#' more, to estimate how long the run will take.
#'
#' @inheritParams edist_matrix
#' @inheritSection edist Missing values
#' @param x,y As in [edist_matrix()]: the matrix has `nrow(x)` rows and
#'   `nrow(y)` columns, or `nrow(x)` columns without `y`. Without `x`, the plan
#'   of the store at `path` is read.
#' @param path The name of the store, a directory. If it does not exist, it is
#'   created; its parent directory must exist.
#' @param tile The number of rows and columns of a tile: a positive whole
#'   number, or two, for rows and columns. By default about 4096, so that a tile
#'   takes 134 MB. There should be several times as many tiles as workers.
#'
#' @return A list of class `"edist_plan"`, with `path`; `tiles`, the number of
#'   tiles to compute; `dim`, the rows and columns of the matrix; `tile`, the
#'   rows and columns of one tile; `symmetric`, whether it is for the distances
#'   within one `x`; `method`, and others. You can send it to other processes
#'   that see the store.
#'
#' @references
#' The Zarr storage specification, version 2,
#' \url{https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html}
#' @seealso [edist_run()] computes the tiles, [edist_status()] counts them, and
#'   [edist_open()] reads them; [edist_nearest()] and [edist_reduce()] take a
#'   plan for `x`; `vignette("clusters")`.
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' plan <- edist_plan(scale(mtcars), path, tile = 10)
#' plan
#' d <- edist_run(plan, threads = 2)
#' d[1:3, 1:2]
#'
#' # In another session, the path is enough
#' identical(edist_plan(path = path)$dim, plan$dim)
#' unlink(path, recursive = TRUE)
edist_plan <- function(x, path, y = NULL, method = "euclidean", p = 2, ...,
                       tile = NULL, strict = FALSE, weights = NULL,
                       cov = NULL) {
  check_dots_empty(...)
  if (missing(path)) refuse_missing_path(if (!missing(x)) x)
  check_path(path, or_y = TRUE)
  if (missing(x)) {
    check_arguments(match.call(), "path", "without {.arg x}")
    return(read_plan(path))
  }
  check_installed("jsonlite", "{.fn edist_plan}")
  if (is.function(method) || is_compiled(method)) {
    abort("{.arg method} must be the name of a method for a plan, not a
      function.")
  }
  request <- if (is_blocks(x) || is_blocks(y)) {
    plan_blocks_request(x, y, method, p, strict, weights, cov)
  } else {
    read_request(x, y, method, p, strict, weights, cov, NULL)
  }
  plan <- plan_of(request, tile, path)
  plan$data <- c(weights = fingerprint(weights), cov = fingerprint(cov),
                 names = cli::hash_obj_md5(lapply(request$names, utf8)),
                 x = fingerprint(request$x), y = fingerprint(request$y))
  new <- !is_store(path)
  if (new) make_store(plan, request)
  stored <- read_plan(path)
  # Checked for a new store, too: another process may have made it just now.
  check_same_plan(plan, stored, tile)
  if (new) {
    stored$seconds <- estimate_seconds(stored, request)
  } else {
    write_missing(stored, request)
  }
  stored
}

refuse_missing_path <- function(x) {
  code <- if (is_string(x)) {
    sprintf("edist_plan(path = \"%s\")", x)
  } else {
    "edist_plan(x, \"d.zarr\")"
  }
  abort("{.arg path} must be the name of a directory, as in {.code {code}}, but
    it is missing.")
}

plan_of <- function(request, tile, path) {
  dim <- c(request$nrow, request$nbase) # integers, because they name files
  plan <- list(
    path = path, dim = dim, tile = read_tile(tile, dim, request$alone),
    symmetric = request$alone, columns = ncol(request$x),
    method = request$spec$method,
    spec = request$spec[names(request$spec) != "threads"],
    version = as.character(utils::packageVersion("edist"))
  )
  plan$tiles <- count_tiles(plan)
  structure(plan, class = "edist_plan")
}

# By default, about 4096 rows and columns, and all tiles as equal as possible.
read_tile <- function(tile, dim, symmetric) {
  whole <- pmax(1L, dim)
  if (is.null(tile)) return(as.integer(ceiling(whole / ceiling(whole / 4096))))
  good <- is.numeric(tile) && length(tile) %in% 1:2 &&
    all(vapply(tile, is_count, NA)) && (!symmetric || length(unique(tile)) == 1)
  if (!good) {
    was <- describe_count(tile)
    abort("{.arg tile} must be a positive whole number, or two of them if there
      is a {.arg y}, not {was}.")
  }
  tile <- pmin(rep_len(as.integer(tile), 2), whole)
  check_fits(prod(as.numeric(tile)), "a tile",
             c("edist_plan(x, path, tile = 4096)" = 2^24))
  tile
}

# Whitened rows have two columns for each variable.
variables_of <- function(plan) {
  plan$columns %/% if (isTRUE(plan$spec$paired)) 2L else 1L
}

# The number of row bands, and of tiles in each.
tile_grid <- function(plan) (plan$dim - 1L) %/% plan$tile + 1L

count_tiles <- function(plan) {
  grid <- as.numeric(tile_grid(plan))
  if (plan$symmetric) grid[1] * (grid[1] + 1) / 2 else prod(grid)
}

# Row and column of tiles in the grid, from 0, given their numbers. In a
# symmetric matrix the tiles below the diagonal come first, row by row. Those on
# the diagonal take half the time and come last, so that workers finish
# together.
tile_at <- function(plan, k) {
  grid <- as.numeric(tile_grid(plan))
  k <- k - 1
  if (!plan$symmetric) {
    return(list(i = as.integer(k %% grid[1]), j = as.integer(k %/% grid[1])))
  }
  below <- grid[1] * (grid[1] - 1) / 2
  row <- floor((1 + sqrt(1 + 8 * k)) / 2)
  i <- ifelse(k < below, row, k - below)
  j <- ifelse(k < below, k - row * (row - 1) / 2, k - below)
  list(i = as.integer(i), j = as.integer(j))
}

# The rows of x (side 1) or y (side 2) in block b, which counts from 0.
block_rows <- function(plan, side, b) {
  from <- b * plan$tile[side] + 1L
  from:min(from - 1L + plan$tile[side], plan$dim[side])
}

# Text in one encoding, except for bytes, which have none.
utf8 <- function(text) {
  if (is.null(text)) return(NULL)
  known <- Encoding(text) != "bytes"
  text[known] <- enc2utf8(text[known])
  text
}

# Doubles whose bytes are equal whenever identical() says that the values are:
# there are two zeros, and many bit patterns for NA and for NaN.
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
  slices <- if (is_blocks(x)) {
    split_rows(x)
  } else if (inherits(x, "sparseMatrix")) {
    x <- as_known_matrix(x)
    list(x@i, x@p, canonical(x@x))
  } else if (is.matrix(x)) {
    split_columns(x)
  } else {
    list(canonical(as.matrix(x)))
  }
  digests <- vapply(slices, function(slice) {
    cli::hash_obj_md5(if (is.function(slice)) slice() else slice)
  }, "")
  cli::hash_md5(paste(c(nrow(x), ncol(x), digests), collapse = " "))
}

# Functions that return some columns each, a few megabytes: a copy of all
# columns may not fit in memory.
split_columns <- function(x) {
  by <- max(1, floor(2^20 / max(nrow(x), 1)))
  from <- if (ncol(x) > 0) seq(1, ncol(x), by = by)
  lapply(from, function(k) {
    function() canonical(x[, seq(k, min(k + by - 1, ncol(x)))])
  })
}

# The same for observations in blocks, however large these are.
split_rows <- function(x) {
  by <- max(1, floor(2^20 / max(ncol(x), 1)))
  lapply(block_ranges(x, by), function(rows) {
    function() canonical(as.matrix(x[rows[1]:rows[2], ]))
  })
}

# `tile` is NULL if the caller accepts tiles of any size.
check_same_plan <- function(plan, stored, tile) {
  what <- settings_that_differ(plan, stored, tile)
  if (is.null(what)) what <- data_that_differ(plan$data, stored$data)
  if (is.null(what)) return(invisible())
  abort("{.arg path} must name a store of the same data and arguments, but
    {.file {plan$path}} {what}: use another path, or delete this store.",
        "store")
}

settings_that_differ <- function(plan, stored, tile) {
  tell <- function(plan) {
    list(dim = paste(plan$dim, collapse = " x "), method = plan$method,
         p = plan$spec$p, strict = plan$spec$strict,
         "radius or base" = plan$spec$unit,
         "pairwise columns" = isTRUE(plan$spec$pairwise),
         columns = variables_of(plan),
         tile = if (!is.null(tile)) paste(plan$tile, collapse = " x "))
  }
  here <- tell(plan)
  there <- tell(stored)
  differs <- function(name) !identical(here[[name]], there[[name]])
  bad <- Find(differs, names(here))
  if (!is.null(bad)) {
    paste0("has ", bad, " ", there[[bad]], ", not ", here[[bad]])
  }
}

data_that_differ <- function(here, there) {
  bad <- names(here)[here != there]
  if (length(bad) == 0) return(NULL)
  bad <- bad[1]
  code <- cli::format_inline("{.arg {bad}}")
  if (bad == "names") return("has other row names")
  if (there[[bad]] == "none") return(paste("was made without", code))
  if (here[[bad]] == "none") return(paste("was made with", code))
  paste("was made with other values of", code)
}

# How long a run in this process would take, from the time to compute and write
# a sample of the data. The sample grows until it takes long enough to be
# measured.
estimate_seconds <- function(plan, request, clock = bench_clock) {
  wall <- function(code) elapsed(code, clock)[["wall"]]
  if (prod(plan$dim) == 0) return(c(computing = 0, writing = 0))
  max_rows <- min(2048, max(pmin(plan$dim, plan$tile)))
  rows <- max(16, min(256, 2^22 / plan$columns))
  repeat {
    i <- seq_len(min(rows, plan$dim[1], plan$tile[1]))
    j <- seq_len(min(rows, plan$dim[2], plan$tile[2]))
    x <- request$x[i, , drop = FALSE]
    y <- (if (plan$symmetric) request$x else request$y)[j, , drop = FALSE]
    computing <- wall(d <- tile_distances(plan, x, y, NULL))
    if (computing > 0.05 || rows >= max_rows) break
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
  shape <- paste(format_count(x$dim), collapse = " x ")
  lines <- c(
    matrix = paste0(shape, " distances, ", x$method,
                    if (x$symmetric) ", half of them computed"),
    tiles = pluralize("{format_count(x$tiles)} tile{cli::qty(x$tiles)}{?s} of
                       {by}, {one} each"),
    store = paste0(x$path, ", ", size, if (!is.na(room)) {
      paste0(" (", format_bytes(room), " free there)")
    }),
    time = if (!is.null(x$seconds)) {
      paste0("about ", format_duration(sum(x$seconds)), " in this process: ",
             format_duration(x$seconds[["computing"]]), " computing, ",
             format_duration(x$seconds[["writing"]]), " writing")
    }
  )
  lines <- gsub("\\s+", " ", lines)
  cat(cli::format_inline("{.strong A plan for a distance matrix}"), "\n",
      sep = "")
  cat(paste0(format(names(lines)), "  ", lines, "\n"), sep = "")
  invisible(x)
}

format_count <- function(n) {
  format(n, big.mark = " ", scientific = FALSE, trim = TRUE)
}

format_duration <- function(seconds) {
  unit <- c(s = 1, min = 60, h = 3600, d = 86400)
  unit <- unit[max(1, which(seconds >= 2 * unit))]
  paste(signif(seconds / unit, 2), names(unit))
}

# That `plan` is a plan, and its store still the one that it was made for.
check_plan <- function(plan, argument = "plan") {
  if (!inherits(plan, "edist_plan")) {
    was <- describe(plan)
    code <- if (is_string(plan)) {
      sprintf("edist_plan(path = \"%s\")", plan)
    } else {
      "edist_plan()"
    }
    abort("{.arg {argument}} must be a plan, as {.code {code}} returns it, not
      {was}.")
  }
  stored <- read_plan(plan$path, argument)
  same <- c("dim", "tile", "spec", "data")
  if (identical(unclass(stored)[same], unclass(plan)[same])) {
    return(invisible())
  }
  abort("{.arg {argument}} must be the plan of its store, but
    {.file {plan$path}} now has another one: call {.fn edist_plan} again.",
        "store")
}

# `allowed` names the arguments that a call may have.
check_arguments <- function(call, allowed, when) {
  other <- setdiff(names(call)[-1], allowed)
  if (length(other) > 0) refuse_argument(other[1], when)
}
