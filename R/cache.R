# The data that one task of a run has read are kept for the next, which mostly
# needs the same. The supervisor of a run owns the caches: a run in this process
# makes one that ends with it, and run_on_daemons() clears those of the workers.

# `get` returns the value of a key, made by `make` unless it is kept already,
# and keeps the `max` values that were used last.
new_cache <- function() {
  kept <- list()
  list(
    get = function(key, make, max) {
      value <- kept[[key]]
      kept <<- utils::tail(kept[names(kept) != key], max - 1)
      if (is.null(value)) value <- make
      kept[[key]] <<- value
      value
    },
    clear = function() kept <<- list(),
    size = function() length(kept)
  )
}

# What a worker keeps from task to task.
worker_cache <- new_cache()

clear_workers <- function() {
  mirai::everywhere(if (isNamespaceLoaded("edist")) {
    utils::getFromNamespace("worker_cache", "edist")$clear()
  })
}
