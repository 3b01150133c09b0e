#' Ways to compute a distance matrix, from plain loops to the engine
#'
#' The rungs of a ladder: each approach is a function you can read, run and time,
#' and all give the same matrix. `vignette("workshop")` climbs it;
#' [edist_bench_validate()] compares the results, [edist_bench()] the times.
#'
#' @return A list of class `"edist_approaches"`, printed as a table. Its elements
#'   are the functions, by name: `edist_bench_approaches()$loop` is a function of `x`
#'   and `y`, two dense numeric matrices with equally many columns, and `threads`, by
#'   default what [edist_threads()] gives. It returns a matrix of the Euclidean
#'   distances between the rows of `x` and the rows of `y`. Approaches that use one
#'   core ignore `threads`; those written in C, but for the engine, cannot be
#'   interrupted. The attribute
#'   `"about"` is a data frame of what the table shows: `name`, `label`,
#'   `notebook` (its counterpart in the workshop notebook that
#'   [workshop_results] is from, `""` if there is none), `cores` (`"single"` or
#'   `"multi"`) and `teaches`.
#'
#' @section Threads and processes:
#' `pool` and `shared` start as many processes as `threads` says; all others of
#' several cores start threads. `blas` runs in the BLAS that R is linked to, which
#' takes as many threads as it likes unless package RhpcBLASctl is installed to
#' tell it; R's own BLAS has one. `shared` is an error on Windows, which has no
#' fork.
#' @seealso [edist_bench()], [edist_bench_validate()], [edist_shared()]
#' @export
#' @examples
#' edist_bench_approaches()
#' edist_bench_approaches()$vectorised
#' x <- as.matrix(faithful[1:3, ])
#' edist_bench_approaches()$loop(x, x, threads = 1)
edist_bench_approaches <- function() {
  rungs <- list(
    rung(approach_loop, "loop", "R loops", "Python loops", "single",
         "the formula, loop by loop"),
    rung(approach_vectorised, "vectorised", "R vectors", "NumPy", "single",
         "no loop but the outer one"),
    rung(approach_blas, "blas", "BLAS product", "", "multi",
         "speed that costs digits"),
    rung(approach_pool, "pool", "process pool", "multiprocessing", "multi",
         "sending data takes time"),
    rung(approach_shared, "shared", "shared memory", "PyMP", "multi",
         "fork, and fill one matrix"),
    rung(approach_openmp_inner, "openmp_inner", "C, inner loop", "Cython", "multi",
         "compiled; a wait per row"),
    rung(approach_openmp_outer, "openmp_outer", "C, outer loop", "Numba", "multi",
         "compiled; one wait in all"),
    rung(approach_engine, "engine", "edist engine", "", "multi",
         "tiles that fit registers")
  )
  about <- do.call(rbind, lapply(rungs, function(rung) rung$about))
  functions <- lapply(rungs, function(rung) rung$run)
  names(functions) <- about$name
  structure(functions, about = about, class = "edist_approaches")
}

rung <- function(run, name, label, notebook, cores, teaches) {
  checked <- function(x, y, threads = NULL) {
    rows <- as_observations_of_both(x, y, as_dense_observations)
    threads <- read_threads(threads)
    run(rows$x, rows$y, threads)
  }
  list(run = structure(checked, class = "edist_approach", run = run),
       about = data.frame(name, label, notebook, cores, teaches))
}

approach_loop <- function(x, y, threads) {
  out <- matrix(0, nrow(x), nrow(y))
  for (i in seq_len(nrow(x))) {
    for (j in seq_len(nrow(y))) {
      sum <- 0
      for (k in seq_len(ncol(x))) {
        sum <- sum + (x[i, k] - y[j, k])^2
      }
      out[i, j] <- sqrt(sum)
    }
  }
  out
}

approach_vectorised <- function(x, y, threads) {
  out <- matrix(0, nrow(x), nrow(y))
  columns <- t(y) # a row of x recycles down the columns
  for (i in seq_len(nrow(x))) {
    out[i, ] <- sqrt(colSums((columns - x[i, ])^2))
  }
  out
}

approach_blas <- function(x, y, threads) {
  local_blas_threads(threads)
  squares <- outer(rowSums(x^2), rowSums(y^2), "+") - 2 * tcrossprod(x, y)
  sqrt(pmax(squares, 0)) # rounding makes some squares negative
}

approach_pool <- function(x, y, threads) {
  pool <- parallel::makeCluster(threads, type = if (has_fork()) "FORK" else "PSOCK")
  on.exit(parallel::stopCluster(pool))
  columns <- t(y)
  rows <- parallel::parLapply(pool, seq_len(nrow(x)), function(i) {
    sqrt(colSums((columns - x[i, ])^2))
  })
  matrix(as.double(unlist(rows)), nrow(x), nrow(y), byrow = TRUE)
}

approach_shared <- function(x, y, threads) {
  out <- edist_shared(nrow(x), nrow(y))
  columns <- t(x)
  done <- parallel::mclapply(seq_len(nrow(y)), function(j) {
    out[, j] <- sqrt(colSums((columns - y[j, ])^2))
    TRUE
  }, mc.cores = threads)
  check_done(done)
  as.matrix(out)
}

approach_openmp_inner <- function(x, y, threads) {
  .Call(C_edist_openmp_inner, t(x), t(y), threads)
}

approach_openmp_outer <- function(x, y, threads) {
  .Call(C_edist_openmp_outer, t(x), t(y), threads)
}

approach_engine <- function(x, y, threads) {
  edist_matrix(x, y, threads = threads)
}

# Forked workers answer TRUE; one that fails or dies fails the call.
check_done <- function(done) {
  failed <- which(!vapply(done, isTRUE, NA))
  if (length(failed) == 0) return(invisible())
  why <- done[[failed[1]]]
  why <- if (inherits(why, "try-error")) sub("[.[:space:]]*$", "", why) else
    "it was killed"
  abort("All workers must finish, but the one with column {failed[1]} did not: {why}.",
        "worker")
}

# Lets BLAS use so many threads until the caller, `frame`, is done. Without
# RhpcBLASctl BLAS does as it likes.
local_blas_threads <- function(threads, frame = parent.frame()) {
  if (!requireNamespace("RhpcBLASctl", quietly = TRUE)) return(invisible())
  old <- RhpcBLASctl::blas_get_num_procs()
  RhpcBLASctl::blas_set_num_threads(threads)
  restore <- bquote(RhpcBLASctl::blas_set_num_threads(.(old)))
  do.call(on.exit, list(restore, add = TRUE), envir = frame)
}

# How many threads an approach really gets if it asks for so many, so that a
# benchmark names the right number; NA where nobody knows.
approach_threads <- function(name, threads) {
  if (is_single_core(name)) return(1L)
  if (name != "blas") return(read_threads(threads))
  if (!requireNamespace("RhpcBLASctl", quietly = TRUE)) return(NA_integer_)
  local_blas_threads(threads)
  as.integer(min(threads, max(1, RhpcBLASctl::blas_get_num_procs(), na.rm = TRUE)))
}

is_single_core <- function(approach) {
  about <- attr(edist_bench_approaches(), "about")
  about$cores[match(approach, about$name)] %in% "single"
}

# Its source, without the checks that all share and what R adds to functions of a
# package.
#' @export
print.edist_approach <- function(x, ...) {
  run <- attr(x, "run")
  source <- attr(run, "srcref")
  cat(if (is.null(source)) deparse(run) else as.character(source), sep = "\n")
  invisible(x)
}

#' @export
print.edist_approaches <- function(x, ...) {
  about <- attr(x, "about")
  print(about, row.names = FALSE, right = FALSE)
  invisible(x)
}
