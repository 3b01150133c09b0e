#' Compute one tile of a plan
#'
#' Does for a single tile what [edist_run()] does for all missing tiles. Use it
#' to spread the work over machines by other means, such as the job array of a
#' cluster.
#'
#' @details
#' The tile is written into the store of the plan. Other processes may write
#' other tiles at the same time, or even the same tile. It takes as long as
#' [edist_matrix()] for the rows and columns of the tile, plus the time to write
#' it, twice if it has a mirror image.
#'
#' @inheritParams edist_status
#' @param k The number of a tile, from 1 to `plan$tiles`.
#' @inheritParams edist
#' @return The seconds it took, invisibly; `NA` if the tile was there already.
#' @seealso [edist_run()]; [edist_status()] for the numbers of the missing
#'   tiles; `vignette("clusters")`.
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' plan <- edist_plan(faithful, path, tile = 100)
#' for (k in seq_len(plan$tiles)) edist_tile(plan, k, threads = 2)
#' edist_status(plan)
#' unlink(path, recursive = TRUE)
edist_tile <- function(plan, k, threads = NULL) {
  check_plan(plan)
  if (!is_count(k) || k > plan$tiles) {
    was <- describe(k)
    abort("{.arg k} must be the number of a tile, from 1 to {plan$tiles}, not
      {was}.")
  }
  invisible(do_tile(plan, k, threads, new_cache()))
}

# The seconds it took; NA if the tile was there already; with `polite`, NULL if
# another process is working on it.
do_tile <- function(plan, k, threads, cache, polite = FALSE) {
  threads <- read_threads(threads)
  at <- tile_at(plan, k)
  name <- tile_name(at$i, at$j)
  mirror <- if (plan$symmetric && at$i != at$j) tile_name(at$j, at$i)
  there <- tiles_there(plan, at$i, at$j) &&
    (is.null(mirror) || tiles_there(plan, at$j, at$i))
  if (there) return(NA_real_)
  if (polite && is_claimed(plan, name)) return(NULL)
  start <- seconds_now()
  claim <- claim(plan, name)
  on.exit(remove_file(claim))
  on_diagonal <- plan$symmetric && is.null(mirror)
  x <- cached_block(plan, 1, at$i, cache)
  y <- if (!on_diagonal) cached_block(plan, 2, at$j, cache)
  d <- tile_distances(plan, x, y, threads)
  write_tiles(plan, d, c(name, mirror), threads = threads)
  seconds_now() - start
}

# Without y, the distances within x.
tile_distances <- function(plan, x, y, threads) {
  spec <- spec_of(plan, threads)
  dim <- c(nrow(x), if (is.null(y)) nrow(x) else nrow(y))
  compute(function(progress) {
    .Call(C_edist_matrix, x, y, spec, list(dim = dim), progress)
  }, NULL)
}

spec_of <- function(plan, threads) c(plan$spec, threads = read_threads(threads))
