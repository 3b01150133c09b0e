# Prints the first library that is writable; creates the user's if none is.
libraries <- .libPaths()[file.access(.libPaths(), 2) == 0]
if (length(libraries) == 0) {
  libraries <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][1]
  dir.create(libraries, recursive = TRUE, showWarnings = FALSE)
}
cat(libraries[1])
