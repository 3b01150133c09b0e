# Prints what lintr finds in R/, by the rules in .lintr; workflows that are no YAML or name
# no jobs; and help topics and vignettes that the index of the web site lacks. Exits with 1
# if it finds anything, with 3 if lintr is not installed. Run at the top of the sources.
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

find_broken_workflows <- function() {
  broken <- Filter(function(file) {
    workflow <- try(yaml::read_yaml(file), silent = TRUE)
    !is.list(workflow) || length(workflow$jobs) == 0
  }, list.files(".github/workflows", full.names = TRUE))
  paste0(broken, ": no workflow", recycle0 = TRUE)
}

# An entry of the index is a name, or a pattern of those that pkgdown knows.
is_listed <- function(names, entries) {
  known <- list(starts_with = function(start) any(startsWith(names, start)),
                matches = function(pattern) any(grepl(pattern, names)))
  any(vapply(entries, function(entry) {
    if (entry %in% names) return(TRUE)
    grepl("(", entry, fixed = TRUE) && eval(parse(text = entry), known)
  }, NA))
}

find_unlisted <- function() {
  index <- yaml::read_yaml("_pkgdown.yml")
  contents <- function(part) unlist(lapply(index[[part]], `[[`, "contents"))
  lacks <- function(files, part, names_in) {
    Filter(function(file) {
      names <- names_in(file)
      length(names) > 0 && !is_listed(names, contents(part))
    }, files)
  }
  aliases_in <- function(file) {
    lines <- readLines(file)
    if (any(lines == "\\keyword{internal}")) return(NULL)
    sub("^\\\\alias[{](.*)[}]$", "\\1", grep("^\\\\alias[{]", lines, value = TRUE))
  }
  name_of <- function(file) sub("[.]Rmd$", "", basename(file))
  paste0(c(lacks(Sys.glob("man/*.Rd"), "reference", aliases_in),
           lacks(Sys.glob("vignettes/*.Rmd"), "articles", name_of)),
         ": missing from _pkgdown.yml", recycle0 = TRUE)
}

wrong <- if (requireNamespace("yaml", quietly = TRUE)) {
  c(find_broken_workflows(), find_unlisted())
}
writeLines(as.character(wrong))
quit(status = if (sum(lengths(found)) + length(wrong) > 0) 1 else 0)
