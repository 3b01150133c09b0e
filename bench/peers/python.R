# Python's peers live in a process of their own, worker.py, that takes orders.

# Debian's Python, whose packages `tools/setup.sh peers` installs, not the first on the
# path. NULL if it does not start.
start_python <- function(threads) {
  program <- Sys.getenv("EDIST_PYTHON", "/usr/bin/python3")
  if (!nzchar(Sys.which(program))) return(NULL)
  limits <- c("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
              "NUMBA_NUM_THREADS")
  limits <- stats::setNames(rep(as.character(threads), length(limits)), limits)
  python <- processx::process$new(
    program, c("peers/worker.py", threads), stdin = "|", stdout = "|",
    stderr = tempfile("python", fileext = ".log"),
    env = c("current", limits, PYTHONDONTWRITEBYTECODE = "1")
  )
  tryCatch({
    started <- ask(python, "start")
    c(list(process = python), started)
  }, error = function(e) {
    message("Python's peers are missing: ", conditionMessage(e))
    NULL
  })
}

ask <- function(process, do, ...) {
  order <- jsonlite::toJSON(list(do = do, ...), auto_unbox = TRUE)
  process$write_input(paste0(order, "\n"))
  answer <- character()
  while (length(answer) == 0 && process$is_alive()) {
    process$poll_io(-1)
    answer <- process$read_output_lines(n = 1)
  }
  if (length(answer) == 0) {
    stop("Python has died: ", tail(readLines(process$get_error_file()), 1))
  }
  answer <- jsonlite::fromJSON(answer)
  if (!is.null(answer$error)) stop("Python, asked to ", do, ": ", answer$error)
  answer
}

# Hands matrices over, outside all times.
give <- function(python, ...) {
  if (is.null(python)) return(invisible())
  matrices <- list(...)
  files <- replicate(length(matrices), tempfile())
  on.exit(unlink(files))
  Map(function(matrix, file) writeBin(c(matrix), file), matrices, files)
  # I() keeps one file, and one shape, a list of one.
  ask(python$process, "take", files = I(files), shapes = I(lapply(matrices, dim)))
}

# A peer as take_turns() calls it, for the data that Python was given last; and its
# result, to be compared.
python_peer <- function(python, name) {
  force(name)
  run <- function(calls = 1) {
    ask(python$process, "time", peer = name, calls = calls)$seconds
  }
  value <- function() {
    file <- tempfile()
    on.exit(unlink(file))
    shape <- ask(python$process, "write", peer = name, file = file)$shape
    value <- readBin(file, "double", prod(shape))
    if (length(shape) == 2) matrix(value, shape[1]) else value
  }
  structure(run, class = "timed", value = value)
}

python_peers <- function(python) {
  sapply(python$found, python_peer, python = python, simplify = FALSE)
}
