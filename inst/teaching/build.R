# Compiles a C file in a folder of its own, with OpenMP if R's compiler has it, loads
# what comes out, and returns the routines for .Call that it registers. Attributes: what
# R CMD SHLIB printed, and the path to unload.
build <- function(file) {
  if (!file.exists(file)) stop("There is no file ", file)
  folder <- tempfile("build")
  dir.create(folder)
  file.copy(file, folder)
  old <- setwd(folder)
  on.exit(setwd(old))
  writeLines(c("PKG_CFLAGS = $(SHLIB_OPENMP_CFLAGS)",
               "PKG_LIBS = $(SHLIB_OPENMP_CFLAGS)"), "Makevars")
  log <- suppressWarnings(system2(file.path(R.home("bin"), "R"),
                                  c("CMD", "SHLIB", basename(file)),
                                  stdout = TRUE, stderr = TRUE))
  library <- sub("[.]c$", .Platform$dynlib.ext, basename(file))
  if (!file.exists(library)) stop("R CMD SHLIB failed:\n", paste(log, collapse = "\n"))
  dll <- dyn.load(library)
  routines <- getDLLRegisteredRoutines(dll)$.Call
  if (length(routines) == 0) {
    stop(library, " registers nothing: is there a function R_init_", dll[["name"]], "()?")
  }
  structure(routines, log = log, path = dll[["path"]])
}
