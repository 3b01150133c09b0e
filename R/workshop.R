#' Published times of the workshop notebook
#'
#' The 188 times that the notebook "Array Operations with Python parallel packages
#' in a single node" of the University of Luxembourg's HPC school publishes: all
#' Euclidean distances between two matrices of `size` rows, in Python, by approach
#' and number of workers. The benchmark 'more cores, more speed?' of this package
#' asks the same question, see `vignette("benchmark")`.
#'
#' Read them with care:
#' * Each is a single run; nothing is known of their spread.
#' * Numba's 3.52 s at size 500 is its compilation, not the computation: 750 rows
#'   take 0.03 s.
#' * Numba's number of threads is not stated (`NA`).
#' * At size 10 000 there are no times for 100 and 128 workers.
#' * The machine is not stated. That it was one node of the cluster Aion, with two
#'   AMD EPYC 7H12 of 64 cores each, is inferred from the school's launch script,
#'   which asks for 128 cores there. That both matrices had as many columns as rows
#'   is inferred too, from the notebook's examples.
#' * PyMP forks processes; the notebook speaks of threads.
#'
#' @format A data frame of 188 rows: `size`, the number of rows; `approach`,
#'   `"NumPy"`, `"Numba"`, `"multiprocessing"` or `"PyMP"`; `workers`, the number of
#'   processes, `NA` for Numba; and `seconds`.
#' @source File `exp_mp_results_tmp.csv` of
#'   <https://github.com/ULHPC/python-school>, by O. J. Castro-Lopez, University of
#'   Luxembourg, committed on 2023-10-23.
#' @seealso [as_edist_bench()] to draw and table them
#' @examples
#' # The fastest number of workers at each size
#' pools <- subset(workshop_results, approach == "multiprocessing")
#' sapply(split(pools, pools$size), function(p) p$workers[which.min(p$seconds)])
"workshop_results"
