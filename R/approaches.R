#' Ways to compute a distance matrix, from plain loops to the engine
#'
#' The rungs of a ladder: each approach is a function you can read, run and time,
#' and all give the same matrix. [edist_bench()] measures them side by side.
#'
#' @return A list of class `"edist_approaches"`, printed as a table. Its elements
#'   are the functions, by name: `edist_approaches()$loop` is a function of `x`
#'   and `y`, two numeric matrices with equally many columns, and `threads`. It
#'   returns a matrix of the Euclidean distances between the rows of `x` and the
#'   rows of `y`. Approaches that use one core ignore `threads`. The attribute
#'   `"about"` is a data frame of what the table shows: `name`, `label`, `cores`
#'   (`"single"` or `"multi"`) and `teaches`.
#' @seealso [edist_bench()]
#' @export
#' @examples
#' edist_approaches()
#' edist_approaches()$vectorised
#' x <- as.matrix(faithful[1:3, ])
#' edist_approaches()$loop(x, x, threads = 1)
edist_approaches <- function() {
  rungs <- list(
    rung(approach_loop, "loop", "R loops", "single",
         "what is computed: three nested loops"),
    rung(approach_vectorised, "vectorised", "R vectors", "single",
         "vector arithmetic for the inner loops"),
    rung(approach_openmp_outer, "openmp_outer", "C and OpenMP", "multi",
         "compiled loops, the outer in parallel"),
    rung(approach_engine, "engine", "edist engine", "multi",
         "tiles in registers, blocks in caches")
  )
  about <- do.call(rbind, lapply(rungs, function(rung) rung$about))
  functions <- lapply(rungs, function(rung) rung$run)
  names(functions) <- about$name
  structure(functions, about = about, class = "edist_approaches")
}

rung <- function(run, name, label, cores, teaches) {
  list(run = run, about = data.frame(name, label, cores, teaches))
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

approach_openmp_outer <- function(x, y, threads) {
  check_same_columns(x, y)
  .Call(C_edist_openmp_outer, t(x), t(y), read_threads(threads))
}

approach_engine <- function(x, y, threads) {
  edist_matrix(x, y, threads = threads)
}

#' @export
print.edist_approaches <- function(x, ...) {
  print(attr(x, "about"), row.names = FALSE, right = FALSE)
  invisible(x)
}
