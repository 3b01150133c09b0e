#' Compute one tile of a plan
#'
#' What [edist_run()] does for every tile that is missing, for those who have other means
#' to spread work over machines: the job array of a cluster, for example.
#'
#' @details
#' The tile is written into the store of the plan, where other processes may be writing
#' other tiles, or even the same. The time is that of [edist_matrix()] for the rows and
#' columns of the tile, and of writing it, twice if it has a mirror image.
#'
#' @param plan What [edist_plan()] returns, or the path of its store.
#' @param k The number of a tile, from 1 to `plan$tiles`.
#' @inheritParams edist
#' @return The seconds it took, invisibly; `NA` if the tile was there already.
#' @seealso [edist_status()] for the numbers of those that are missing;
#'   `vignette("clusters")`.
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' plan <- edist_plan(faithful, path = path, tile = 100)
#' for (k in seq_len(plan$tiles)) edist_tile(plan, k, threads = 2)
#' edist_status(plan)
#' unlink(path, recursive = TRUE)
edist_tile <- function(plan, k, threads = NULL) {
  plan <- as_plan(plan)
  if (!is_count(k) || k > plan$tiles) {
    was <- describe(k)
    abort("{.arg k} must be the number of a tile, from 1 to {plan$tiles}, not {was}.")
  }
  on.exit(let_go())
  invisible(do_tile(plan, k, threads))
}

# With `polite`, NULL for a tile that another process is at.
do_tile <- function(plan, k, threads, polite = FALSE) {
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
  x <- read_block(plan, 1, at$i)
  y <- if (!plan$symmetric || !is.null(mirror)) read_block(plan, 2, at$j)
  d <- tile_distances(plan, x, y, threads)
  write_tiles(plan, d, c(name, mirror), threads = threads)
  seconds_now() - start
}

# Without y those of x with itself.
tile_distances <- function(plan, x, y, threads) {
  how <- how_of(plan, threads)
  dim <- c(nrow(x), if (is.null(y)) nrow(x) else nrow(y))
  compute(function(progress) {
    .Call(C_edist_matrix, x, y, how, list(dim = dim), progress)
  }, NULL)
}

how_of <- function(plan, threads) c(plan$how, threads = read_threads(threads))
