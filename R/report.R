#' One page about a benchmark
#'
#' Writes a self-contained web page about a benchmark: the machine, what its
#' times say, a table, pictures, and the published times of the workshop beside
#' them. One file, without a network: send it, or open it on a phone.
#'
#' @details
#' Each sentence with a number follows from the benchmark, whatever that
#' measured, and says so where a time is missing. Pictures are in the file
#' twice, for wide windows and for narrow ones.
#'
#' @param bench A result of [edist_bench()] or [edist_bench_read()], of one
#'   machine.
#' @param file The name of the file to write, ending in `.html`; its directory
#'   must exist. A file of this name is replaced.
#' @param ... Not used; must be empty.
#' @param roofline What [edist_bench_roofline()] returned on the same machine:
#'   then the page shows how near the engine comes to the limits; or `NULL`.
#' @return The name of the file, invisibly.
#' @seealso [autoplot.edist_bench()] and [edist_bench_table()], of which the
#'   page consists. It needs packages ggplot2, htmltools and knitr.
#' @export
#' @examplesIf interactive()
#' recorded <- system.file("extdata/size-threads.csv", package = "edist")
#' edist_report(edist_bench_read(recorded), tempfile(fileext = ".html"))
edist_report <- function(bench, file = "report.html", ..., roofline = NULL) {
  check_dots_empty(...)
  for (package in c("ggplot2", "htmltools", "knitr")) {
    check_installed(package, "{.fn edist_report}")
  }
  check_report(bench, file, roofline)
  page <- report_page(bench, roofline)
  # as.character() would leave out the head.
  text <- paste0("<!doctype html>\n", htmltools::doRenderTags(page), "\n")
  problem <- write_whole(file, charToRaw(enc2utf8(text)))
  if (!is.null(problem)) {
    abort("{.arg file} must be a file that can be written, but {.file {file}}
      cannot: {problem}.", "system")
  }
  invisible(file)
}

check_report <- function(bench, file, roofline) {
  check_bench(bench)
  check_no_repeats(bench, "bench")
  if (nrow(bench) == 0) {
    abort("{.arg bench} must have at least one cell, but has none.")
  }
  panels <- unique(panel_of(bench))
  if (length(panels) > 1) {
    abort("{.arg bench} must be a benchmark of one machine, with one kind of
      data and the same software, but is of {length(panels)}:
      {.val {panels}}.")
  }
  if (!is_string(file) || !grepl("[.]html?$", file)) {
    was <- describe(file)
    abort("{.arg file} must be a name that ends in .html, not {was}.")
  }
  check_parent(file, "file")
  if (!is.null(roofline) && !inherits(roofline, "edist_roofline")) {
    was <- describe(roofline)
    abort("{.arg roofline} must be what {.fn edist_bench_roofline} returns, or
      NULL, not {was}.")
  }
}

report_page <- function(bench, roofline) {
  tag <- htmltools::tags
  title <- paste("Distances on", bench$processor[1])
  style <- readLines(system.file("report", "style.css", package = "edist"))
  tag$html(
    lang = "en",
    tag$head(
      tag$meta(charset = "utf-8"),
      tag$meta(name = "viewport",
               content = "width=device-width, initial-scale=1"),
      tag$title(title),
      tag$style(htmltools::HTML(paste(style, collapse = "\n")))
    ),
    tag$body(tag$h1(title), report_machine(bench), report_findings(bench),
             report_times(bench), report_threads(bench),
             report_limits(roofline), report_published())
  )
}

report_section <- function(title, ...) {
  htmltools::tags$section(htmltools::tags$h2(title), ...)
}

report_paragraph <- function(...) {
  text <- join_sentences(...)
  if (nzchar(text)) htmltools::tags$p(without_ticks(text))
}

# Sentences mark code for Markdown.
without_ticks <- function(text) gsub("`", "", text)

report_machine <- function(bench) {
  tag <- htmltools::tags
  one <- unclass_bench(bench)[1, ]
  facts <- c(
    Measured = measured_on(bench$date),
    Cores = one$cores, Caches = one$caches, "Instruction set" = one$isa,
    System = one$os, R = one$r, BLAS = one$blas, Compiler = one$compiler,
    edist = one$edist, Data = one$data
  )
  facts <- facts[!is.na(facts) & facts != ""]
  htmltools::tagList(
    tag$dl(Map(function(name, fact) {
      htmltools::tagList(tag$dt(name), tag$dd(fact))
    }, names(facts), facts)),
    report_paragraph(say_load(bench))
  )
}

measured_on <- function(date) {
  days <- substr(date[date != ""], 1, 10)
  if (length(days) > 0) format_range(days) else ""
}

# ---- What the times say -------------------------------------------------

report_findings <- function(bench) {
  tag <- htmltools::tags
  names <- unique(bench$approach[is_run(bench)])
  others <- setdiff(names, "engine")
  several <- names[vapply(names, function(name) {
    threads <- bench$threads[bench$approach == name & is_run(bench)]
    length(unique(threads)) > 1
  }, NA)]
  compared <- if ("engine" %in% names) {
    lapply(others, function(name) {
      say_compared_at_largest(bench, "engine", name)
    })
  }
  threads <- lapply(several, function(name) {
    say_threads(bench, name, largest_with_threads(bench, name))
  })
  items <- function(sentences) {
    if (length(sentences) > 0) tag$ul(lapply(sentences, function(text) {
      tag$li(without_ticks(text))
    }))
  }
  if (length(names) > 0 && length(c(compared, threads)) == 0) return(NULL)
  report_section(
    "What to conclude",
    if (length(names) == 0) report_paragraph("No cell was run."),
    items(compared),
    if (length(threads) > 0) tag$h3("More cores, more speed?"),
    items(threads),
    if (length(threads) > 0) report_paragraph(why_threads)
  )
}

why_threads <- "Threads share one memory, and processes have to send their data
  and results to each other; starting either takes time. So more of them help
  while there is enough work for each, and while the memory is fast enough for
  all."

# The largest size at which an approach ran with several numbers of threads.
largest_with_threads <- function(bench, name) {
  run <- unclass_bench(bench)[bench$approach == name & is_run(bench), ]
  count <- tapply(run$threads, run$size, function(n) length(unique(n)))
  max(as.numeric(names(count)[count > 1 | max(count) == 1]))
}

# ---- Table and pictures -------------------------------------------------

report_times <- function(bench) {
  if (!any(is_run(bench))) return(NULL)
  table <- edist_bench_table(bench, "Shortest time of each cell")
  report_section("Times", table,
                 report_picture(bench, "time"), report_picture(bench, "bars"),
                 report_picture(bench, "heatmap"))
}

report_threads <- function(bench) {
  if (!has_scaling(bench)) return(NULL)
  report_section("Threads and processes", report_picture(bench, "workers"),
                 report_picture(bench, "speedup"),
                 report_picture(bench, "efficiency"))
}

report_limits <- function(roofline) {
  if (is.null(roofline)) return(NULL)
  report_section(
    "The limits of this machine",
    report_paragraph("No program can be faster than the processor computes and
      the memory takes the result. The picture shows both limits for matrices
      of more and more columns."),
    report_figure(ggplot2::autoplot(roofline),
                  "Limits of the machine against the number of columns.")
  )
}

report_published <- function() {
  published <- as_edist_bench(edist::workshop_results, "published in 2023")
  report_section(
    "The published times",
    report_paragraph("The workshop that asked this question first published
      times of programs in Python, on a machine with up to 128 cores.",
      say_threads(published, "multiprocessing")),
    report_picture(published, "workers"), report_picture(published, "heatmap")
  )
}

picture_texts <- c(
  time = "Time against size, a line for each approach and number of threads.",
  bars = "The shortest time of each approach at one size.",
  heatmap = "All cells: how many times as long as the fastest of its size.",
  workers = "Time against the number of threads or processes.",
  speedup = "Speed-up over one thread.",
  efficiency = "Speed-up divided by the number of threads."
)

report_picture <- function(bench, kind) {
  report_figure(ggplot2::autoplot(bench, kind), picture_texts[[kind]])
}

# Two drawings of one picture; the browser shows the one that fits.
report_figure <- function(picture, text) {
  tag <- htmltools::tags
  image <- function(width, height) {
    file <- tempfile(fileext = ".png")
    on.exit(unlink(file))
    ggplot2::ggsave(file, picture, width = width, height = height, dpi = 160,
                    bg = "white")
    knitr::image_uri(file)
  }
  tag$figure(
    htmltools::tag("picture", list(
      htmltools::tag("source", list(media = "(max-width: 600px)",
                                    srcset = image(3.7, 3.6))),
      tag$img(src = image(7.5, 4.8), alt = text)
    )),
    tag$figcaption(text)
  )
}
