# Approaches of one's own: functions that are validated, timed and drawn beside
# those of edist.

# What `approaches` holds, as functions by name. It has names of edist's
# approaches, and functions with names of their own.
read_approaches <- function(approaches) {
  if (is.character(approaches)) approaches <- as.list(unname(approaches))
  if (!is.list(approaches) || is.data.frame(approaches)) {
    refuse_approaches(describe(approaches))
  }
  if (length(approaches) == 0) refuse_approaches("empty")
  given <- names(approaches)
  if (is.null(given)) given <- character(length(approaches))
  known <- edist_bench_approaches()
  name <- mapply(function(one, name, at) {
    if (is.function(one)) own_name(one, name, at, known) else
      known_name(one, name, known)
  }, approaches, given, seq_along(approaches), USE.NAMES = FALSE)
  own <- vapply(approaches, is.function, NA)
  again <- which(own & (duplicated(name) | duplicated(name, fromLast = TRUE)))
  if (length(again) > 0) refuse_own_name(name[again[1]], "is there twice")
  approaches[!own] <- known[name[!own]]
  names(approaches) <- name
  approaches[!duplicated(name)]
}

refuse_approaches <- function(was) {
  known <- names(edist_bench_approaches())
  abort("{.arg approaches} must be among {.or {.val {known}}}, or functions
    with names, as in {.code list(mine = f, \"engine\")}, not {was}.")
}

known_name <- function(one, name, known) {
  good <- is.character(one) && length(one) == 1 && one %in% names(known)
  if (!good) refuse_approaches(describe(one))
  if (name == "") return(one)
  abort("{.arg approaches} must give names to functions only, but names
    {.val {one}} {.val {name}}.")
}

# The name of a function of the user. Edist's own functions keep theirs.
own_name <- function(f, name, at, known) {
  if (inherits(f, "edist_approach") && name %in% names(known) &&
        identical(attr(f, "run"), attr(known[[name]], "run"))) {
    return(name)
  }
  if (name == "") {
    abort("{.arg approaches} must give a name to each function, as in
      {.code list(mine = f)}, but its element {at} has none.")
  }
  if (!grepl("^[[:alpha:]][[:alnum:]._]*$", name)) {
    refuse_own_name(name, "is no word of letters, digits, dots and underscores")
  }
  about <- attr(known, "about")
  if (name %in% c(about$name, about$notebook)) {
    refuse_own_name(name, "is the name of another approach")
  }
  arguments <- names(formals(args(f)))
  if (length(arguments) < 2 && !"..." %in% arguments) {
    abort("Each function in {.arg approaches} must take {.arg x} and {.arg y},
      but {.val {name}} takes {length(arguments)} argument{?s}.")
  }
  name
}

refuse_own_name <- function(name, why) {
  abort("The name of a function in {.arg approaches} must be a word that no
    other approach has, but {.val {name}} {why}.")
}

is_own <- function(approach) !approach %in% names(edist_bench_approaches())

# A function without an argument `threads` has none to be told.
takes_threads <- function(f) "threads" %in% names(formals(args(f)))

# Dark colours that no approach of edist has, for lines and their labels.
own_colours <- function(n) {
  rep_len(c("#7B3294", "#8C510A", "#3F6B12", "#A3195B"), n)
}

run_approach <- function(f, x, y, threads) {
  if (takes_threads(f)) f(x, y, threads = threads) else f(x, y)
}

# ---- Right or wrong -----------------------------------------------------

# Runs an approach and checks the shape of its result, which becomes a plain
# matrix of doubles.
shaped_result <- function(name, f, x, y, threads, rule) {
  got <- result_of(name, f, x, y, threads, rule)
  fault <- shape_fault(got, x, y)
  if (!is.null(fault)) disagree(rule, name, name, fault)
  matrix(as.double(got), nrow(x), nrow(y))
}

result_of <- function(name, f, x, y, threads, rule) {
  finalize_mirai() # approaches may fork
  if (!is_own(name)) return(run_approach(f, x, y, threads))
  tryCatch(
    run_approach(f, x, y, threads),
    error = function(e) disagree(rule, name, name, stopped_because(e))
  )
}

# Before a benchmark, functions of the user must be right for a few rows of its
# data, to the same millionth of the largest distance as later.
check_own <- function(own, data, threads) {
  if (length(own) == 0) return(invisible())
  x <- utils::head(data$x, 20)
  y <- utils::head(data$y, 13)
  rule <- "to a millionth of the largest"
  exact <- exact_distances(x, y)
  for (name in names(own)) {
    got <- result_of(name, own[[name]], x, y, threads, rule)
    fault <- result_fault(got, exact, 1e-6 * max(exact$high), x, y)
    if (!is.null(fault)) disagree(rule, name, name, fault)
  }
}

# `bad` are the names of all approaches that are wrong, `worst` that of one, and
# `fault` says what is wrong about it.
disagree <- function(rule, bad, worst, fault, validation = NULL) {
  message <- cli::format_inline(
    "All approaches must give the exact distances {rule}, but {.val {bad}}
    {?does/do} not: {.val {worst}} {fault}.", keep_whitespace = FALSE
  )
  message <- one_line(sub("[?][.]$", "?", message))
  stop(structure(list(message = message, call = NULL, validation = validation),
                 class = c("edist_disagreement", "edist_error", "error",
                           "condition")))
}
