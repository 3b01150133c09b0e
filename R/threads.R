#' The number of threads that a call would use now
#'
#' No function sets this number for later calls. Each call determines it anew,
#' from the first of these that is given:
#'
#' 1. the argument `threads` of the function,
#' 2. `options(edist.threads = )`,
#' 3. the environment variable `EDIST_NUM_THREADS`,
#' 4. the minimum of all limits that [edist_info()] lists: the CPUs of the
#'    machine, the CPUs that this process may run on, the performance cores of
#'    Apple silicon, the CPU quota of its cgroup (containers), what a batch
#'    system grants (`SLURM_CPUS_PER_TASK` and
#'    `SLURM_CPUS_ON_NODE` of Slurm, `NSLOTS` of Grid Engine, `PBS_NUM_PPN` of
#'    PBS, `LSB_DJOB_NUMPROC` of LSF), `OMP_NUM_THREADS` and `OMP_THREAD_LIMIT`;
#'    and 2 under `R CMD check`.
#'
#' You may ask for more threads than there are CPUs; only `OMP_THREAD_LIMIT`
#' limits such a request. A task so small that starting threads would take
#' longer than the task runs on one thread. If the system cannot start all
#' threads, a call uses those it gets, and warns once (class
#' `"edist_warning_threads"`).
#'
#' @section Platforms:
#' What each gets: who runs the threads, which instruction sets there are, and
#' which limits count.
#'
#' * Linux on x86-64: OpenMP; AVX-512 and AVX2; all limits above.
#' * Linux on 64-bit ARM: OpenMP; NEON; all limits above.
#' * Windows on x86-64: OpenMP; AVX-512 and AVX2, from Rtools 43 on; the CPUs
#'   that the process may run on.
#' * macOS on Apple silicon: the system; NEON; the performance cores.
#' * macOS on Intel: the system; AVX-512 and AVX2; the CPUs of the machine.
#' * Others: OpenMP if the compiler has it; portable C; what the system tells.
#'
#' Where there is no OpenMP, edist starts threads of the system for each call.
#' Limits, results and interrupts are the same, and so is the speed, but for
#' some ten microseconds per thread and call. On Apple silicon you may ask for
#' the efficiency cores, too; they take several times as long for their share.
#' Windows has no forked processes: there, the benchmark starts the processes of
#' its approach `"pool"` anew, and does not run `"shared"`.
#'
#' @section Forked processes:
#' In a forked process, such as a worker of `parallel::mclapply()`, the number
#' is always 1. The threads that OpenMP has started in the parent, for any
#' package, do not survive a fork, and OpenMP would wait for them forever. On
#' Linux, this also holds if edist is loaded after the fork; on other systems,
#' load edist before you fork. Results are the same.
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

# Called when a result is complete, since some of the threads may not have
# started.
warn_threads <- function() {
  short <- .Call(C_edist_threads_short)
  if (is.null(short)) return(invisible())
  message <- cli::format_inline("Only {short[1]} of {short[2]} threads could be
    started, because memory or the number of processes is limited: the result is
    the same, but took longer.")
  warning(structure(
    list(message = gsub("\\s+", " ", message), call = NULL),
    class = c("edist_warning_threads", "edist_warning", "warning", "condition")
  ))
}
