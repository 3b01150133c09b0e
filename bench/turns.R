# Seconds of one call, the mean of so many, garbage collected before. What runs in
# another process, of class "timed", holds its own clock: the way there does not count.
seconds <- function(peer, calls, ...) {
  if (inherits(peer, "timed")) return(peer(calls))
  gc(FALSE)
  edist:::elapsed(for (call in seq_len(calls)) peer(...), edist:::bench_clock)[["wall"]] /
    calls
}

# All peers take turns, so that a busy moment of the machine hits all alike. A turn
# lasts a while, however many runs that takes: all get the same time to show their
# best. The slow ones drop out once they have used up theirs. What is too short for the
# clock is called several times a run.
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
  least <- vapply(times, min, 0)
  middle <- vapply(times, stats::median, 0)
  data.frame(task, peer = names(peers), runs = lengths(times), least, middle,
             ratio = least / least[1], ratio_middle = middle / middle[1])
}
