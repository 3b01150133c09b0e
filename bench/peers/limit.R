# What the machine allows: peaks of the operations in registers, in 1e9 a second, and
# of writing to fresh memory, in GB a second (peak.c). NA where it cannot be compiled.
peak <- function(threads) {
  names <- c("euclidean", "manhattan", "maximum", "roots", "touch")
  unknown <- stats::setNames(rep(NA_real_, length(names)), names)
  program <- tempfile("peak")
  on.exit(unlink(program))
  flags <- c("-O2", "-march=native", "-fopenmp", "-I../src", "peak.c", "-o", program)
  if (system2("cc", c(flags, "-lm")) != 0) return(unknown)
  lines <- utils::read.table(text = system2(program, threads, stdout = TRUE))
  stats::setNames(lines$V2, lines$V1)[names]
}

# The least seconds for so many distances of so many columns, made of what is named:
# a metric's operations, square roots, and the first touch of the result.
limit <- function(peak, pairs, columns, parts) {
  operations <- c(euclidean = columns, manhattan = columns, maximum = columns,
                  roots = 1, touch = 8)
  sum(pairs * operations[parts] / (peak[parts] * 1e9))
}
