# Records the full run that vignette("benchmark") compares with the published times:
# the twelve published sizes with one and two threads. Run by `make record`; takes about
# half an hour on a quiet machine. If it is interrupted, run it again: it resumes.
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
