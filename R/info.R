#' Report what edist runs on
#'
#' Lists versions, system, processor, instruction set, threads and their limits,
#' and caches: good to know, and all that a bug report needs of the machine.
#'
#' @return A list of class `"edist_info"`, which prints in readable form:
#'   * `version` of edist, `r`, the version of R, and its `platform`;
#'   * `os` and `processor`, the names of system and processor;
#'   * `isa`, the instruction set in use, and `isa_available`, those that this
#'     CPU runs, best first;
#'   * `openmp`, whether this build has OpenMP; if not, threads of the system
#'     do the same work at the same speed;
#'   * `forked`, whether this process was forked from another R process;
#'   * `limits` on the number of threads, `NA` where there is no limit;
#'   * `caches`, the sizes of the data caches of level 1 to 3 in bytes, `NA`
#'     where unknown;
#'   * `tile`, the numbers of rows of `x` and of `y` whose distances the engine
#'     sums in registers at a time;
#'   * `block`, what a thread works on at a time in a call with many rows and
#'     columns: rows of `x`, rows of `y`, and columns, chosen to fit the caches;
#'   * `compiler` of edist;
#'   * `threads`, the number of threads that a call would use now.
#'
#' @section Instruction sets:
#' There are kernels for AVX-512 (`"avx512"`) and
#' AVX2 with FMA (`"avx2"`) on x86-64 processors, for NEON (`"neon"`) on 64-bit
#' ARM processors, and for all others (`"portable"`). The environment variable
#' `EDIST_ISA` selects one of `isa_available`. With another instruction set,
#' results may differ in their last digits, within the bound that [edist()]
#' states.
#' @seealso [edist_threads()]; [edist_bench_roofline()] for the limits of the
#'   machine
#' @export
#' @examples
#' edist_info()
edist_info <- function() {
  info <- .Call(C_edist_info)
  names(info$caches) <- c("L1", "L2", "L3")
  names(info$tile) <- c("x", "y")
  names(info$block) <- c("x", "y", "columns")
  info <- c(
    list(version = utils::packageVersion("edist"), r = R.version.string,
         platform = R.version$platform, os = os_name(),
         processor = processor_name()),
    info,
    list(threads = edist_threads())
  )
  structure(info, class = "edist_info")
}

#' @export
print.edist_info <- function(x, ...) {
  isa <- if (is.na(x$isa)) {
    paste0("none: EDIST_ISA is ", dQuote(Sys.getenv("EDIST_ISA"), FALSE))
  } else {
    x$isa
  }
  rows <- c(
    version = paste0(x$version, ", ", x$r, " on ", x$platform),
    system = x$os,
    processor = x$processor,
    "instruction set" = paste0(
      isa, " (available: ", paste(x$isa_available, collapse = ", "), ")"
    ),
    OpenMP = if (x$openmp) "yes" else "no, threads of the system instead",
    threads = paste0(x$threads, if (x$forked) " (forked process)"),
    limits = format_limits(x$limits),
    caches = format_caches(x$caches),
    "register tile" = paste(x$tile, collapse = " x "),
    "largest block" = paste(x$block, collapse = " x "),
    compiler = x$compiler
  )
  cat(paste0(cli::format_inline("{.strong edist}"), "\n"))
  cat(paste0(formatC(names(rows), width = -17), rows, "\n"), sep = "")
  invisible(x)
}

format_limits <- function(limits) {
  known <- limits[!is.na(limits)]
  paste(known, names(known), collapse = ", ")
}

format_caches <- function(caches) {
  sizes <- vapply(caches[!is.na(caches)], format_bytes_binary, "")
  if (length(sizes) == 0) return("unknown")
  paste(names(sizes), sizes, collapse = ", ")
}

format_bytes_binary <- function(bytes) {
  if (bytes >= 2^20) paste(bytes / 2^20, "MiB") else paste(bytes / 2^10, "KiB")
}
