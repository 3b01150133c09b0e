# Sentences about what a benchmark measured, for pages and reports. They are
# true whatever the result: of two times, the shorter comes first and the longer
# is compared with it; where there is no time, the sentence says so, and why.

# Compares two cells that bench_cell() found: "The engine with two threads took
# 3.1 ms, and R vectors took 880 ms, 280 times as long."
say_compared <- function(one, other) {
  cells <- rbind(one, other)
  if (all(is_run(cells))) {
    return(say_longer(stats::setNames(cells$min, cell_name(cells))))
  }
  join_sentences(say_time(run_rows(cells)), say_no_time(missed_rows(cells)))
}

# Compares two approaches at the largest size that both ran, which it names.
say_compared_at_largest <- function(bench, one, other) {
  sizes <- lapply(c(one, other), function(name) {
    bench$size[bench$approach == name & is_run(bench)]
  })
  both <- intersect(sizes[[1]], sizes[[2]])
  size <- if (length(both) > 0) max(both) else max(bench$size)
  said <- say_compared(bench_cell(bench, one, size = size),
                       bench_cell(bench, other, size = size))
  if (length(both) == 0) return(said)
  join_sentences(said, paste0("That is at ", format_size(size),
                              " rows, the largest size that both ran."))
}

# Compares two seconds, which have names.
say_longer <- function(seconds) {
  seconds <- sort(seconds)
  timed <- seconds > 0
  took <- ifelse(timed, format_seconds(seconds, 2),
                 "less than the clock can tell")
  parts <- paste(names(seconds), "took", took)
  ratio <- if (all(timed)) times_as(seconds[[2]] / seconds[[1]], "long")
  as_sentence(paste(c(paste(parts, collapse = ", and "), ratio),
                    collapse = ", "))
}

# What more threads, or processes, gained at one size: how fast the best number
# of them was, compared with the fewest, and whether still more were of use.
# "With eight threads, the engine was 5.9 times as fast as with one: 1.2 s
# instead of 7.1 s. More did not help: with 16 threads, it took 1.3 s."
say_threads <- function(bench, approach, size = max(bench$size)) {
  cells <- cells_at(bench, approach, size)
  cells <- cells[order(cells$threads), ]
  run <- run_rows(cells)
  if (nrow(run) == 0) {
    return(say_no_time(bench_cell(bench, approach, size = size)))
  }
  join_sentences(
    if (nrow(run) == 1) say_one_count(run) else say_gain(run),
    say_no_time(missed_rows(cells))
  )
}

say_one_count <- function(run) {
  as_sentence(paste0(approach_phrase(run$approach), " ran with ",
                     count_of(run), " only: ", format_seconds(run$min, 2)))
}

# `run` has several numbers of threads, in order. If the fewest are the fastest,
# the most are compared with them.
say_gain <- function(run) {
  fewest <- run[1, ]
  most <- run[nrow(run), ]
  best <- run[which.min(run$min), ]
  if (best$threads == fewest$threads) best <- most
  gain <- fewest$min / best$min
  how <- if (gain >= 1) paste("was", times_as(gain, "fast")) else
    paste("took", times_as(1 / gain, "long"))
  over <- run[run$oversubscribed %in% TRUE, ]
  join_sentences(
    sprintf("With %s, %s %s as with %s: %s instead of %s.", count_of(best),
            approach_phrase(best$approach), how, count_word(fewest$threads),
            format_seconds(best$min, 2), format_seconds(fewest$min, 2)),
    if (best$threads < most$threads) {
      sprintf("More did not help: with %s, it took %s.", count_of(most),
              format_seconds(most$min, 2))
    },
    if (nrow(over) > 0) {
      as_sentence(paste(count_of(over[1, ]), "are more than there were CPUs"))
    }
  )
}

# "R loops took 14 s." Nothing without a cell.
say_time <- function(cell) {
  as_sentence(paste(cell_name(cell), "took", format_seconds(cell$min, 2),
                    recycle0 = TRUE))
}

# "There is no time for R loops, which would take longer than `max_seconds`."
say_no_time <- function(cells) {
  why <- why_no_time(cells$status)
  of_reason <- split(cells, factor(why, unique(why)))
  names <- vapply(of_reason, function(cells) {
    paste(cell_name(cells), collapse = " or ")
  }, "")
  as_sentence(sprintf("there is no time for %s%s", names, names(of_reason)))
}

why_no_time <- function(status) {
  known <- c(
    "not run: over max_seconds" = ", which would take longer than
      `max_seconds`",
    "not run: needs RhpcBLASctl" = ", because package RhpcBLASctl, which sets
      the number of its threads, is not installed",
    "not run: no fork here" = ", because this system cannot fork processes",
    "not run: no such cell" = " in this benchmark"
  )
  why <- unname(known[status])
  why <- ifelse(is.na(why), sub("^not run", "", status), why)
  gsub("\\s+", " ", why)
}

# A machine that did other work as well.
say_load <- function(bench) {
  busy <- bench$load > 1.5 * pmax(1, bench$threads)
  share <- mean(busy[is_run(bench)], na.rm = TRUE)
  if (!is.finite(share) || share < 0.1) return(NULL)
  sprintf("The machine was busy with other work while %.0f %% of the cells were
    measured, so these times may be too long.", 100 * share)
}

# The operations of a cell: "130 billion operations per second".
say_rate <- function(cell) {
  if (!is_run(cell)) return("an unknown number of operations per second")
  paste(format_factor(cell$gflops), "billion operations per second")
}

# The cell of an approach at one size with this number of threads, or with the
# fastest. If none was run, the row says why.
bench_cell <- function(bench, approach, threads = NULL,
                       size = max(bench$size)) {
  cells <- cells_at(bench, approach, size)
  if (!is.null(threads)) cells <- cells[cells$threads %in% threads, ]
  run <- run_rows(cells)
  if (nrow(run) > 0) return(run[which.min(run$min), ])
  asked <- if (is.null(threads)) NA_integer_ else as.integer(threads)
  status <- c(cells$status, "not run: no such cell")[1]
  data.frame(approach, size, threads = asked, min = NA_real_,
             gflops = NA_real_, oversubscribed = NA, status)
}

cells_at <- function(bench, approach, size) {
  columns <- c("approach", "size", "threads", "min", "gflops", "oversubscribed",
               "status")
  unclass_bench(bench)[bench$approach == approach & bench$size == size, columns]
}

missed_rows <- function(rows) rows[!is_run(rows), ]

# "the engine with two threads"
cell_name <- function(cells) {
  plain <- is_single(cells) | is.na(cells$threads)
  paste0(approach_phrase(cells$approach),
         ifelse(plain, "", paste(" with", count_of(cells))))
}

# How a sentence calls an approach. Names of functions do not begin with a
# capital letter at the beginning of a sentence.
approach_phrase <- function(name) {
  phrase <- c(loop = "R loops", vectorised = "R vectors",
              blas = "the BLAS product", pool = "the process pool",
              shared = "shared memory", openmp_inner = "the inner C loop",
              openmp_outer = "the outer C loop", engine = "the engine")
  published <- name %in% edist::workshop_results$approach
  ifelse(name %in% names(phrase), phrase[name],
         ifelse(published, name, paste0("`", name, "`")))
}

# "one thread", "two processes"
count_of <- function(cells) {
  of_processes <- c("pool", "shared", "multiprocessing", "PyMP")
  noun <- ifelse(cells$approach %in% of_processes, "process", "thread")
  plural <- ifelse(cells$threads %in% 1, "",
                   ifelse(noun == "process", "es", "s"))
  paste0(count_word(cells$threads), " ", noun, plural)
}

count_word <- function(n) {
  words <- c("one", "two", "three", "four", "five", "six", "seven", "eight",
             "nine", "ten")
  ifelse(is.na(n), "an unknown number of",
         ifelse(n %in% seq_along(words), words[n], format_size(n)))
}

# "16 times as long"; less than a tenth more is within the noise.
times_as <- function(ratio, adverb) {
  if (ratio < 1.1) return(paste("about as", adverb))
  paste(format_factor(ratio), "times as", adverb)
}

format_factor <- function(x) {
  format(signif(x, 2), big.mark = " ", scientific = FALSE)
}

as_sentence <- function(text) {
  paste0(toupper(substr(text, 1, 1)),
         sub("([^.?!])$", "\\1.", substring(text, 2)), recycle0 = TRUE)
}

join_sentences <- function(...) paste(c(...), collapse = " ")
