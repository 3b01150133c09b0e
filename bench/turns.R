# Seconds per call, the mean of `calls` calls; garbage is collected before. A peer of
# class "timed" runs in another process and measures with its own clock, so that the
# communication does not count.
seconds <- function(peer, calls, ...) {
  if (inherits(peer, "timed")) return(peer(calls))
  gc(FALSE)
  spent <- edist:::elapsed(for (call in seq_len(calls)) peer(...),
                           edist:::bench_clock)
  spent[["wall"]] / calls
}

# All peers take turns, so that a busy moment of the machine affects all alike. A turn
# lasts at least `turn` seconds, with as many runs as fit: all peers get the same time
# to show their best. A peer that has used more than `patience` seconds drops out.
# Tasks that are too short for the clock are called `calls` times in each run.
#
# edist_bench() measures differently: it gives every cell the same number of
# repetitions, skips cells that would take too long, and can be resumed. Peers differ
# in speed a thousandfold, and here each gets the same time instead.
take_turns <- function(task, peers, ..., rounds = 9, turn = 0.4, patience = 25,
                       calls = 1) {
  times <- rep(list(numeric()), length(peers))
  for (round in seq_len(rounds)) {
    for (i in seq_along(peers)) {
      if (sum(times[[i]]) * calls > patience) next
      spent <- 0
      while (spent < turn) {
        time <- seconds(peers[[i]], calls, ...)
        times[[i]] <- c(times[[i]], time)
        spent <- spent + time * calls
      }
    }
  }
  minimum <- vapply(times, min, 0)
  median <- vapply(times, stats::median, 0)
  data.frame(task, peer = names(peers), runs = lengths(times), min = minimum,
             median, ratio = minimum / minimum[1],
             ratio_median = median / median[1])
}
