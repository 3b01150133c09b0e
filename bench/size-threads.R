# Runs the benchmark of size against threads on all cores of this machine, draws its
# pictures, and compares edist() with dist() on real data. Run by `make bench`; takes a
# few minutes.
library(edist)

out <- "bench-results"
dir.create(out, showWarnings = FALSE)

edist_info()
cat("\nTiming sizes x threads x approaches; cells that take over 5 s are not run.",
    "If you interrupt it, run it again: it resumes.\n\n")
running <- file.path(out, "size-threads-unfinished.csv")
csv <- file.path(out, "size-threads.csv")
b <- edist_bench(sizes = c(250, 500, 1000, 2000, 4000), repetitions = 5,
                 max_seconds = 5, file = running, progress = TRUE)
file.rename(running, csv)
cat("\n")
print(b)
several <- c("workers", "speedup", "efficiency")
kinds <- c("time", "bars", "heatmap", if (max(b$threads) > 1) several)
for (kind in kinds) {
  png <- file.path(out, paste0(kind, ".png"))
  ggplot2::ggsave(png, ggplot2::autoplot(b, kind), width = 7, height = 5, dpi = 200,
                  bg = "white")
}

# Real data: every fifth of ggplot2's 53 940 diamonds, with seven measurements.
stones <- as.data.frame(ggplot2::diamonds)
stones <- stones[seq(1, nrow(stones), by = 5), ]
x <- scale(stones[c("carat", "depth", "table", "price", "x", "y", "z")])
shortest <- function(code) min(replicate(3, system.time(code())[["elapsed"]]))
engine <- shortest(function() d <<- edist(x))
base <- shortest(function() reference <<- dist(x))
cat(sprintf("\n%d diamonds, 7 measurements each: %.1f million distances\n",
            nrow(x), length(d) / 1e6))
cat(sprintf("  edist() %.2f s, stats::dist() %.2f s: %.1f times as fast (minimum of three)\n",
            engine, base, base / engine))
cat(sprintf("  maximum relative difference between the two: %.1g\n",
            max(abs(d - reference) / pmax(reference, 1e-300))))

# The diamonds that differ most from all others, by their mean distance.
mean_distance <- numeric(nrow(x))
for (rows in split(seq_len(nrow(x)), seq_len(nrow(x)) %/% 1000)) {
  mean_distance[rows] <- rowMeans(edist_matrix(x[rows, ], x))
}
odd <- order(mean_distance, decreasing = TRUE)[1:3]
cat("  the three diamonds that differ most from all others:\n")
shown <- cbind(stones[odd, c("carat", "cut", "price", "x", "y", "z")],
               "mean distance" = round(mean_distance[odd], 1))
print(shown, row.names = FALSE)

report <- file.path(out, "report.html")
edist_report(b, report, roofline = edist_bench_roofline())
cat("\nWritten:", normalizePath(report), "with all of it, and in the same directory",
    basename(csv), "and pictures\n")
