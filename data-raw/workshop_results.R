# Makes data/workshop_results.rda from the published table:
#   Rscript data-raw/workshop_results.R exp_mp_results_tmp.csv
wide <- utils::read.csv(commandArgs(TRUE)[1], row.names = 1, check.names = FALSE)
columns <- names(wide)
key <- sub("-.*", "", columns)
names <- c(Numpy = "NumPy", Numba = "Numba", mp = "multiprocessing", omp = "PyMP")
workers <- suppressWarnings(as.integer(sub(".*-", "", columns)))
workers[key == "Numpy"] <- 1L
long <- data.frame(
  size = rep(as.integer(rownames(wide)), length(columns)),
  approach = rep(unname(names[key]), each = nrow(wide)),
  workers = rep(workers, each = nrow(wide)),
  seconds = unlist(wide, use.names = FALSE)
)
workshop_results <- long[!is.na(long$seconds), ]
rownames(workshop_results) <- NULL
stopifnot(nrow(workshop_results) == 188)
save(workshop_results, file = "data/workshop_results.rda", version = 2, compress = "xz")
