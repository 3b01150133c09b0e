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
#' @section Errors:
#' An error has one sentence that names the argument, what it must be and what it was; and
#' the classes `"edist_error"` and one for its kind, for [tryCatch()]:
#' * `"edist_error_argument"`: an argument is not what it must be, by far the most;
#' * `"edist_error_memory"`: there is not enough memory for the result or the work;
#' * `"edist_error_store"`: the store of a plan is not there, is another one, is not
#'   complete, or cannot be read or written;
#' * `"edist_error_worker"`: a worker failed or was lost;
#' * `"edist_error_system"`: the machine, the environment or the installation of R lacks
#'   what is needed, a package for example.
#'
#' [edist_bench_validate()] has one more, `"edist_disagreement"`, an `"edist_error"` too.
#'
#' @name edist-package
#' @docType package
#' @keywords internal
#' @useDynLib edist, .registration = TRUE, .fixes = "C_"
NULL
