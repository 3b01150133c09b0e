#' Approaches to a distance matrix, from plain loops to the engine
#'
#' Eight implementations of one task, each a function that you can read, run and
#' time. All give the same matrix. `vignette("workshop")` goes through them step
#' by step; [edist_bench_validate()] compares the results, [edist_bench()] the
#' times, also with those of functions of your own.
#'
#' @details What is printed can be pasted: give it a name, change it, and time
#' it beside the others. Only the two C programs, `openmp_inner` and
#' `openmp_outer`, need what is inside this package.
#'
#' @return A list of class `"edist_approaches"`, which prints as a table. Its
#'   elements are the functions, by name: `edist_bench_approaches()$loop` is a
#'   function of `x` and `y`, two dense numeric matrices with the same number of
#'   columns, and `threads`, by default the number that [edist_threads()] gives.
#'   It returns a matrix of the Euclidean distances, with `nrow(x)` rows and
#'   `nrow(y)` columns. Approaches that use one core ignore `threads`.
#'   `openmp_inner` and `openmp_outer` cannot be interrupted. The attribute
#'   `"about"` is the data frame that is printed: `name`, `label`, `notebook`
#'   (the counterpart in the workshop notebook that [workshop_results] comes
#'   from, `""` if there is none), `cores` (`"single"` or `"multi"`) and
#'   `teaches`.
#'
#' @section Threads and processes:
#' `pool` and `shared` start `threads` processes; the other approaches that use
#' several cores start threads. `blas` runs in the BLAS that R is linked to. The
#' BLAS itself decides how many threads it uses, unless package RhpcBLASctl is
#' installed to set the number; R's own BLAS uses one. `openmp_inner` and
#' `openmp_outer` use one thread where edist was built without OpenMP. `shared`
#' is an error on Windows, where processes cannot be forked.
#' @seealso [edist_bench()], [edist_bench_validate()], [edist_shared()]
#' @export
#' @examples
#' edist_bench_approaches()
#' edist_bench_approaches()$vectorised
#' x <- as.matrix(faithful[1:3, ])
#' edist_bench_approaches()$loop(x, x, threads = 1)
edist_bench_approaches <- function() {
  approaches <- list(
    new_approach(approach_loop, "loop", "R loops", "Python loops", "single",
                 "the formula, loop by loop"),
    new_approach(approach_vectorised, "vectorised", "R vectors", "NumPy",
                 "single", "only the outer loop left"),
    new_approach(approach_blas, "blas", "BLAS product", "", "multi",
                 "fast, but loses digits"),
    new_approach(approach_pool, "pool", "process pool", "multiprocessing",
                 "multi", "sending data takes time"),
    new_approach(approach_shared, "shared", "shared memory", "PyMP", "multi",
                 "forks fill one matrix"),
    new_approach(approach_openmp_inner, "openmp_inner", "C, inner loop",
                 "Cython", "multi", "compiled; waits once per row"),
    new_approach(approach_openmp_outer, "openmp_outer", "C, outer loop",
                 "Numba", "multi", "compiled; waits once in all"),
    new_approach(approach_engine, "engine", "edist engine", "", "multi",
                 "tiles that fit registers")
  )
  about <- do.call(rbind, lapply(approaches, `[[`, "about"))
  functions <- lapply(approaches, `[[`, "run")
  names(functions) <- about$name
  structure(functions, about = about, class = "edist_approaches")
}

new_approach <- function(run, name, label, notebook, cores, teaches) {
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
  if (requireNamespace("RhpcBLASctl", quietly = TRUE)) {
    before <- RhpcBLASctl::blas_get_num_procs()
    on.exit(RhpcBLASctl::blas_set_num_threads(before))
    RhpcBLASctl::blas_set_num_threads(threads)
  }
  squares <- outer(rowSums(x^2), rowSums(y^2), "+") - 2 * tcrossprod(x, y)
  sqrt(pmax(squares, 0)) # rounding can make squares negative
}

approach_pool <- function(x, y, threads) {
  type <- if (.Platform$OS.type == "unix") "FORK" else "PSOCK"
  pool <- parallel::makeCluster(threads, type = type)
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
  failed <- Filter(function(result) !isTRUE(result), done)
  if (length(failed) > 0) stop("a process failed: ", failed[[1]])
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

# How many threads an approach really gets if it asks for `threads`, so that a
# benchmark reports the right number; NA if that is unknown.
approach_threads <- function(name, threads) {
  if (is_single_core(name)) return(1L)
  if (name %in% c("openmp_inner", "openmp_outer") && !has_openmp()) return(1L)
  if (name != "blas") return(read_threads(threads))
  if (!requireNamespace("RhpcBLASctl", quietly = TRUE)) return(NA_integer_)
  before <- RhpcBLASctl::blas_get_num_procs()
  on.exit(RhpcBLASctl::blas_set_num_threads(before))
  RhpcBLASctl::blas_set_num_threads(threads)
  available <- max(1, RhpcBLASctl::blas_get_num_procs(), na.rm = TRUE)
  as.integer(min(threads, available))
}

has_openmp <- function() edist_info()$openmp

is_single_core <- function(approach) {
  about <- attr(edist_bench_approaches(), "about")
  about$cores[match(approach, about$name)] %in% "single"
}

# Prints the source, without the checks that all approaches share and without
# the bytecode and environment that R adds.
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
