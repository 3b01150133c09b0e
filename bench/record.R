# Records the full run that vignette("benchmark") shows beside the published table:
# the twelve published sizes with one and two threads. Run by `make record`; about
# half an hour on a quiet machine. Called again, it goes on where it stopped.
library(edist)

file <- "inst/extdata/size-threads.csv"
b <- edist_bench(
  sizes = unique(workshop_results$size),
  threads = 1:2,
  repetitions = 3,
  max_seconds = 60,
  file = file,
  progress = TRUE
)
print(b)
cat("\nWritten:", normalizePath(file), "\n")
