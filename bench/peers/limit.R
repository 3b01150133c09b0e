# What the machine allows: peaks of the operations in registers, in 1e9 a second, and
# of writing to fresh memory, in GB a second.
peak <- function(threads) {
  roofline <- edist_bench_roofline(threads, edist_info()$isa, seconds = 0.1)
  rate <- stats::setNames(roofline$rate / 1e9, roofline$what)
  c(rate[c("euclidean", "manhattan", "maximum")], roots = rate[["root"]],
    touch = rate[["fresh"]])
}

# The least seconds for so many distances of so many columns, made of what is named:
# a metric's operations, square roots, and the first touch of the result.
limit <- function(peak, pairs, columns, parts) {
  operations <- c(euclidean = columns, manhattan = columns, maximum = columns,
                  roots = 1, touch = 8)
  sum(pairs * operations[parts] / (peak[parts] * 1e9))
}
