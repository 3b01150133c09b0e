# What is computed, and where it goes: this is the file to edit. It makes the store, or
# finds that it is there with the same data and goes on with it.
library(edist)
stopifnot("export EDIST_DATA and EDIST_STORE first" =
            all(nzchar(Sys.getenv(c("EDIST_DATA", "EDIST_STORE")))))
x <- readRDS(Sys.getenv("EDIST_DATA"))
plan <- edist_plan(x, method = "euclidean", path = Sys.getenv("EDIST_STORE"))
