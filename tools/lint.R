# Prints what lintr finds in R/, by the rules in .lintr, and workflows that are no YAML or
# name no jobs; exits with 1 if it finds anything, with 3 if lintr is not installed. Run
# at the top of the sources.
if (!requireNamespace("lintr", quietly = TRUE)) quit(status = 3)
files <- list.files("R", "[.]R$", full.names = TRUE)
cores <- if (.Platform$OS.type == "windows") 1L else parallel::detectCores()
dir.create(".build", showWarnings = FALSE)
found <- parallel::mclapply(files, lintr::lint, cache = ".build/lintr",
                            mc.cores = cores, mc.preschedule = FALSE)
for (lint in do.call(c, lapply(found, unclass))) {
  cat(sprintf("R/%s:%d: %s [%s]\n", basename(lint$filename), lint$line_number,
              lint$message, lint$linter))
}
broken <- if (requireNamespace("yaml", quietly = TRUE)) {
  Filter(function(file) {
    workflow <- try(yaml::read_yaml(file), silent = TRUE)
    !is.list(workflow) || length(workflow$jobs) == 0
  }, list.files(".github/workflows", full.names = TRUE))
}
if (length(broken) > 0) cat(paste0(broken, ": no workflow\n"), sep = "")
quit(status = if (sum(lengths(found)) + length(broken) > 0) 1 else 0)
