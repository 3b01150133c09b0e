# The peers in R: functions of one or two matrices.
has <- function(package) requireNamespace(package, quietly = TRUE)
packages <- c("collapse", "parallelDist", "fields", "proxy", "amap")

# The product form, the usual expert's way in R: |x|^2 + |y|^2 - 2xy.
products <- function(x, y = x) {
  square <- outer(rowSums(x^2), rowSums(y^2), "+") - 2 * tcrossprod(x, y)
  sqrt(pmax(square, 0))
}

r_within <- function(threads) {
  list(
    "edist::edist" = function(x) edist(x, threads = threads),
    "collapse::fdist" = function(x) collapse::fdist(x, nthreads = threads),
    "R, tcrossprod" = function(x) as.dist(products(x)),
    "stats::dist" = function(x) dist(x),
    "parallelDist::parDist" = function(x) parallelDist::parDist(x, threads = threads),
    "fields::rdist" = function(x) fields::rdist(x, compact = TRUE),
    "proxy::dist" = function(x) proxy::dist(x),
    "amap::Dist" = function(x) amap::Dist(x, nbproc = threads)
  )
}
r_between <- function(threads) {
  list(
    "edist::edist_matrix" = function(x, y) edist_matrix(x, y, threads = threads),
    "R, tcrossprod" = function(x, y) products(x, y),
    "plain C, OpenMP" = function(x, y) {
      edist_bench_approaches()$openmp_outer(x, y, threads)
    },
    "fields::rdist" = function(x, y) fields::rdist(x, y),
    "proxy::dist" = function(x, y) proxy::dist(x, y)
  )
}
installed <- function(peers) {
  package <- sub("::.*", "", names(peers))
  own <- !grepl("::", names(peers))
  peers[own | vapply(package, has, NA)]
}

# The approaches of edist_bench_approaches() with these names.
own_approaches <- function(threads, names) {
  lapply(edist_bench_approaches()[names], function(approach) {
    function(x, y) approach(x, y, threads)
  })
}

# The memory that a call needs in addition to its result, in MB: the maximum resident
# memory of a fresh process, minus that before the call, minus the result.
scratch <- function(call, n, p, threads) {
  code <- sprintf('
    library(edist)
    status <- function(key) {
      line <- grep(key, readLines("/proc/self/status"), value = TRUE)
      as.numeric(gsub("[^0-9]", "", line)) / 1024
    }
    x <- matrix(runif(%d * %d), %d)
    small <- edist(x[1:50, 1:2], threads = %d)
    invisible(gc(FALSE))
    before <- status("^VmRSS")
    d <- %s(x, x, threads = %d)
    cat(status("^VmHWM") - before - 8 * length(d) / 2^20)', n, p, n, threads, call,
    threads)
  if (call == "edist") code <- sub("(x, x,", "(x,", code, fixed = TRUE)
  # Creating x must not hide the peak of edist, so the results are larger than x.
  as.numeric(system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)),
                     stdout = TRUE))
}
