# The peers in R: functions of the matrices they take.
has <- function(package) requireNamespace(package, quietly = TRUE)
packages <- c("collapse", "parallelDist", "fields", "proxy", "amap")

# The expansion that an R expert writes first: |x|^2 + |y|^2 - 2xy.
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
    "plain C, OpenMP" = function(x, y) edist_bench_approaches()$openmp_outer(x, y, threads),
    "fields::rdist" = function(x, y) fields::rdist(x, y),
    "proxy::dist" = function(x, y) proxy::dist(x, y)
  )
}
installed <- function(peers) {
  package <- sub("::.*", "", names(peers))
  own <- !grepl("::", names(peers))
  peers[own | vapply(package, has, NA)]
}

# The rungs that edist itself shows, by the names it gives them.
rungs <- function(threads, names) {
  lapply(edist_bench_approaches()[names], function(rung) {
    function(x, y) rung(x, y, threads)
  })
}

# Memory beside the result, in fresh processes: the most that was ever resident less
# what was resident before, less the result. In MB.
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
  # The peak of making x must not hide that of edist: results are larger here.
  as.numeric(system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)),
                     stdout = TRUE))
}
