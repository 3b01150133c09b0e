# What is computed, and where it goes: this is the file to edit. It makes the store, or
# finds that it is there with the same data and goes on with it.
library(edist)
x <- readRDS(Sys.getenv("EDIST_DATA"))
plan <- edist_plan(x, method = "euclidean", path = Sys.getenv("EDIST_STORE"))
