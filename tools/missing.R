# Prints which of the given packages are not installed, or are older than DESCRIPTION
# requires. Run at the top of the sources.
fields <- read.dcf("DESCRIPTION", c("Imports", "Suggests"))
entries <- trimws(unlist(strsplit(fields, ",")))
floors <- sub(".*>= *([0-9.]+).*", "\\1", entries)
floors[!grepl(">=", entries)] <- "0"
names(floors) <- sub("[ (].*", "", entries)

is_missing <- function(package) {
  floor <- if (package %in% names(floors)) floors[[package]] else "0"
  !requireNamespace(package, quietly = TRUE) ||
    utils::packageVersion(package) < floor
}
packages <- commandArgs(TRUE)
cat(packages[vapply(packages, is_missing, NA)])
