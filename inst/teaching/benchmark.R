# Runs the benchmark of size against threads on one node of the cluster, and draws it.
# Edit the sizes: the largest takes most of the time.
library(edist)
sizes <- c(500, 1000, 2000, 4000)
file <- Sys.getenv("EDIST_BENCH", "class.csv")

edist_info()
# Every finished cell is in the file, so the job can be submitted again if time ran out.
b <- edist_bench(sizes, repetitions = 3, max_seconds = 20, file = file)
print(b)
if (requireNamespace("ggplot2", quietly = TRUE)) {
  for (kind in c("time", "bars", "heatmap", if (edist:::has_scaling(b)) "speedup")) {
    picture <- sub("([.]csv)?$", paste0("-", kind, ".png"), file)
    ggplot2::ggsave(picture, ggplot2::autoplot(b, kind), width = 10, height = 6,
                    dpi = 150, bg = "white")
  }
}
