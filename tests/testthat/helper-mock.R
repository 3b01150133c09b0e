# `f`, which sees these functions instead of those of its package.
with_mock <- function(f, ...) {
  environment(f) <- list2env(list(...), parent = environment(f))
  f
}
