# A path for a store, which is deleted after the test.
local_path <- function(env = parent.frame()) {
  skip_if_not_installed("jsonlite")
  withr::local_tempfile(fileext = ".zarr", .local_envir = env)
}

# For tests that know the path of a store only.
status_at <- function(path) edist_status(edist_plan(path = path))
run_at <- function(path, ...) edist_run(edist_plan(path = path), ...)

# A plan of 55 tiles that take a while each: about 20 ms on one thread.
slow_plan <- function(path, n = 200, tile = 20) {
  x <- seeded(1, matrix(stats::rnorm(n * 1500), n))
  edist_plan(x, method = "minkowski", p = 2.3, strict = TRUE, path = path, tile = tile)
}
slow_matrix <- function(n = 200) {
  x <- seeded(1, matrix(stats::rnorm(n * 1500), n))
  edist_matrix(x, method = "minkowski", p = 2.3, strict = TRUE, threads = 2)
}

# Waits until `done` is TRUE. The limit only ends what would never end: on a busy
# machine everything takes many times as long.
wait_until <- function(done, minutes = 10) {
  end <- seconds_now() + 60 * minutes
  while (!done()) {
    if (seconds_now() > end) stop("waited in vain")
    Sys.sleep(0.01)
  }
}

# A store in a file system of its own with `size` bytes; needs the right to mount.
local_disk <- function(size, env = parent.frame()) {
  path <- withr::local_tempdir(.local_envir = env)
  mount <- function(...) {
    suppressWarnings(system2("mount", c(...), stdout = FALSE, stderr = FALSE)) == 0
  }
  if (.Platform$OS.type != "unix" ||
        !mount("-t", "tmpfs", "-o", paste0("size=", size), "none", path)) {
    skip("cannot mount a file system")
  }
  withr::defer(system2("umount", path), env)
  list(path = file.path(path, "d.zarr"),
       remount = function(option) mount("-o", paste0("remount,", option), path))
}
