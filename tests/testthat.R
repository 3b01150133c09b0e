# processx, which testthat loads, takes over the signal of children that end. It
# must pass it on, or R waits ten seconds at its end for forks long gone.
Sys.setenv(PROCESSX_NOTIFY_OLD_SIGCHLD = "true")

library(testthat)
library(edist)

test_check("edist")
