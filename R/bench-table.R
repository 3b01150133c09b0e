# The table of a benchmark, sizes by approaches and threads, in the terminal and
# as HTML. On each machine the fastest of each size is green with one mark, the
# slowest red with another.

# What print() and edist_bench_table() show: a list of `sizes`; `lines`, a data
# frame with one row per column of the table (panel, approach, threads, and
# `over`, whether there are more threads than CPUs); and the matrices `text` and
# `mark` ("", "fastest" or "slowest").
bench_grid <- function(bench) {
  bench$panel <- panel_of(bench)
  line_key <- function(x) paste(x$panel, x$approach, x$threads)
  lines <- unclass_bench(bench)[!duplicated(line_key(bench)),
                                c("panel", "approach", "threads")]
  over <- bench[bench$oversubscribed %in% TRUE, ]
  lines$over <- line_key(lines) %in% line_key(over)
  lines <- lines[order(match(lines$panel, lines$panel),
                       ordered_labels(lines$approach), lines$threads), ]
  sizes <- sort(unique(bench$size))
  at <- match(outer(sizes, line_key(lines), paste),
              paste(bench$size, line_key(bench)))
  seconds <- bench$min[at]
  text <- ifelse(is_run(bench)[at], format_seconds(seconds), "not run")
  text[is.na(at)] <- ""
  dim(seconds) <- dim(text) <- c(length(sizes), nrow(lines))
  mark <- matrix("", length(sizes), nrow(lines))
  for (machine in split(seq_len(nrow(lines)), lines$panel)) {
    mark[, machine] <- row_marks(seconds[, machine, drop = FALSE])
  }
  list(sizes = sizes, lines = lines, text = text, mark = mark)
}

# A number that is alone in its row has no mark.
row_marks <- function(seconds) {
  mark <- apply(seconds, 1, function(row) {
    few <- sum(!is.na(row)) < 2
    ifelse(is.na(row) | few, "", ifelse(
      row == min(row, Inf, na.rm = TRUE), "fastest",
      ifelse(row == max(row, -Inf, na.rm = TRUE), "slowest", "")
    ))
  })
  matrix(mark, nrow(seconds), byrow = TRUE)
}

# Triangles that point down and up, if the terminal can show them.
mark_symbol <- function(mark, utf8 = cli::is_utf8_output()) {
  symbols <- if (utf8) c("", "\u25bc", "\u25b2") else c("", "v", "^")
  symbols[match(mark, c("", "fastest", "slowest"))]
}

over_mark <- function(lines) ifelse(lines$over, "!", "")

paint_fastest <- function(text) cli::col_green(cli::style_bold(text))
paint_slowest <- function(text) cli::col_red(text)

#' @export
print.edist_bench <- function(x, ...) {
  if (!is_table(x)) return(NextMethod())
  if (any(is_run(x))) {
    cat(strwrap(paste0(
      "Minimum time of ", format_repetitions(x$repetitions[is_run(x)]), "; ",
      mark_symbol("fastest"), " fastest and ", mark_symbol("slowest"),
      " slowest of each size"
    )), sep = "\n")
  }
  panels <- panel_of(x)
  for (machine in unique(panels)) {
    here <- x[panels == machine, ]
    if (length(unique(panels)) > 1) {
      cat("\n", cli::style_bold(machine), "\n", sep = "")
    }
    grid <- bench_grid(here)
    symbol <- mark_symbol(grid$mark)
    text <- paste0(grid$text, ifelse(symbol == "", "", paste0(" ", symbol)))
    fastest <- grid$mark == "fastest"
    slowest <- grid$mark == "slowest"
    text[fastest] <- paint_fastest(text[fastest])
    text[slowest] <- paint_slowest(text[slowest])
    text <- matrix(text, nrow(grid$text))
    columns <- lapply(seq_len(ncol(text)), function(j) text[, j])
    names(columns) <- paste0(bench_label(grid$lines), over_mark(grid$lines))
    print_columns(columns, c("size", format(grid$sizes)))
    if (!is.na(here$cores[1])) cat(machine_line(here), "\n", sep = "")
    cat(limit_line(here))
  }
  if (any(x$oversubscribed, na.rm = TRUE)) cat("! more threads than CPUs\n")
  invisible(x)
}

# A benchmark that has been subset may have lost columns or hold the same cell
# twice; then it prints as a plain data frame.
is_table <- function(x) {
  is_bench(x) && nrow(x) > 0 &&
    !anyNA(unclass_bench(x)[c("approach", "size", "status", "processor")]) &&
    first_repeat(x) == 0
}

# For the engine alone: the product form of "blas" does other arithmetic.
limit_line <- function(bench) {
  engine <- bench[bench$approach == "engine" & !is.na(bench$of_limit), ]
  if (nrow(engine) == 0) return(NULL)
  best <- engine[which.max(engine$of_limit), ]
  paste0("Closest to the machine's limit: ", bench_label(best), " at ",
         number_of(best$size, "row"), ", ", round(100 * best$of_limit),
         " % of it",
         if (best$of_limit > 1 + limit_noise) {
           ": the machine was busy while its limits were measured"
         }, "\n")
}

machine_line <- function(bench) {
  paste0(bench$processor[1], ", ", bench$cores[1], " cores, ", bench$isa[1],
         ", edist ", bench$edist[1])
}

# Prints right-aligned columns of coloured text under their names, in several
# blocks if the terminal is too narrow for one. Every block begins with `rows`,
# a title and the names of the rows.
print_columns <- function(columns, rows = NULL) {
  full <- mapply(function(name, column) {
    text <- c(name, column)
    cli::ansi_align(text, max(cli::ansi_nchar(text)), "right")
  }, names(columns), columns, SIMPLIFY = FALSE)
  if (!is.null(rows)) rows <- format(rows, justify = "right")
  width <- vapply(full, function(column) cli::ansi_nchar(column[1]), 0) + 2
  room <- max(getOption("width") - max(0, nchar(rows[1])), width)
  block <- integer(length(full))
  used <- room + 1
  for (i in seq_along(full)) {
    used <- used + width[i]
    start <- used > room
    if (start) used <- width[i]
    block[i] <- start
  }
  for (these in split(full, cumsum(block))) {
    lines <- c(if (!is.null(rows)) list(rows), unname(these), sep = "  ")
    cat(do.call(paste, lines), sep = "\n")
    cat("\n")
  }
}

#' The table of a benchmark as HTML
#'
#' Shows sizes by approaches and numbers of threads. The fastest of each size
#' has a green background and a triangle that points down, the slowest a red
#' background and a triangle that points up. Several machines stand next to each
#' other, each with its own marks. In a knitr document, the table appears when
#' the result is printed.
#'
#' @param bench A result of [edist_bench()], [edist_bench_read()] or
#'   [as_edist_bench()], or several of them combined by `rbind()`.
#' @param caption A line above the table, or `NULL`.
#' @return An HTML tag of package htmltools, which must be installed.
#' @seealso [edist_bench()], whose result prints as the same table in a
#'   terminal; [autoplot.edist_bench()] for pictures.
#' @export
#' @examplesIf requireNamespace("htmltools", quietly = TRUE)
#' published <- as_edist_bench(workshop_results, "published in 2023")
#' table <- edist_bench_table(subset(published, threads <= 10))
#' if (interactive()) print(table)
edist_bench_table <- function(bench, caption = NULL) {
  check_bench(bench)
  check_no_repeats(bench, "bench")
  check_installed("htmltools", "{.fn edist_bench_table}")
  tag <- htmltools::tags
  grid <- bench_grid(bench)
  lines <- grid$lines
  spans <- function(what, row, name = identity) {
    runs <- rle(do.call(paste, lines[what]))
    ends <- cumsum(runs$lengths)
    lapply(seq_along(ends), function(i) {
      tag$th(name(lines[[row]][ends[i]]), colspan = runs$lengths[i],
             scope = "colgroup",
             class = if (ends[i] < nrow(lines)) "edist-group")
    })
  }
  workers <- ifelse(is.na(lines$threads), "?", lines$threads)
  workers <- paste0(workers, over_mark(lines))
  head <- list(
    if (length(unique(lines$panel)) > 1) {
      tag$tr(tag$th(""), spans("panel", "panel"))
    },
    tag$tr(tag$th(""),
           spans(c("panel", "approach"), "approach", approach_label)),
    tag$tr(tag$th("rows"), lapply(workers, tag$th, scope = "col"))
  )
  body <- lapply(seq_along(grid$sizes), function(i) {
    cells <- lapply(seq_len(nrow(lines)), function(j) {
      mark <- grid$mark[i, j]
      tag$td(grid$text[i, j], if (mark != "") mark_symbol(mark, utf8 = TRUE),
             class = cell_class(mark, grid$text[i, j]))
    })
    tag$tr(tag$th(format_size(grid$sizes[i]), scope = "row"), cells)
  })
  note <- paste0("Second line of the header: number of threads or processes. ",
                 "\u25bc fastest and \u25b2 slowest in the row",
                 if (any(lines$over)) "; ! more threads than CPUs", ".")
  htmltools::browsable(tag$div(
    class = "edist-table", tag$style(htmltools::HTML(table_css)),
    tag$table(if (!is.null(caption)) tag$caption(caption), tag$thead(head),
              tag$tbody(body)),
    tag$p(note)
  ))
}

cell_class <- function(mark, text) {
  if (text == "not run") return("edist-missed")
  switch(mark, fastest = "edist-fastest", slowest = "edist-slowest")
}

# On a dark page, the colours of words and of the paper are those of the page.
table_css <- "
.edist-table { overflow-x: auto; margin: 1em 0; font-size: 80%; }
.edist-table table { border-collapse: collapse; margin: 0; width: auto;
  font-size: inherit; font-variant-numeric: tabular-nums; }
.edist-table caption { text-align: left; font-weight: bold; padding: 0 0 .5em; }
.edist-table th, .edist-table td { padding: .2em .5em; text-align: right;
  white-space: nowrap; border: 0; background: none; }
.edist-table thead th { text-align: center; font-weight: 600; }
.edist-table thead tr:last-child th { text-align: right; font-weight: 400;
  border-bottom: 1px solid #888; }
.edist-table .edist-group { border-right: 1px solid #ccc; }
.edist-table tbody th { position: sticky; left: 0;
  background: var(--paper, Canvas); }
.edist-table td.edist-fastest { background: #b5e6d5; color: #000;
  font-weight: 700; }
.edist-table td.edist-slowest { background: #f7cdb4; color: #000; }
.edist-table td.edist-missed { color: #767676; font-size: 85%; }
.edist-table p { opacity: .75; font-size: 90%; margin: .4em 0 0; }
"

approach_label <- function(name) {
  about <- attr(edist_bench_approaches(), "about")
  label <- about$label[match(name, about$name)]
  ifelse(is.na(label), name, label)
}

format_range <- function(x) {
  if (length(x) == 0) return("0")
  paste(unique(range(x)), collapse = " to ")
}

format_repetitions <- function(repetitions) {
  paste(format_range(repetitions),
        if (all(repetitions == 1)) "repetition" else "repetitions")
}

# A few digits and the unit that suits the number; NA stays NA.
format_seconds <- function(seconds, digits = 3) {
  seconds <- signif(seconds, digits)
  power <- pmin(pmax(ceiling(-log10(seconds) / 3), 0), 3)
  value <- seconds * 1000^power
  text <- formatC(signif(value, digits), digits = digits, format = "fg",
                  flag = "#", big.mark = " ")
  text <- paste(sub("\\.$", "", trimws(text)),
                c("s", "ms", "us", "ns")[power + 1])
  ifelse(is.na(seconds), NA_character_, text)
}
