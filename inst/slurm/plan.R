# Edit this file: it says what is computed, and where the result goes. It creates the
# store, or opens it if it is there already with the same data.
library(edist)
stopifnot("export EDIST_DATA and EDIST_STORE first" =
            all(nzchar(Sys.getenv(c("EDIST_DATA", "EDIST_STORE")))))
x <- readRDS(Sys.getenv("EDIST_DATA"))
plan <- edist_plan(x, Sys.getenv("EDIST_STORE"), method = "euclidean")
