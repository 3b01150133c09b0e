# Whether a result fits in memory, by all limits on it.

# A result that does not fit would kill the session, or make the machine swap.
# Results below 1 GiB are not checked. `instead` holds alternatives, best first:
# its names are code, its values the number of doubles that each needs. The
# message recommends the first that fits.
check_fits <- function(length, what, instead) {
  bytes <- 8 * length
  if (bytes < 2^30) return(invisible())
  free <- memory_usable()
  if (bytes <= free) return(invisible())
  size <- format_bytes(bytes)
  room <- format_bytes(free)
  fitting <- names(instead)[8 * instead <= free]
  advice <- if (length(fitting) > 0) ": call {.code {fitting[1]}} instead"
  abort(paste0("The result must fit in memory, but {what} would take {size} and
    {room} {?is/are} free", advice, "."), class = "memory")
}

# Leaves a tenth of the free memory, at least 256 MB, to everything else.
memory_usable <- function(free = memory_available()) {
  if (free == Inf) return(Inf)
  max(0, free - max(free / 10, 256e6))
}

# The free memory in bytes: the minimum of what the machine has left and of what
# this process may still use under ulimit and the limits of its cgroup and of
# all cgroups above. Inf if the system does not say; Linux only. `root` is for
# tests.
memory_available <- function(root = "") {
  meminfo <- read_system(file.path(root, "proc/meminfo"))
  min(1024 * value_of(meminfo, "MemAvailable:"), memory_cgroups(root),
      memory_ulimits(root), Inf, na.rm = TRUE)
}

# The first number on the line that begins with `name`; NA if there is none.
value_of <- function(lines, name) {
  rest <- substring(lines[startsWith(lines, name)][1], nchar(name) + 1)
  as_number(sub("^[[:space:]]*([^[:space:]]*).*", "\\1", rest))
}

as_number <- function(text) suppressWarnings(as.numeric(text))

# A line is hierarchy:controllers:path; version 2 of cgroups has no controllers.
memory_cgroups <- function(root) {
  lines <- strsplit(read_system(file.path(root, "proc/self/cgroup")), ":",
                    fixed = TRUE)
  free <- vapply(lines, function(line) {
    if (length(line) < 3) return(Inf)
    path <- paste(line[-(1:2)], collapse = ":")
    if (line[2] == "") {
      return(memory_groups(file.path(root, "sys/fs/cgroup"), path, "memory.max",
                           "memory.current", "inactive_file "))
    }
    if (!"memory" %in% strsplit(line[2], ",", fixed = TRUE)[[1]]) return(Inf)
    memory_groups(file.path(root, "sys/fs/cgroup/memory"), path,
                  "memory.limit_in_bytes", "memory.usage_in_bytes",
                  "total_inactive_file ")
  }, 0)
  min(free, Inf)
}

# The minimum free memory of a cgroup and all above, up to the mount point.
# Memory used for cached files counts as free. In a container, `path` may be
# that of the host; then only the mount point exists.
memory_groups <- function(mount, path, limit, used, cached) {
  names <- strsplit(path, "/", fixed = TRUE)[[1]]
  names <- names[names != ""]
  folders <- vapply(0:length(names), function(depth) {
    paste(c(mount, names[seq_len(depth)]), collapse = "/")
  }, "")
  free <- vapply(folders, function(folder) {
    maximum <- as_number(read_system(file.path(folder, limit))[1])
    if (is.na(maximum)) return(Inf) # "max", or no such file
    files <- value_of(read_system(file.path(folder, "memory.stat")), cached)
    taken <- as_number(read_system(file.path(folder, used))[1])
    maximum - max(0, sum(taken, -files, na.rm = TRUE))
  }, 0)
  max(0, min(free))
}

# The memory that `ulimit -v` and `ulimit -d` leave.
memory_ulimits <- function(root) {
  limits <- read_system(file.path(root, "proc/self/limits"))
  status <- read_system(file.path(root, "proc/self/status"))
  room <- c(
    value_of(limits, "Max address space") - 1024 * value_of(status, "VmSize:"),
    value_of(limits, "Max data size") - 1024 * value_of(status, "VmData:")
  )
  max(0, min(room, Inf, na.rm = TRUE))
}

# The lines of a file of the system; "" if it cannot be read.
read_system <- function(file) {
  # readLines() would leave a connection open.
  if (!file.exists(file)) return("")
  tryCatch(readLines(file), error = function(e) "", warning = function(w) "")
}

format_bytes <- function(bytes) {
  power <- min(max(floor(log(bytes, 1000)), 0), 5)
  unit <- c("bytes", "kB", "MB", "GB", "TB", "PB")[power + 1]
  paste(format(round(bytes / 1000^power, 1)), unit)
}
