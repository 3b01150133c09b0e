# Seconds of one evaluation, garbage collected before.
seconds <- function(code) {
  gc(FALSE)
  edist:::elapsed(code)
}

# All peers take turns, so that a busy moment of the machine hits all alike. A turn
# lasts a while, however many runs that takes: all get the same time to show their
# best. The slow ones drop out once they have used up theirs.
take_turns <- function(task, peers, ..., rounds = 9, turn = 0.4, patience = 25) {
  times <- rep(list(numeric()), length(peers))
  for (round in seq_len(rounds)) {
    for (i in seq_along(peers)) {
      if (sum(times[[i]]) > patience) next
      spent <- 0
      while (spent < turn) {
        time <- seconds(peers[[i]](...))
        times[[i]] <- c(times[[i]], time)
        spent <- spent + time
      }
    }
  }
  least <- vapply(times, min, 0)
  middle <- vapply(times, stats::median, 0)
  data.frame(task, peer = names(peers), runs = lengths(times), least, middle,
             ratio = least / least[1], ratio_middle = middle / middle[1])
}
