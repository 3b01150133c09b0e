#' Exercises of the workshop, with hints and a check
#'
#' Three functions with a gap, as in `vignette("workshop")`: print one, complete
#' it in your editor, and let `edist_check()` say whether it is right, and if
#' not, why.
#'
#' @details `edist_check()` calls your function with small matrices of several
#' shapes, and once with rows far from zero, and compares the results with the
#' exact distances, as [edist_bench_validate()] does. `pool` and `shared` must
#' also do their arithmetic in other processes than this one (arithmetic in
#' compiled functions is not noticed); `pool` must stop them in the end, and
#' `shared` must make a shared matrix. How this is done is up to you: any
#' package will do. What R warned of is passed on: workers that fail may only
#' warn.
#'
#' With package learnr, `learnr::run_tutorial("workshop", "edist")` has the same
#' exercises in a browser.
#'
#' @param exercise The name of an exercise: `"vectorised"`, `"pool"` or
#'   `"shared"`.
#' @param f Your function: of `x` and `y`, two numeric matrices with the same
#'   number of columns, and of `threads`, the number of processes, if the
#'   exercise has it. It returns a matrix of the Euclidean distances, with
#'   `nrow(x)` rows and `nrow(y)` columns.
#' @return `edist_exercises()` returns a list of class `"edist_exercises"`,
#'   which prints as a table. Its elements are the exercises by name, each a
#'   list that prints as its task: `name`, `title`, `section` (of the vignette),
#'   `task`, `code` (lines with gaps, which are written `...`), `hint`, and
#'   `solution`, a function.
#'
#'   `edist_check()` returns a list of class `"edist_check"`, which prints as a
#'   sentence: `exercise`, `right` (`TRUE` or `FALSE`) and `message`.
#' @seealso [edist_bench_approaches()] for the solutions; [edist_bench()] to
#'   time your function beside them
#' @export
#' @examples
#' edist_exercises()
#' edist_exercises()$vectorised
#'
#' # An answer that is wrong
#' vectorised <- function(x, y) {
#'   out <- matrix(0, nrow(x), nrow(y))
#'   columns <- t(y)
#'   for (i in seq_len(nrow(x))) {
#'     out[i, ] <- colSums((columns - x[i, ])^2)
#'   }
#'   out
#' }
#' edist_check("vectorised", vectorised)
edist_exercises <- function() {
  exercises <- list(
    new_exercise(
      "vectorised", "Two loops fewer", "vectors",
      "Complete the function. `columns` is `t(y)`, so each of its columns is a
      row of `y`. What goes in place of `...`?",
      c("vectorised <- function(x, y) {",
        "  out <- matrix(0, nrow(x), nrow(y))",
        "  columns <- t(y)",
        "  for (i in seq_len(nrow(x))) {",
        "    out[i, ] <- ...",
        "  }",
        "  out",
        "}"),
      "`columns - x[i, ]` subtracts row `i` of `x` from each row of `y`. What
      does the formula do with the differences, and which function adds up each
      column of a matrix?"
    ),
    new_exercise(
      "pool", "A pool of processes", "processes",
      "Complete the function. Each task is a row of `x`, and a worker compares
      it with all of `y`.",
      c("pool <- function(x, y, threads) {",
        "  pool <- parallel::makeCluster(threads)",
        "  on.exit(parallel::stopCluster(pool))",
        "  columns <- t(y)",
        "  rows <- parallel::parLapply(pool, ..., function(i) ...)",
        "  matrix(unlist(rows), nrow(x), nrow(y), byrow = TRUE)",
        "}"),
      "The first gap holds the numbers of all rows of `x`, the elements of the
      map. The second one computes what the body of the loop computed in
      `vectorised`; its value is sent back, so it is assigned to nothing."
    ),
    new_exercise(
      "shared", "Processes that share a matrix", "shared",
      "Complete the function. `mclapply()` forks `mc.cores` workers and
      distributes the columns among them. Why columns, not rows?",
      c("shared <- function(x, y, threads) {",
        "  out <- edist_shared(nrow(x), nrow(y))",
        "  columns <- t(x)",
        "  parallel::mclapply(seq_len(nrow(y)), function(j) {",
        "    ...",
        "  }, mc.cores = threads)",
        "  as.matrix(out)",
        "}"),
      "Write into column `j` of `out`: it holds the distances of row `j` of `y`
      from all rows of `x`. What `out` holds is shared, so no result need be
      returned. R stores a matrix column by column."
    )
  )
  names(exercises) <- vapply(exercises, `[[`, "", "name")
  structure(exercises, class = "edist_exercises")
}

# `task` and `hint` are Markdown. The solution is the approach of that name.
new_exercise <- function(name, title, section, task, code, hint) {
  structure(list(name = name, title = title, section = section,
                 task = one_line(task), code = code, hint = one_line(hint),
                 solution = edist_bench_approaches()[[name]]),
            class = "edist_exercise")
}

#' @export
print.edist_exercises <- function(x, ...) {
  text <- function(what) vapply(x, `[[`, "", what)
  print(data.frame(name = text("name"), title = text("title"),
                   section = paste0("vignette(\"workshop\"), ",
                                    text("section"))),
        row.names = FALSE, right = FALSE)
  first <- names(x)[1]
  cat("A task:    edist_exercises()$", first, "\n", sep = "")
  cat("Its check: edist_check(\"", first, "\", ", first, ")\n", sep = "")
  if (!has_pages()) {
    cat("This edist was installed without vignettes: its README says how to",
        "get them.", sep = "\n")
  }
  invisible(x)
}

has_pages <- function() {
  nzchar(system.file("doc", "workshop.html", package = "edist"))
}

#' @export
print.edist_exercise <- function(x, ...) {
  cat(cli::style_bold(x$title), "\n", sep = "")
  cat(strwrap(x$task), "", paste0("  ", x$code), "", sep = "\n")
  cat("Hint:     edist_exercises()$", x$name, "$hint\n", sep = "")
  cat("Check:    edist_check(\"", x$name, "\", ", x$name, ")\n", sep = "")
  cat("Solution: edist_exercises()$", x$name, "$solution\n", sep = "")
  invisible(x)
}

# The task, the code with its gaps and the check in Markdown, for pages and
# slides. `word` calls to work.
exercise_lines <- function(exercise, word) {
  name <- exercise$name
  c(paste0("**", word, ".** ", exercise$task), "", "```r", exercise$code, "```",
    "", sprintf("When you are done: `edist_check(\"%s\", %s)`.", name, name),
    "")
}

#' @rdname edist_exercises
#' @export
edist_check <- function(exercise, f) {
  exercises <- edist_exercises()
  exercise <- match_name(exercise, names(exercises), "exercise")
  if (missing(f) || !is.function(f)) {
    was <- if (missing(f)) "but it is missing" else paste("not", describe(f))
    abort("{.arg f} must be the function that you have written, as in
      {.code edist_check(\"{exercise}\", {exercise})}, {was}.")
  }
  if (exercise == "shared" && !has_fork()) {
    abort("Exercise {.val shared} needs processes that are forked, but
      {.Platform$OS.type} has none.", "system")
  }
  # The check decides on the number of threads, not what the machine allows.
  if (inherits(f, "edist_approach")) f <- attr(f, "run")
  finalize_mirai() # answers may fork
  found <- try_exercise(exercise, f)
  right <- is.null(found$fault)
  said <- as_sentence(join_clauses(
    if (right) "Right" else paste("Wrong: your function", found$fault),
    if (!is.null(found$warned)) paste("R warned:", found$warned)
  ))
  message <- join_sentences(said, if (right) paste0(
    "How fast is it? edist_bench(500, approaches = list(mine = ", exercise,
    ", \"", exercise, "\"))"
  ))
  structure(list(exercise = exercise, right = right,
                 message = one_line(message)), class = "edist_check")
}

join_clauses <- function(...) paste(c(...), collapse = "; ")

# Package parallel only says that workers had errors.
explain <- function(warning) {
  called <- paste(deparse(conditionCall(warning)[[1]]), collapse = "")
  paste0(conditionMessage(warning), if (grepl("mclapply", called)) {
    " (print what mclapply() returns)"
  })
}

#' @export
print.edist_check <- function(x, ...) {
  mark <- if (x$right) cli::col_green(cli::symbol$tick) else
    cli::col_red(cli::symbol$cross)
  cat(cli::ansi_strwrap(paste(mark, x$message)), sep = "\n")
  invisible(x)
}

# ---- What is wrong with an answer ---------------------------------------

# The `fault`, NULL if there is none, and the last thing that R `warned` of.
try_exercise <- function(exercise, f) {
  if (!"..." %in% names(formals(args(f))) && has_gap(body(f))) {
    return(list(fault = "still has a gap, `...`, that you are to fill"))
  }
  warned <- NULL
  for (data in check_data()) {
    answer <- try_answer(f, data$x, data$y)
    fault <- answer_fault(answer, exercise, data)
    if (!is.null(answer$warned)) warned <- answer$warned
    if (!is.null(fault)) {
      return(list(fault = paste0(fault, " (", data$about, ")"),
                  warned = answer$warned))
    }
  }
  if (exercise %in% c("pool", "shared")) {
    fault <- processes_fault(f, check_data()[[1]])
  }
  list(fault = fault, warned = warned)
}

# A function within may have an argument `...` of its own.
has_gap <- function(code) {
  if (!is.call(code)) return(identical(code, as.name("...")))
  is_function <- identical(code[[1]], as.name("function"))
  if (is_function && "..." %in% names(code[[2]])) return(FALSE)
  any(vapply(seq_along(code), function(i) {
    is_empty <- identical(as.character(code[[i]]), "") # as in x[i, ]
    !is_empty && has_gap(code[[i]])
  }, NA))
}

# Matrices of several shapes, the most telling first, and what to say of them.
check_data <- function() {
  shapes <- list(c(7L, 5L, 3L), c(1L, 5L, 1L), c(5L, 1L, 2L))
  data <- lapply(shapes, function(shape) {
    drawn <- random_matrices(max(shape[1:2]), shape[3], seed = 7)
    list(x = drawn$x[seq_len(shape[1]), , drop = FALSE],
         y = drawn$y[seq_len(shape[2]), , drop = FALSE],
         about = paste("where x has", number_of(shape[1], "row"), "and y",
                       shape[2], "with", number_of(shape[3], "column")))
  })
  far <- list(x = data[[1]]$x + 2^20, y = data[[1]]$y + 2^20,
              about = "where all values lie near a million")
  c(data, list(far))
}

number_of <- function(n, what) paste0(n, " ", what, if (n != 1) "s")

# Runs a function with two threads, as many as any machine is asked for: its
# `value`, or why it `stopped`; what R `warned` of; the number of shared
# matrices that it `made`, and of connections to workers that it `left` open.
# They are closed. Nothing here may collect garbage before they are counted.
try_answer <- function(f, x, y) {
  before <- getAllConnections()
  workers <- mirai_workers()
  made <- shared_count$made
  warned <- NULL
  answer <- tryCatch(
    withCallingHandlers(
      list(value = run_approach(f, x, y, 2L)),
      warning = function(w) {
        warned <<- explain(w)
        invokeRestart("muffleWarning")
      }
    ),
    error = function(e) list(stopped = stopped_because(e))
  )
  new <- lapply(setdiff(getAllConnections(), before), getConnection)
  left <- Filter(function(con) summary(con)$class == "sockconn", new)
  lapply(left, close)
  started <- mirai_workers() - workers
  if (started > 0 && workers == 0) mirai::daemons(0)
  answer$warned <- warned
  answer$made <- shared_count$made - made
  answer$left <- length(left) + max(0, started)
  answer
}

# mirai's connections are not among those of R.
mirai_workers <- function() {
  if (isNamespaceLoaded("mirai")) mirai::status()$connections else 0L
}

answer_fault <- function(answer, exercise, data) {
  if (!is.null(answer$stopped)) return(answer$stopped)
  if (exercise == "shared" && answer$made == 0) {
    return("makes no shared matrix, but what a process writes into an ordinary
      matrix, no other process sees: where is edist_shared()?")
  }
  if (exercise == "shared" && identical(class(answer$value), "list")) {
    return("returned a list, as mclapply() does: is as.matrix(out) missing in
      the last line?")
  }
  exact <- exact_distances(data$x, data$y)
  fault <- result_fault(answer$value, exact, 1e-10 * exact$high, data$x, data$y)
  if (!is.null(fault)) return(fault)
  if (answer$left > 0) {
    "leaves its pool running: is on.exit() with stopCluster(), or what stops
    the workers of your package, missing?"
  }
}

# As many differences as all distances have terms are the work itself; less may
# prepare it.
processes_fault <- function(f, data) {
  observed <- function(x) structure(x, class = "edist_observed")
  differences$here <- 0
  try_answer(f, observed(data$x), observed(data$y))
  if (differences$here < nrow(data$x) * length(data$y)) return(NULL)
  "gives the right distances, but computes all of them in this process: what do
  the workers get to do?"
}

# How many differences of observed matrices this process has computed; others
# count their own.
differences <- new.env(parent = emptyenv())

#' @export
Ops.edist_observed <- function(e1, e2) {
  operate <- get(.Generic, mode = "function")
  if (missing(e2)) return(operate(unclass(e1)))
  out <- operate(unclass(e1), unclass(e2))
  if (.Generic %in% c("+", "-")) {
    differences$here <- differences$here + length(out)
  }
  out
}

# Parts remain observed, also in apply() and outer().
#' @export
`[.edist_observed` <- function(x, ...) {
  structure(NextMethod(), class = "edist_observed")
}

#' @export
aperm.edist_observed <- function(a, ...) {
  structure(aperm(unclass(a), ...), class = "edist_observed")
}

#' @export
rep.edist_observed <- function(x, ...) {
  structure(rep(unclass(x), ...), class = "edist_observed")
}
