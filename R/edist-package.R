#' edist: exact pairwise distances at the speed of the hardware
#'
#' [edist()] computes what [stats::dist()] computes, and [edist_matrix()] the
#' distances between the rows of two matrices. Without a matrix,
#' [edist_nearest()], [edist_within()], [edist_reduce()] and [edist_apply()]
#' answer what distances are mostly needed for: neighbours, pairs within a
#' radius, a number for each row. All of them run on one engine: it packs panels
#' of rows, sums squared differences in register tiles with the widest vector
#' instructions of the CPU, and distributes blocks of the result over threads.
#' [edist_graph()] and [as_neighbours()] pass neighbours on: as graphs, and in
#' the form of other packages.
#'
#' @section Bits and threads:
#' The result does not depend on the number of
#' threads, on the caches of the CPU, or on the function that returns it: with
#' one instruction set, all bits are the same. [edist_info()] tells the
#' instruction set in use.
#'
#' @section Errors:
#' An error is one sentence that names the argument, what it
#' must be and what it was. Its class is `"edist_error"` and one of these, for
#' [tryCatch()]:
#' * `"edist_error_argument"`: an argument is not what it must be (most errors);
#' * `"edist_error_memory"`: there is not enough memory for the result or the
#'   work;
#' * `"edist_error_store"`: the store of a plan does not exist, belongs to
#'   another plan, is not complete, or cannot be read or written;
#' * `"edist_error_worker"`: a worker failed or was lost;
#' * `"edist_error_system"`: the machine, the environment or the installation of
#'   R lacks something that is needed, a package for example.
#'
#' [edist_bench_validate()] and [edist_bench()] have one more,
#' `"edist_disagreement"`, which is also an `"edist_error"`.
#'
#' @seealso `vignette("edist")` to get started; [edist()], [edist_nearest()],
#'   [edist_plan()], [edist_bench()]
#' @name edist-package
#' @docType package
#' @keywords internal
#' @useDynLib edist, .registration = TRUE, .fixes = "C_"
NULL
