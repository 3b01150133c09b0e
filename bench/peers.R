#' ---
#' title: "edist beside its peers in R"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 7.4
#' ---
#'
#+ setup, include = FALSE
# Run by `make peers`, which renders this file to peers.md.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
source("turns.R")
threads <- 2L
Sys.setenv(OPENBLAS_NUM_THREADS = threads, OMP_NUM_THREADS = threads)
has <- function(package) requireNamespace(package, quietly = TRUE)
packages <- c("collapse", "parallelDist", "fields", "proxy", "amap")
missing <- packages[!vapply(packages, has, NA)]

# The expansion that an R expert writes first: |x|^2 + |y|^2 - 2xy.
products <- function(x, y = x) {
  square <- outer(rowSums(x^2), rowSums(y^2), "+") - 2 * tcrossprod(x, y)
  sqrt(pmax(square, 0))
}

within <- list(
  "edist::edist" = function(x) edist(x, threads = threads),
  "collapse::fdist" = function(x) collapse::fdist(x, nthreads = threads),
  "BLAS tcrossprod" = function(x) as.dist(products(x)),
  "stats::dist" = function(x) dist(x),
  "parallelDist::parDist" = function(x) parallelDist::parDist(x, threads = threads),
  "fields::rdist" = function(x) fields::rdist(x, compact = TRUE),
  "proxy::dist" = function(x) proxy::dist(x),
  "amap::Dist" = function(x) amap::Dist(x, nbproc = threads)
)
between <- list(
  "edist::edist_matrix" = function(x, y) edist_matrix(x, y, threads = threads),
  "BLAS tcrossprod" = function(x, y) products(x, y),
  "openmp_outer, plain C" = function(x, y) edist_approaches()$openmp_outer(x, y, threads),
  "fields::rdist" = function(x, y) fields::rdist(x, y),
  "proxy::dist" = function(x, y) proxy::dist(x, y)
)
installed <- function(peers) {
  package <- sub("::.*", "", names(peers))
  own <- !grepl("::", names(peers))
  peers[own | vapply(package, has, NA)]
}

peak <- function() {
  program <- tempfile()
  flags <- c("-O2", "-march=native", "-fopenmp", "peak.c", "-o", program)
  if (system2("cc", flags) != 0) return(NA)
  as.numeric(system2(program, threads, stdout = TRUE))
}

set.seed(1)
peaks <- peak()
square <- matrix(rnorm(1e6), 1000)
results <- take_turns("dist, n = 1000, p = 1000", installed(within), square)
peaks <- c(peaks, peak())
tall <- matrix(rnorm(3e4), 10000)
results <- rbind(results, take_turns("dist, n = 10 000, p = 3", installed(within), tall))
x <- matrix(rnorm(4e6), 2000)
y <- matrix(rnorm(4e6), 2000)
peaks <- c(peaks, peak())
cross <- take_turns("cross, 2000 x 2000, p = 2000", installed(between), x, y,
                    rounds = 11)
peaks <- c(peaks, peak())
results <- rbind(results, cross)
rate <- 2000^3 / cross$least[1] * 1e-9

# The same functions where the values have an offset of 1e6: what is left of the
# distances? Against the formula, summed by R in extended precision.
near <- 1e6 + matrix(rnorm(200 * 100), 200)
pairs <- which(lower.tri(diag(200)), arr.ind = TRUE)
exact <- apply(pairs, 1, function(ij) sqrt(sum((near[ij[1], ] - near[ij[2], ])^2)))
error <- vapply(installed(within), function(f) max(abs(c(f(near)) - exact) / exact), 0)

# Memory beside the result, in fresh processes: the most that was ever resident
# less what was resident before, less the result.
scratch <- function(n, p) {
  code <- sprintf('
    library(edist)
    status <- function(key) {
      line <- grep(key, readLines("/proc/self/status"), value = TRUE)
      as.numeric(gsub("[^0-9]", "", line)) / 1024
    }
    x <- matrix(runif(%d * %d), %d)
    small <- edist(x[1:50, 1:2], threads = 2)
    invisible(gc(FALSE))
    before <- status("^VmRSS")
    d <- edist(x, threads = 2)
    cat(status("^VmHWM") - before - 8 * length(d) / 2^20)', n, p, n)
  # The peak of making x must not hide that of edist: results are larger here.
  as.numeric(system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)),
                     stdout = TRUE))
}
memory <- data.frame(n = c(4000, 8000, 16000, 8000, 8000), p = c(100, 100, 100, 1000, 3000))
memory$MB <- mapply(scratch, memory$n, memory$p)

info <- edist_info()
sizes <- edist:::format_seconds

#' edist computes what the packages below compute. All ran in one session, on the
#' same data, with `r threads` threads where they take threads, and took turns of equal
#' time. The ratios are of least times; those of the medians stand beside them.
#'
#' `r edist:::processor_name()`, `r info$limits[["CPUs online"]]` cores, `r info$isa`;
#' `r R.version.string`, BLAS `r edist:::blas_name()`. Versions:
#' `r paste(vapply(c("edist", setdiff(packages, missing)), function(p) paste(p, packageVersion(p)), ""), collapse = ", ")`.
#' Missing: `r if (length(missing)) paste(missing, collapse = ", ") else "none"`.
#'
#+ figure, fig.alt = "Time of each function in three tasks on a logarithmic scale; edist's is the least in each."
library(ggplot2)
results$task <- factor(results$task, unique(results$task))
results$mine <- grepl("^edist::", results$peer)
results$text <- paste0(sizes(results$least),
                       ifelse(results$mine, "", sprintf("  (%.3g x)", results$ratio)))
results$row <- stats::reorder(paste(results$task, results$peer, sep = "\r"), -results$least)
ggplot(results, aes(least, row, colour = mine)) +
  geom_point(size = 3.2) +
  geom_text(aes(label = text), hjust = 0, nudge_x = 0.07, size = 3.6) +
  facet_wrap(vars(task), ncol = 1, scales = "free_y") +
  scale_y_discrete(labels = function(row) sub(".*\r", "", row)) +
  scale_x_log10(labels = sizes, n.breaks = 7, expand = expansion(mult = c(0.04, 0.2))) +
  scale_colour_manual(values = c("FALSE" = "grey40", "TRUE" = "#D55E00"), guide = "none") +
  labs(title = "Time for the same distances, two threads",
       subtitle = "least of several runs; in brackets how many times as long as edist takes",
       x = "time (log scale)", y = NULL) +
  theme_minimal(base_size = 12) +
  theme(strip.text = element_text(face = "bold", hjust = 0, size = 12),
        panel.grid.minor = element_blank(),
        panel.grid.major.y = element_line(colour = "grey92"),
        panel.spacing.y = unit(14, "pt"),
        plot.title = element_text(face = "bold"), plot.title.position = "plot",
        plot.background = element_rect(fill = "white", colour = NA))

#' ## Times
#'
#+ times
code <- function(name) paste0("`", name, "`")
shown <- results[c("task", "peer", "runs")]
shown$peer <- code(shown$peer)
shown$least <- sizes(results$least)
shown$median <- sizes(results$middle)
shown$ratio <- sprintf("%.1f", results$ratio)
shown$`ratio of medians` <- sprintf("%.1f", results$ratio_middle)
knitr::kable(shown, row.names = FALSE, align = "llrrrrr")

#' ## What was to be reached
#'
#' The peak is what registers alone allow of one subtraction and one fused
#' multiply-add for each pair and column (`peak.c`), measured before, between and
#' after the tasks: `r paste(sprintf("%.1f", peaks), collapse = ", ")` G/s on
#' `r threads` threads. The engine ran `r sprintf("%.1f", rate)` G pair-columns/s in
#' the cross task.
#'
#+ goals
ratio <- function(task, peer) {
  value <- results$ratio[grepl(task, results$task) & results$peer == peer]
  if (length(value)) value else NA
}
goals <- data.frame(
  what = c("dist n = p = 1000 over stats::dist", "dist n = p = 1000 over collapse::fdist",
           "cross 2000 x 2000 x 2000 over openmp_outer",
           "cross 2000 x 2000 x 2000, share of the best peak",
           "dist n = 10 000, p = 3 over stats::dist",
           "memory beside the result, MB at two threads"),
  goal = c("60", "8", "12", "0.70", "5", "64 at most"),
  measured = c(
    sprintf("%.1f", c(ratio("1000, p = 1000", "stats::dist"),
                      ratio("1000, p = 1000", "collapse::fdist"),
                      ratio("cross", "openmp_outer, plain C"))),
    sprintf("%.2f", rate / max(peaks, na.rm = TRUE)),
    sprintf("%.1f", c(ratio("10 000, p = 3", "stats::dist"), max(memory$MB)))
  )
)
knitr::kable(goals, align = "lrr")

#' ## Memory beside the result
#'
#' The most that was resident less what was before and less the result, in MB, two
#' threads. It depends on the columns, up to a bound, and not on the rows.
#'
#+ memory
memory$MB <- sprintf("%.1f", memory$MB)
knitr::kable(memory, align = "rrr")

#' ## Accuracy
#'
#' Largest relative error of each where all values have an offset of 1e6 (200
#' observations, 100 columns). The products cancel: of sixteen digits few are left.
#'
#+ accuracy
knitr::kable(data.frame(peer = code(names(error)), "largest relative error" = sprintf("%.1e", error),
                        check.names = FALSE), align = "lr", row.names = FALSE)
