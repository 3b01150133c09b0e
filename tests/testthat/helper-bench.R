# A benchmark for tests: quick, deaf to noise, and with all the time in the world, so that
# a busy machine leaves nothing out. What is tested is not how long things take.
bench <- function(..., repetitions = 2, min_seconds = 0, max_seconds = 1e9) {
  suppressWarnings(
    edist_bench(..., repetitions = repetitions, min_seconds = min_seconds,
                max_seconds = max_seconds),
    classes = "edist_noisy"
  )
}
