#' edist: exact pairwise distances at the speed of the hardware
#'
#' [edist()] computes what [stats::dist()] computes, and [edist_matrix()] the
#' distances between the rows of two matrices. [edist_nearest()], [edist_within()],
#' [edist_reduce()] and [edist_apply()] answer what is mostly wanted of distances, without
#' a matrix: neighbours, pairs within a radius, a number for each row. All run on one
#' engine: it packs
#' panels of observations, sums squared differences in register tiles with the
#' CPU's widest vector instructions, and shares blocks of the result among
#' threads.
#'
#' @section Bits and threads:
#' The result does not depend on the number of threads, on the CPU's caches, or
#' on which function gives it: bit for bit, on one instruction set. See
#' [edist_info()] for the instruction set in use.
#'
#' @name edist-package
#' @docType package
#' @keywords internal
#' @useDynLib edist, .registration = TRUE, .fixes = "C_"
NULL
