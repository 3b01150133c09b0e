# Compiles a C file in a folder of its own, with OpenMP if R's compiler has it, loads
# what comes out, and returns the routines for .Call that it registers. Attributes: what
# R CMD SHLIB printed, and the path to unload.
build <- function(file) {
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
  structure(getDLLRegisteredRoutines(dll)$.Call, log = log, path = dll[["path"]])
}
