# The store of a plan, a directory:
#
#   .zarray .zattrs        what others read the matrix by
#   0.0 0.1 1.0 ...        its tiles, row and column from 0
#   edist/plan.rds         the plan, and names.rds, the names of the rows
#   edist/x-0.rds ...      the observations, in blocks of rows, as they were asked for
#   edist/parts/           what is being written; see part_name()
#   edist/nearest-.../     answers of edist_nearest() on their way, and the like

own_path <- function(plan, ...) file.path(plan$path, "edist", ...)
tile_file <- function(plan, name) file.path(plan$path, name)
tile_bytes <- function(plan) 8 * prod(plan$tile)
store_bytes <- function(plan) tile_bytes(plan) * prod(tile_grid(plan))

check_path <- function(path) {
  good <- is.character(path) && length(path) == 1 && !is.na(path) && nzchar(path)
  if (good) return(invisible())
  was <- describe(path)
  abort("{.arg path} must be the name of a directory, not {was}.")
}

is_store <- function(path) file.exists(file.path(path, "edist", "plan.rds"))

read_plan <- function(path) {
  check_path(path)
  if (!is_store(path)) {
    abort("{.arg path} must name a store that {.fn edist_plan} has made, but
      {.file {path}} is none.")
  }
  plan <- read_object(file.path(path, "edist", "plan.rds"))
  plan$path <- normalizePath(path)
  plan
}

# The plan comes last: with it the store is one.
make_store <- function(plan, request) {
  half_made <- dir.exists(own_path(plan, "parts"))
  if (!half_made && length(list.files(plan$path, all.files = TRUE, no.. = TRUE)) > 0) {
    abort("{.arg path} must name a store, or a directory that is empty or not there, but
      {.file {plan$path}} holds other files.")
  }
  reason <- reason_of(dir.create(own_path(plan, "parts"), recursive = TRUE))
  if (!dir.exists(own_path(plan, "parts"))) {
    abort("{.arg path} must name a directory that can be made, but {.file {plan$path}}
      cannot: {reason}.")
  }
  sides <- if (plan$symmetric) "x" else c("x", "y")
  for (side in seq_along(sides)) {
    for (b in seq_len(tile_grid(plan)[side]) - 1L) {
      block <- request[[sides[side]]][block_rows(plan, side, b), , drop = FALSE]
      dimnames(block) <- list(NULL, NULL)
      write_object(plan, block, own_path(plan, block_name(sides[side], b)))
    }
  }
  write_object(plan, request$names, own_path(plan, "names.rds"))
  write_json(plan, zarr_array(plan), ".zarray")
  write_json(plan, zarr_attributes(plan, request$names), ".zattrs")
  write_object(plan, plan, own_path(plan, "plan.rds"))
}

# What R says of a failure, in a few words.
reason_of <- function(code) {
  reason <- ""
  withCallingHandlers(code, warning = function(w) {
    reason <<- conditionMessage(w)
    invokeRestart("muffleWarning")
  })
  sub(".*reason '(.*)'.*", "\\1", reason)
}

block_name <- function(side, b) paste0(side, "-", b, ".rds")

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
      variables = one(plan$columns), dtype = one("float64"), tile = plan$tile,
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
  check_written(plan, .Call(C_edist_store_bytes, c(part, file), bytes), basename(file))
}

# A matrix of distances, or its mirror image, as the tile of this name.
write_tile <- function(plan, d, name, mirrored, shape = plan$tile) {
  paths <- c(part_name(plan, name), tile_file(plan, name))
  problem <- .Call(C_edist_store_tile, paths, d, mirrored, shape)
  # Another run may have put it there, and swept away what was on its way.
  if (isTRUE(file.size(paths[2]) == 8 * prod(shape))) return(invisible())
  check_written(plan, problem, name)
}

check_written <- function(plan, problem, name) {
  if (is.null(problem)) return(invisible())
  abort("{.file {name}} could not be written in {.file {plan$path}}: {problem}. What is
    there is whole; when that is mended, the same call goes on from it.")
}

# While something is computed it has a file here, which tells what, and who does it.
part_name <- function(plan, name, host = host_name(), process = Sys.getpid()) {
  own_path(plan, "parts", paste(basename(name), host, process, sep = "@"))
}

host_name <- function() {
  gsub("[^A-Za-z0-9._-]", "-", Sys.info()[["nodename"]])
}

claim <- function(plan, name) {
  part <- part_name(plan, name)
  reason <- reason_of(file.create(part))
  if (!file.exists(part)) check_written(plan, reason, name)
  part
}

claims <- function(plan) {
  files <- list.files(own_path(plan, "parts"), "@.*@[0-9]+$")
  parts <- strsplit(files, "@", fixed = TRUE)
  pick <- function(n) vapply(parts, function(part) part[n], "")
  data.frame(file = files, name = pick(1), host = pick(2), process = as.integer(pick(3)),
             since = file.mtime(own_path(plan, "parts", files)))
}

# Those of processes of this machine that are no more. What is left from others cannot be
# told from what they are doing; it harms nobody, and when all is done those that `done`
# matches go too.
sweep_claims <- function(plan, done = "^$") {
  left <- claims(plan)
  dead <- left$host == host_name() & !is_alive(left$process)
  remove_file(own_path(plan, "parts", left$file[dead | grepl(done, left$name)]))
}

# Not unlink() as it is: [ in a path would be a pattern.
remove_file <- function(file) unlink(file, expand = FALSE)

# Whether another process is at it, as far as one can tell.
is_claimed <- function(plan, name) {
  by <- claims(plan)
  by <- by[by$name == name & !(by$host == host_name() & by$process == Sys.getpid()), ]
  any(by$host != host_name() | is_alive(by$process))
}

is_alive <- function(process) {
  process == Sys.getpid() | vapply(process, tools::pskill, NA, signal = 0)
}

# Whether tiles are there in full.
tiles_there <- function(plan, i, j) {
  if (length(i) == 0) return(logical()) # paste0() makes a name of nothing
  size <- file.size(tile_file(plan, paste0(i, ".", j)))
  !is.na(size) & size == tile_bytes(plan)
}

missing_tiles <- function(plan) {
  at <- tile_at(plan, seq_len(plan$tiles))
  there <- tiles_there(plan, at$i, at$j)
  if (plan$symmetric) there <- there & tiles_there(plan, at$j, at$i)
  which(!there)
}

# The observations of one block, as they are computed with.
read_block <- function(plan, side, b) {
  sides <- if (plan$symmetric) c("x", "x") else c("x", "y")
  read_object(own_path(plan, block_name(sides[side], b)))
}

read_object <- function(file) {
  tryCatch(suppressWarnings(readRDS(file)), error = function(e) {
    abort("{.file {file}} must be there and whole, for the store cannot do without it:
      remove the store, and plan it again.")
  })
}

#' How much of a store is done
#'
#' @param path The path of a store, or a plan.
#' @return A list of class `"edist_status"`: `tiles`, how many are to be computed;
#'   `done`, how many are there in full; `missing`, the numbers of those that are not,
#'   for [edist_tile()]; and `at_work`, a data frame of what is being computed now, or was
#'   left by a process that was lost: `name`, `host`, `process` and `since`. The time is
#'   that of looking at one file per tile.
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
    missing = left, at_work = claims(plan)[c("name", "host", "process", "since")]
  ))
}

#' @export
print.edist_status <- function(x, ...) {
  share <- if (x$tiles > 0) floor(100 * x$done / x$tiles) else 100
  cat(cli::format_inline("{.strong {x$path}}"), "\n", sep = "")
  tiles <- cli::pluralize("{format_count(x$tiles)} tile{cli::qty(x$tiles)}{?s}")
  cat(format_count(x$done), " of ", tiles, " done, ", share, " %\n", sep = "")
  if (nrow(x$at_work)) {
    now <- x$at_work
    for_ <- format_duration(as.numeric(Sys.time()) - as.numeric(now$since[1]))
    cat(cli::pluralize("{nrow(now)} tile{?s} at work"), ", the first for ", for_, " on ",
        now$host[1], "\n", sep = "")
  }
  invisible(x)
}
