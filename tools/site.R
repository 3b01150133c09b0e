# Builds the web site into site/, by pkgdown and what it lacks: the reports of bench/ as
# pages, and all that makes the pages complete without a network and without JavaScript:
# formulas, contents, a search that works from files. Run at the top of the sources, by
# `make site`; the edist that is installed runs the examples.
library(xml2)
site <- "site"
in_site <- function(...) file.path(site, ...)
lunr <- "/usr/share/javascript/lunr/lunr.min.js"
if (!file.exists(lunr)) {
  stop("the search needs ", lunr, ": `tools/setup.sh site` installs it", call. = FALSE)
}

read_page <- function(file_or_text) read_html(file_or_text, encoding = "UTF-8")

# The pages.

# A page of Markdown, at the path of its file.
build_page <- function(file, title, text, pkg) {
  markdown <- tempfile(fileext = ".md")
  html <- tempfile(fileext = ".html")
  writeLines(text, markdown)
  rmarkdown::pandoc_convert(markdown, to = "html4", from = "gfm", output = html,
                            options = "--section-divs")
  page <- sub("[.]md$", ".html", file)
  dir.create(dirname(in_site(page)), showWarnings = FALSE, recursive = TRUE)
  body <- paste(readLines(html), collapse = "\n")
  pkgdown::render_page(pkg, "report", list(pagetitle = title, body = body), page)
}

# A report takes its title from the head of its source.
build_report <- function(file, pkg) {
  source <- readLines(sub("[.]md$", ".R", file))
  head <- "^#' title: \"(.*)\"$"
  title <- sub(head, "\\1", grep(head, source, value = TRUE)[1])
  build_page(file, title, readLines(file), pkg)
  figures <- sub("[.]md$", "_files", file)
  if (dir.exists(figures)) file.copy(figures, in_site("bench"), recursive = TRUE)
}

# The heading of the page for teachers is its title.
build_teaching <- function(pkg) {
  file <- "inst/teaching/README.md"
  text <- readLines(file)
  build_page(file, sub("^# ", "", text[1]), text[-1], pkg)
}

# Files of the package that README.md links to.
copy_sources <- function() {
  readme <- paste(readLines("README.md"), collapse = "\n")
  links <- regmatches(readme, gregexpr("(?<=\\]\\()inst/[^)]*", readme, perl = TRUE))[[1]]
  for (file in grep("[.]md$", links, value = TRUE, invert = TRUE)) {
    dir.create(in_site(dirname(file)), showWarnings = FALSE, recursive = TRUE)
    file.copy(file, in_site(file))
  }
}

# Makes pkgdown and downlit neither ask the network where pages of other packages are nor
# fail without one; and mends pkgdown 2.0.7, which breaks a paragraph below \value{} where
# a line ends after code.
prepare_pkgdown <- function() {
  options(pkgdown.internet = FALSE)
  utils::assignInNamespace("package_urls", function(...) character(), "downlit")
  if (utils::packageVersion("pkgdown") > "2.0.7") return()
  describe <- utils::getFromNamespace("describe_contents", "pkgdown")
  paragraphs <- utils::getFromNamespace("flatten_para", "pkgdown")
  utils::assignInNamespace("describe_contents", function(x, ...) {
    has_items <- any(vapply(x, inherits, NA, "tag_item"))
    if (has_items) describe(x, ...) else paragraphs(x, ...)
  }, "pkgdown")
}

build_pages <- function() {
  prepare_pkgdown()
  unlink(site, recursive = TRUE)
  pkg <- pkgdown::as_pkgdown(".")
  pkgdown::init_site(pkg)
  pkgdown::build_home(pkg, preview = FALSE)
  pkgdown::build_reference(pkg, lazy = FALSE, devel = FALSE, preview = FALSE)
  pkgdown::build_articles(pkg, lazy = FALSE, preview = FALSE)
  pkgdown::build_news(pkg, preview = FALSE)
  for (file in Sys.glob("bench/*.md")) build_report(file, pkg)
  build_teaching(pkg)
  copy_sources()
  pkgdown::build_search(pkg)
  file.copy(c("vignettes/style.css", lunr), site)
  unlink(in_site(c("pkgdown.js", "link.svg", "sitemap.xml", "PULL_REQUEST_TEMPLATE.html")))
}

# Formulas. Those of vignettes are MathML already; those of help pages are still TeX.

formula_pattern <- "(?s)\\\\\\((.+?)\\\\\\)|\\$\\$(.+?)\\$\\$"

# The text nodes of a page that hold formulas.
formula_nodes <- function(page) {
  nodes <- xml_find_all(page, "//main//text()[not(ancestor::pre or ancestor::code)]")
  nodes[grepl(formula_pattern, xml_text(nodes), perl = TRUE)]
}

formulas_of <- function(text) {
  unlist(regmatches(text, gregexpr(formula_pattern, text, perl = TRUE)))
}

# MathML of all formulas, by one call of pandoc, named by their TeX.
read_formulas <- function(tex) {
  if (length(tex) == 0) return(character())
  files <- tempfile(c("tex", "html"))
  writeLines(paste0(gsub("\\s+", " ", tex), "\n"), files[1])
  rmarkdown::pandoc_convert(files[1], from = "markdown+tex_math_single_backslash",
                            to = "html5", output = files[2], options = "--mathml")
  html <- read_page(files[2])
  math <- vapply(xml_find_all(html, "//math"), as.character, "")
  stopifnot(length(math) == length(tex))
  names(math) <- tex
  math
}

write_formulas <- function(page, math) {
  for (node in formula_nodes(page)) {
    text <- xml_text(node)
    tex <- formulas_of(text)
    pieces <- regmatches(text, gregexpr(formula_pattern, text, perl = TRUE),
                         invert = TRUE)[[1]]
    escape <- htmltools::htmlEscape
    html <- paste0(escape(pieces), c(math[tex], ""), collapse = "")
    html <- read_page(paste0("<span>", html, "</span>"))
    xml_replace(node, xml_find_first(html, "//span"))
  }
}

# Contents: links to the headings of a page, in two levels, at its side; and, for phones,
# below the title of all but help pages, whose headings are always the same.

write_contents <- function(page) {
  toc <- xml_find_first(page, "//nav[@id='toc']")
  if (is.na(toc)) return()
  headings <- xml_find_all(page, "//main//*[(self::h2 or self::h3) and @id]")
  level <- xml_name(headings)
  if (!any(level == "h2")) level <- sub("h3", "h2", level)
  link <- sprintf("<a href=\"#%s\">%s</a>", xml_attr(headings, "id"),
                  htmltools::htmlEscape(trimws(xml_text(headings))))
  if (sum(level == "h2") < 2) return(xml_remove(toc))
  parts <- split(seq_along(link), cumsum(level == "h2"))
  items <- vapply(parts, function(part) {
    inner <- link[part][level[part] == "h3"]
    if (length(inner)) inner <- c("<ul>", paste0("<li>", inner, "</li>"), "</ul>")
    paste(c("<li>", link[part][level[part] == "h2"], inner, "</li>"), collapse = "")
  }, "")
  list <- paste0("<ul>", paste(items, collapse = ""), "</ul>")
  xml_add_child(toc, xml_find_first(read_page(list), "//ul"))
  help <- xml_find_first(page, "//div[contains(@class, 'template-reference-topic')]")
  if (is.na(help)) {
    nav <- read_page(paste0("<nav class=\"contents\">", list, "</nav>"))
    header <- xml_find_first(page, "//div[@class='page-header']")
    xml_add_sibling(header, xml_find_first(nav, "//nav"))
  }
}

# Pictures and links.

# Pictures have words for those who do not see them, which are not repeated below, and are
# paragraphs, as the style expects.
describe_pictures <- function(page) {
  figures <- xml_find_all(page, "//div[@class='figure' and p[@class='caption']]")
  for (figure in figures) {
    caption <- xml_find_first(figure, "p")
    xml_set_attr(xml_find_all(figure, "img"), "alt", xml_text(caption))
    xml_remove(caption)
  }
  xml_set_name(figures, "p")
  xml_set_attr(figures, "class", NULL)
  bare <- xml_find_all(page, "//main//img[parent::div or parent::main][not(@class)]")
  xml_add_parent(bare, "p")
  plots <- xml_find_all(page, "//span[contains(@class, 'r-plt')]//img")
  xml_set_attr(plots, "alt", "The picture that the code above draws.")
}

link_articles <- function(page) {
  links <- xml_find_all(page, "//a[starts-with(@href, 'vignettes/')]")
  address <- sub("^vignettes/(.*)[.]Rmd$", "articles/\\1.html", xml_attr(links, "href"))
  xml_set_attr(links, "href", address)
}

finish_pages <- function() {
  files <- list.files(site, "[.]html$", recursive = TRUE, full.names = TRUE)
  pages <- lapply(files, read_page)
  tex <- unlist(lapply(pages, function(page) formulas_of(xml_text(formula_nodes(page)))))
  math <- read_formulas(unique(tex))
  for (i in seq_along(files)) {
    write_formulas(pages[[i]], math)
    write_contents(pages[[i]])
    describe_pictures(pages[[i]])
    link_articles(pages[[i]])
    write_html(pages[[i]], files[i], format = FALSE)
  }
}

# Search: pkgdown's index as a script, which a page that is a file can read, too.

finish_search <- function() {
  found <- jsonlite::read_json(in_site("search.json"))
  sections <- lapply(found, function(section) {
    text <- function(field) trimws(paste(section[[field]], collapse = " "))
    heading <- if (text("what") == text("title")) "" else text("what")
    list(path = sub("^/", "", section$path), anchor = text("id"), title = text("title"),
         heading = heading, text = paste(text("text"), text("code")))
  })
  json <- jsonlite::toJSON(sections, auto_unbox = TRUE, null = "null")
  writeLines(paste0("const sections = ", json, ";"), in_site("search.js"))
  unlink(in_site("search.json"))
}

# Links of the site to itself that lead nowhere.
dead_links <- function() {
  files <- list.files(site, "[.]html$", recursive = TRUE)
  pages <- lapply(in_site(files), read_page)
  ids <- lapply(pages, function(page) xml_text(xml_find_all(page, "//@id")))
  names(ids) <- files
  dead <- Map(function(file, page) {
    address <- unique(xml_text(xml_find_all(page, "//a/@href")))
    address <- address[!grepl("^[a-z]+:", address)]
    target <- sub("#.*", "", address)
    path <- ifelse(target == "", file, file.path(dirname(file), target))
    while (any(grepl("[^/]+/[.][.]/", path))) path <- sub("[^/]+/[.][.]/", "", path)
    path <- sub("^([.]/)+", "", path)
    anchor <- utils::URLdecode(sub("^[^#]*#?", "", address))
    there <- file.exists(in_site(path)) &
      (anchor == "" | mapply(`%in%`, anchor, ids[path]))
    if (!all(there)) paste0(file, ": ", address[!there])
  }, files, pages)
  unlist(dead, use.names = FALSE)
}

build_pages()
finish_pages()
finish_search()
dead <- dead_links()
if (length(dead) > 0) {
  stop("links that lead nowhere:\n", paste(dead, collapse = "\n"), call. = FALSE)
}
cat("written:", in_site("index.html"), "\n")
