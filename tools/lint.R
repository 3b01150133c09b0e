# Prints what lintr finds in R/, by the rules in .lintr; exits with 1 if it finds
# anything, with 3 if it is not installed. Run at the top of the sources.
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
quit(status = if (sum(lengths(found)) > 0) 1 else 0)
