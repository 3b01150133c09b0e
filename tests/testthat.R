library(testthat)
library(edist)

test_check("edist")
