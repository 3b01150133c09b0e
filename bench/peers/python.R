# The peers in Python run in their own process, worker.py, which takes orders.

# Starts Debian's Python, for which `tools/setup.sh peers` installs packages, even if
# another Python comes first on the path. NULL if it does not start.
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
    stop("Python ended: ", tail(readLines(process$get_error_file()), 1))
  }
  answer <- jsonlite::fromJSON(answer)
  if (!is.null(answer$error)) stop("Python, asked to ", do, ": ", answer$error)
  answer
}

# Sends matrices to Python, outside all measured times.
give <- function(python, ...) {
  if (is.null(python)) return(invisible())
  matrices <- list(...)
  files <- replicate(length(matrices), tempfile())
  on.exit(unlink(files))
  Map(function(matrix, file) writeBin(c(matrix), file), matrices, files)
  # With I(), a single file, or a single shape, stays a list.
  ask(python$process, "take", files = I(files), shapes = I(lapply(matrices, dim)))
}

# A peer for take_turns(), which uses the data that Python was given last. Its
# attribute `value` is a function that returns its result.
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
