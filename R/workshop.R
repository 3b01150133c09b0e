#' Published times of the workshop notebook
#'
#' The notebook "Array Operations with Python parallel packages in a single
#' node" of the University of Luxembourg's HPC school publishes these 188 times.
#' Each is the time for all Euclidean distances between two matrices of `size`
#' rows, in Python, by approach and number of workers. This package asks the
#' same question, 'more cores, more speed?', in `vignette("benchmark")`.
#'
#' Read the times with care:
#' * Each is a single run; their spread is unknown.
#' * Numba's 3.52 s at size 500 is mostly compilation: 750 rows take 0.03 s.
#' * Numba's number of threads is not stated (`NA`).
#' * At size 10 000 there are no times for 100 and 128 workers.
#' * The machine is not stated. It was probably one node of the cluster Aion,
#'   with two AMD EPYC 7H12 of 64 cores each: the school's launch script asks
#'   for 128 cores there. Both matrices probably had as many columns as rows, as
#'   in the notebook's examples.
#' * PyMP forks processes; the notebook calls them threads.
#'
#' @format A data frame of 188 rows: `size`, the number of rows; `approach`,
#'   `"NumPy"`, `"Numba"`, `"multiprocessing"` or `"PyMP"`; `workers`, the
#'   number of processes, `NA` for Numba; and `seconds`.
#' @source File `exp_mp_results_tmp.csv` of
#'   <https://github.com/ULHPC/python-school>, by O. J. Castro-Lopez, University
#'   of Luxembourg, committed on 2023-10-23.
#' @seealso [as_edist_bench()] to draw them and show them as a table
#' @examples
#' # The fastest number of workers at each size
#' pools <- subset(workshop_results, approach == "multiprocessing")
#' fastest <- function(times) times$workers[which.min(times$seconds)]
#' sapply(split(pools, pools$size), fastest)
"workshop_results"
