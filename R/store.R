# The store of a plan, a directory:
#
#   .zarray .zattrs        what others read the matrix by
#   0.0 0.1 1.0 ...        its tiles, row and column from 0
#   edist/plan.rds         the plan, and names.rds, the names of the rows
#   edist/x-...-0.rds ...  the observations, in blocks of rows; see block_file()
#   edist/parts/           what is being computed and written; see claim_name()
#   edist/nearest-.../     answers of edist_nearest() on their way, and the like

own_path <- function(plan, ...) file.path(plan$path, "edist", ...)
tile_file <- function(plan, name) file.path(plan$path, name)
tile_name <- function(i, j) sprintf("%d.%d", i, j)
tile_bytes <- function(plan) 8 * prod(plan$tile)
store_bytes <- function(plan) tile_bytes(plan) * prod(tile_grid(plan))

check_path <- function(path, argument = "path") {
  good <- is.character(path) && length(path) == 1 && !is.na(path) && nzchar(path)
  if (good) return(invisible())
  was <- describe(path)
  abort("{.arg {argument}} must be the name of a directory, not {was}.")
}

is_store <- function(path) file.exists(file.path(path, "edist", "plan.rds"))

read_plan <- function(path, argument = "path") {
  check_path(path, argument)
  if (!is_store(path)) {
    abort("{.arg {argument}} must name a store that {.fn edist_plan} has made, but
      {.file {path}} is none.", "store")
  }
  plan <- read_object(file.path(path, "edist", "plan.rds"))
  plan$path <- absolute(path)
  plan
}

# Links stay: what they lead to may have this name on one node only.
absolute <- function(path) {
  path <- path.expand(path)
  if (grepl("^(/|[A-Za-z]:|[\\\\])", path)) path else file.path(getwd(), path)
}

# The plan comes last: with it the store is one.
make_store <- function(plan, request) {
  half_made <- dir.exists(own_path(plan, "parts"))
  if (!half_made && length(list.files(plan$path, all.files = TRUE, no.. = TRUE)) > 0) {
    abort("{.arg path} must name a store, or a directory that is empty or not there, but
      {.file {plan$path}} holds other files.", "store")
  }
  check_parent(plan$path, "path", "store")
  reason <- reason_of(dir.create(own_path(plan, "parts"), recursive = TRUE))
  if (!dir.exists(own_path(plan, "parts"))) {
    abort("{.arg path} must name a directory that can be made, but {.file {plan$path}}
      cannot: {reason}.", "store")
  }
  write_missing(plan, request)
  write_object(plan, plan, own_path(plan, "plan.rds"))
}

# A misspelt path is not to make a tree of directories.
check_parent <- function(path, argument, class = "argument") {
  parent <- dirname(path)
  if (dir.exists(parent)) return(invisible())
  abort("{.arg {argument}} must be in a directory that is there, but {.file {parent}} is
    none: make it by {.code dir.create(\"{parent}\", recursive = TRUE)}.", class)
}

# All but the plan, as far as it is not there.
write_missing <- function(plan, request) {
  write_blocks(plan, request)
  file <- own_path(plan, "names.rds")
  if (!file.exists(file)) write_object(plan, request$names, file)
  write_zarr(plan, request$names)
}

# What others read the matrix by, as far as it is not there.
write_zarr <- function(plan, names) {
  there <- file.exists(tile_file(plan, c(".zarray", ".zattrs")))
  if (!there[1]) write_json(plan, zarr_array(plan), ".zarray")
  if (!there[2]) write_json(plan, zarr_attributes(plan, names), ".zattrs")
}

# The observations, as far as they are not there.
write_blocks <- function(plan, request) {
  for (side in if (plan$symmetric) 1 else 1:2) {
    for (b in seq_len(tile_grid(plan)[side]) - 1L) {
      file <- block_file(plan, side, b)
      if (file.exists(file)) next
      block <- request[[c("x", "y")[side]]][block_rows(plan, side, b), , drop = FALSE]
      dimnames(block) <- list(NULL, NULL)
      write_object(plan, block, file)
    }
  }
}

# Named by what they hold: two plans that are made at once cannot mix.
block_file <- function(plan, side, b) {
  key <- substr(cli::hash_md5(paste(plan$data, collapse = " ")), 1, 8)
  name <- if (plan$symmetric) "x" else c("x", "y")[side]
  own_path(plan, paste0(name, "-", key, "-", b, ".rds"))
}

# What R says of a failure, first of all, in a few words.
reason_of <- function(code) {
  reason <- ""
  withCallingHandlers(code, warning = function(w) {
    if (reason == "") reason <<- conditionMessage(w)
    invokeRestart("muffleWarning")
  })
  sub(".*reason '(.*)'.*", "\\1", reason)
}

zarr_array <- function(plan) {
  one <- jsonlite::unbox
  list(zarr_format = one(2L), shape = plan$dim, chunks = plan$tile,
       dtype = one(paste0(if (.Platform$endian == "little") "<" else ">", "f8")),
       compressor = NULL, fill_value = one("NaN"), order = one("F"), filters = NULL)
}

zarr_attributes <- function(plan, names) {
  one <- jsonlite::unbox
  how <- plan$how
  list(
    edist = list(
      version = one(plan$version), method = one(how$method),
      p = if (how$method == "minkowski") one(how$p), strict = one(how$strict),
      rows = one(plan$dim[1]), columns = one(plan$dim[2]),
      variables = one(variables_of(plan)), dtype = one("float64"), tile = plan$tile,
      symmetric = one(plan$symmetric), fingerprints = lapply(plan$data, one)
    ),
    labels = list(rows = names$x, columns = names$y)
  )
}

write_json <- function(plan, content, name) {
  text <- jsonlite::toJSON(content, null = "null", digits = NA, pretty = TRUE)
  write_bytes(plan, charToRaw(ascii_json(text)), tile_file(plan, name))
}

# zarr-python takes no other, so labels of other letters are escaped.
ascii_json <- function(text) {
  code <- utf8ToInt(enc2utf8(text))
  letters <- intToUtf8(code, multiple = TRUE)
  unit <- function(value) sprintf("\\u%04x", as.integer(value))
  far <- code > 0xffff
  odd <- code > 127 & !far
  letters[odd] <- unit(code[odd])
  rest <- code[far] - 0x10000
  letters[far] <- paste0(unit(0xd800 + rest %/% 1024), unit(0xdc00 + rest %% 1024))
  paste(letters, collapse = "")
}

write_object <- function(plan, object, file) {
  write_bytes(plan, serialize(object, NULL, xdr = FALSE), file)
}

write_bytes <- function(plan, bytes, file) {
  part <- part_name(plan, basename(file))
  dir.create(dirname(part), showWarnings = FALSE) # copies may lack what was empty
  check_written(plan, .Call(C_edist_store_bytes, c(part, file), bytes), basename(file))
}

# A matrix of distances as the tile of the first name, and what mirrors it as that of the
# second, if there is one: side by side, if there are threads.
write_tiles <- function(plan, d, names, shape = plan$tile, threads = 1L) {
  files <- tile_file(plan, names)
  problems <- .Call(C_edist_store_tiles, part_name(plan, names), files, d, shape, threads)
  # Another run may have put it there, and swept away what was on its way.
  bad <- problems != "" & !(file.size(files) %in% (8 * prod(shape)))
  if (any(bad)) check_written(plan, problems[bad][1], names[bad][1])
}

check_written <- function(plan, problem, name) {
  if (is.null(problem)) return(invisible())
  abort("{.file {name}} could not be written in {.file {plan$path}}: {problem}. What is
    there is whole; when that is mended, the same call goes on from it.", "store")
}

# While something is computed it has a file of this name, which tells what, and who does
# it; another while it is written. No name is ever made twice: containers may share a host
# name and count their processes from 1, and forks and copies of machines what they have
# in memory. So what a killed process has left is not written to, either.
claim_name <- function(plan, name, host = host_name(), process = Sys.getpid()) {
  file <- paste(basename(name), host, process, new_token(), sep = "@")
  own_path(plan, "parts", file)
}
part_name <- function(plan, name) paste0(claim_name(plan, name), ".part")

# Not by R's random numbers, which are the user's.
new_token <- function() .Call(C_edist_store_token)

host_name <- function() {
  gsub("[^A-Za-z0-9._-]", "-", Sys.info()[["nodename"]])
}

claim <- function(plan, name) {
  claim <- claim_name(plan, name)
  dir.create(dirname(claim), showWarnings = FALSE)
  reason <- reason_of(file.create(claim))
  if (!file.exists(claim)) check_written(plan, reason, name)
  claim
}

# With what is being written, if `all`.
claims <- function(plan, all = FALSE) {
  pattern <- paste0("@.*@[0-9]+@[0-9a-f]{16}", if (all) "([.]part)?", "$")
  files <- list.files(own_path(plan, "parts"), pattern)
  parts <- strsplit(files, "@", fixed = TRUE)
  pick <- function(n) vapply(parts, function(part) part[n], "")
  data.frame(file = files, name = pick(1), host = pick(2), process = as.integer(pick(3)),
             since = file.mtime(own_path(plan, "parts", files)))
}

# What others have left cannot be told from what they are doing, and harms nobody: it
# goes when all is done that `done` matches.
sweep_claims <- function(plan, done) {
  left <- claims(plan, all = TRUE)
  remove_file(own_path(plan, "parts", left$file[grepl(done, left$name)]))
}

# Not unlink() as it is: [ in a path would be a pattern.
remove_file <- function(file) unlink(file, expand = FALSE)

# Whether a process is at it, as far as one can tell.
is_claimed <- function(plan, name) {
  by <- claims(plan)
  any(is_alive(by[by$name == name, ]))
}

# Of other machines nobody knows, and on Windows to ask would be to kill.
is_alive <- function(by) {
  alive <- rep(TRUE, nrow(by))
  ask <- which(by$host == host_name() & .Platform$OS.type == "unix")
  alive[ask] <- vapply(by$process[ask], process_lives, NA)
  alive
}

# A process of somebody else cannot be signalled, but it is listed; one that has ended
# is listed, too, until its parent asks: its state, after its name in brackets, which may
# be of several lines, is Z or X. `root` is for tests.
process_lives <- function(process, root = "") {
  stat <- paste(read_system(file.path(root, "proc", process, "stat")), collapse = " ")
  if (stat == "") return(tools::pskill(process, signal = 0))
  !grepl("^[ZXx]", sub(".*[)] ", "", stat, useBytes = TRUE))
}

# Whether tiles are there in full.
tiles_there <- function(plan, i, j) {
  size <- file.size(tile_file(plan, tile_name(i, j)))
  !is.na(size) & size == tile_bytes(plan)
}

missing_tiles <- function(plan) {
  at <- tile_at(plan, seq_len(plan$tiles))
  there <- tiles_there(plan, at$i, at$j)
  if (plan$symmetric) there <- there & tiles_there(plan, at$j, at$i)
  which(!there)
}

# The observations of one block, as they are computed with. Neighbouring tiles share
# one: as many are held as take the memory of two tiles.
read_block <- function(plan, side, b) {
  bytes <- 8 * plan$tile[side] * plan$columns
  hold(block_file(plan, side, b), read_observations(b, plan, side),
       max(2, floor(2 * tile_bytes(plan) / max(1, bytes))))
}

read_observations <- function(b, plan, side) {
  block <- read_object(block_file(plan, side, b))
  if (isS4(block)) check_installed("Matrix", "A sparse matrix") # or it has no rows
  block
}

# The last few things that a run has read, by their names, until it ends.
held <- new.env(parent = emptyenv())

hold <- function(key, make, most) {
  value <- held$kept[[key]]
  held$kept <- utils::tail(held$kept[names(held$kept) != key], most - 1)
  if (is.null(value)) value <- make
  held$kept[[key]] <- value
  value
}

let_go <- function() rm(list = ls(held), envir = held)

read_object <- function(file) {
  if (!file.exists(file)) {
    abort("The store must have {.file {file}}, which is not there: is the disk mounted? If
      it is lost, {.fn edist_plan} with the same data writes it again.", "store")
  }
  tryCatch(suppressWarnings(readRDS(file)), error = function(e) {
    abort("{.file {file}} must be whole, but cannot be read: remove it, and call
      {.fn edist_plan} with the same data, which writes it again.", "store")
  })
}

#' How much of a store is done
#'
#' @param path The path of a store, or a plan.
#' @return A list of class `"edist_status"`: `tiles`, how many are to be computed;
#'   `done`, how many are there in full; `missing`, the numbers of those that are not,
#'   for [edist_tile()]; and `at_work`, a data frame of what is being computed now:
#'   `name`, `host`, `process`, `since`, and `alive`, `FALSE` for what a process of this
#'   machine has left that is no more. Of others nobody knows. The time is that of looking
#'   at one file per tile.
#' @seealso [edist_plan()], [edist_run()]
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' plan <- edist_plan(faithful, path = path, tile = 100)
#' edist_tile(plan, 2)
#' edist_status(path)
#' unlink(path, recursive = TRUE)
edist_status <- function(path) {
  plan <- as_plan(path, "path")
  left <- missing_tiles(plan)
  structure(class = "edist_status", list(
    path = plan$path, tiles = plan$tiles, done = plan$tiles - length(left),
    missing = left, at_work = at_work(plan)
  ))
}

at_work <- function(plan) {
  by <- claims(plan)
  by$alive <- is_alive(by)
  by[c("name", "host", "process", "since", "alive")]
}

#' @export
print.edist_status <- function(x, ...) {
  share <- if (x$tiles > 0) floor(100 * x$done / x$tiles) else 100
  cat(cli::format_inline("{.strong {x$path}}"), "\n", sep = "")
  tiles <- pluralize("{format_count(x$tiles)} tile{cli::qty(x$tiles)}{?s}")
  cat(format_count(x$done), " of ", tiles, " done, ", share, " %\n", sep = "")
  now <- x$at_work[x$at_work$alive, ]
  if (nrow(now) > 0) {
    first <- which.min(now$since)
    since <- format_duration(as.numeric(Sys.time()) - as.numeric(now$since[first]))
    cat(pluralize("{nrow(now)} at work"), ", the first for ", since, " on ",
        now$host[first], "\n", sep = "")
  }
  left <- sum(!x$at_work$alive)
  if (left > 0) {
    text <- pluralize("{left} left by {?a process/processes} that {?is/are} no more")
    cat(text, "\n", sep = "")
  }
  invisible(x)
}
