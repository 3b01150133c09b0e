# Where a benchmark runs: machine, system and versions. Every cell carries them,
# so that one table can hold the cells of several machines and keep them apart.

bench_context <- function(data) {
  info <- edist_info()
  data.frame(
    data = data, date = "", load = NA_real_, processor = processor_name(),
    cores = info$limits[["CPUs online"]], caches = format_caches(info$caches),
    isa = info$isa, limits = format_limits(info$limits), r = R.version.string,
    blas = blas_name(), compiler = info$compiler, os = os_name(),
    edist = as.character(info$version), slurm = slurm_job()
  )
}

# How many CPUs this process may use at a time: of this machine, in its
# container, in its batch job.
usable_cpus <- function() {
  limits <- edist_info()$limits
  min(limits[grepl("CPU", names(limits))], na.rm = TRUE)
}

# A run can be resumed only if these are the same.
same_context <- c("data", "processor", "cores", "isa", "r", "blas", "compiler",
                  "edist")

# Linux, macOS and Windows know it, in this order; not on every processor.
processor_name <- function() {
  line <- grep("^model name", read_system("/proc/cpuinfo"), value = TRUE)
  names <- c(trimws(sub(".*:", "", line)), mac_processor(),
             Sys.getenv("PROCESSOR_IDENTIFIER"), R.version$platform)
  names[nzchar(names)][1]
}

mac_processor <- function() {
  if (Sys.info()[["sysname"]] != "Darwin") return("")
  system2("sysctl", c("-n", "machdep.cpu.brand_string"), stdout = TRUE)[1]
}

# The file of the library, with its directory, whose name tells variants apart.
blas_name <- function() {
  file <- extSoftVersion()[["BLAS"]]
  if (is.na(file) || file == "") return("R's own")
  file.path(basename(dirname(file)), basename(file))
}

os_name <- function() {
  name <- utils::osVersion
  if (is.null(name)) R.version$platform else name
}

slurm_job <- function() {
  job <- Sys.getenv("SLURM_JOB_ID")
  if (job == "") return("")
  paste0("job ", job, ", ", Sys.getenv("SLURM_CPUS_PER_TASK", "?"),
         " CPUs per task on ", Sys.getenv("SLURMD_NODENAME", "?"))
}

# How many processes ran or waited to run, on average over the last minute; NA
# if the system does not say.
load_average <- function() {
  as_number(sub(" .*", "", read_system("/proc/loadavg")))[1]
}
