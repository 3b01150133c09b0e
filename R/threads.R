#' The number of threads that a call would use now
#'
#' Nothing is set and nothing sticks: the number is worked out anew at each call,
#' from the first of these that is given:
#'
#' 1. the argument `threads` of the function called,
#' 2. `options(edist.threads = )`,
#' 3. the environment variable `EDIST_NUM_THREADS`,
#' 4. the least of all limits that [edist_info()] lists: the CPUs of the machine,
#'    those this process may run on, the CPU quota of its cgroup (containers),
#'    what a batch system grants (`SLURM_CPUS_PER_TASK` and `SLURM_CPUS_ON_NODE` of
#'    Slurm, `NSLOTS` of Grid Engine, `PBS_NUM_PPN` of PBS, `LSB_DJOB_NUMPROC` of
#'    LSF), `OMP_NUM_THREADS` and `OMP_THREAD_LIMIT`; and 2 under `R CMD check`.
#'
#' A number that you ask for may exceed the CPUs; only `OMP_THREAD_LIMIT` caps
#' it. Work so small that waking threads would take longer runs on one thread.
#' Where the system refuses to start so many threads, a call makes do with fewer,
#' and warns once (class `"edist_warning_threads"`).
#'
#' @section Forked processes:
#' In a forked process, such as a worker of `parallel::mclapply()`, the number is
#' always 1: the threads that OpenMP has started in the parent, for whatever package,
#' do not survive a fork, and OpenMP would wait for them for ever. On Linux that
#' holds also for an edist that is loaded after the fork only; elsewhere, load edist
#' before you fork. Results are the same.
#'
#' @return A whole number, at least 1.
#' @seealso [edist_info()]
#' @export
#' @examples
#' edist_threads()
edist_threads <- function() {
  read_threads(NULL)
}

read_threads <- function(threads) {
  name <- "{.arg threads}"
  if (is.null(threads)) {
    name <- "The option {.code edist.threads}"
    threads <- getOption("edist.threads")
  }
  if (is.null(threads)) {
    default <- .Call(C_edist_threads, NULL)
    if (!is.na(default)) return(default)
    name <- "The environment variable {.envvar EDIST_NUM_THREADS}"
    set <- Sys.getenv("EDIST_NUM_THREADS")
    number <- suppressWarnings(as.numeric(set))
    threads <- if (is.na(number)) set else number
  }
  if (!is_count(threads)) {
    was <- describe_count(threads)
    abort(paste(name, "must be a positive whole number, not {was}."))
  }
  .Call(C_edist_threads, as.integer(threads))
}

is_count <- function(x) {
  is.numeric(x) && length(x) == 1 && is.finite(x) && x >= 1 && x == trunc(x) &&
    x <= .Machine$integer.max
}

# Once a result is complete: not all threads may have been there to make it.
warn_threads <- function() {
  short <- .Call(C_edist_threads_short)
  if (is.null(short)) return(invisible())
  message <- cli::format_inline("Only {short[1]} of {short[2]} threads could be started,
    for want of memory or by a limit on processes: the result is the same, but took
    longer.")
  warning(structure(
    list(message = gsub("\\s+", " ", message), call = NULL),
    class = c("edist_warning_threads", "edist_warning", "warning", "condition")
  ))
}
