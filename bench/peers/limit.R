# The limits of the machine: peaks of the operations in registers, in 1e9 per second,
# and of writing to fresh memory, in GB per second.
peak <- function(threads) {
  roofline <- edist_bench_roofline(threads, edist_info()$isa, seconds = 0.1)
  rate <- stats::setNames(roofline$rate / 1e9, roofline$what)
  c(rate[c("euclidean", "manhattan", "maximum")], roots = rate[["root"]],
    touch = rate[["fresh"]])
}

# The minimum seconds for `pairs` distances of `columns` columns: those of the slowest of
# the named parts, which are the operations of a metric, square roots, and the first write
# of the result.
limit <- function(peak, pairs, columns, parts) {
  operations <- c(euclidean = columns, manhattan = columns, maximum = columns,
                  roots = 1, touch = 8)
  max(pairs * operations[parts] / (peak[parts] * 1e9))
}
