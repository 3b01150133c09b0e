# Prints the first library that can be written to; makes the user's if none can.
libraries <- .libPaths()[file.access(.libPaths(), 2) == 0]
if (length(libraries) == 0) {
  libraries <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][1]
  dir.create(libraries, recursive = TRUE, showWarnings = FALSE)
}
cat(libraries[1])
