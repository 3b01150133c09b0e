# Records the full run that vignette("benchmark") compares with the published times:
# the twelve published sizes with one and two threads. Run by `make record`; takes about
# half an hour on a quiet machine. If it is interrupted, run it again: it resumes. The
# record in inst/extdata is replaced when all is measured.
library(edist)

unfinished <- ".build/size-threads.csv"
dir.create(".build", showWarnings = FALSE)
b <- edist_bench(
  sizes = unique(workshop_results$size),
  threads = 1:2,
  repetitions = 3,
  max_seconds = 60,
  file = unfinished,
  progress = TRUE
)
print(b)
file <- "inst/extdata/size-threads.csv"
stopifnot(file.copy(unfinished, file, overwrite = TRUE))
unlink(unfinished)
cat("\nWritten:", normalizePath(file), "\n")
