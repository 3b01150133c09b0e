# The store of a plan, a directory:
#
#   .zarray .zattrs        tell other programs how to read the matrix
#   0.0 0.1 1.0 ...        the tiles, named by row and column from 0
#   edist/plan.rds         the plan, and names.rds, the names of the rows
#   edist/x-...-0.rds ...  the data, in blocks of rows; see block_file()
#   edist/claims/          what is being computed and written; see claim_file()
#   edist/nearest-.../     unfinished answers of edist_nearest(), and the like

own_path <- function(plan, ...) file.path(plan$path, "edist", ...)
tile_file <- function(plan, name) file.path(plan$path, name)
tile_name <- function(i, j) sprintf("%d.%d", i, j)
tile_bytes <- function(plan) 8 * prod(plan$tile)
store_bytes <- function(plan) tile_bytes(plan) * prod(tile_grid(plan))

is_string <- function(x) {
  is.character(x) && length(x) == 1 && !is.na(x) && nzchar(x)
}

# With `or_y`, the caller may have put `y` in the place of the path.
check_path <- function(path, or_y = FALSE) {
  if (is_string(path)) return(invisible())
  was <- describe(path)
  if (inherits(path, "edist_plan")) {
    abort("{.arg path} must be the name of a directory, as {.code plan$path} is,
      not a plan.")
  }
  is_data <- length(dim(path)) == 2 || is.numeric(path) && length(path) > 1
  abort(paste0("{.arg path} must be the name of a directory, not {was}",
    if (or_y && is_data) {
      ": {.arg y} comes after it, as in {.code edist_plan(x, \"d.zarr\", y)}"
    },
    "."
  ))
}

is_store <- function(path) file.exists(file.path(path, "edist", "plan.rds"))

read_plan <- function(path, argument = "path") {
  if (!is_store(path)) {
    abort("{.arg {argument}} must name a store that {.fn edist_plan} has made,
      but {.file {path}} is not one.", "store")
  }
  plan <- read_object(file.path(path, "edist", "plan.rds"))
  plan$path <- absolute(path)
  plan
}

# Links are not resolved: their targets may have these names on one node only.
absolute <- function(path) {
  path <- path.expand(path)
  if (grepl("^(/|[A-Za-z]:|[\\\\])", path)) path else file.path(getwd(), path)
}

# The plan is written last: a directory that has one is a store.
make_store <- function(plan, request) {
  claims <- own_path(plan, "claims")
  there <- list.files(plan$path, all.files = TRUE, no.. = TRUE)
  half_made <- dir.exists(claims)
  if (!half_made && length(there) > 0) {
    abort("{.arg path} must name a store, or a directory that is empty or does
      not exist, but {.file {plan$path}} holds other files.", "store")
  }
  check_parent(plan$path, "path", "store")
  reason <- reason_of(dir.create(claims, recursive = TRUE))
  if (!dir.exists(claims)) {
    abort("{.arg path} must name a directory that can be created, but
      {.file {plan$path}} cannot: {reason}.", "store")
  }
  write_missing(plan, request)
  write_object(plan, plan, own_path(plan, "plan.rds"))
}

# A misspelt path should not create a tree of directories.
check_parent <- function(path, argument, class = "argument") {
  parent <- dirname(path)
  if (dir.exists(parent)) return(invisible())
  abort("{.arg {argument}} must be in a directory that exists, but
    {.file {parent}} does not: create it with
    {.code dir.create(\"{parent}\", recursive = TRUE)}.", class)
}

# Everything but the plan, unless it is there already.
write_missing <- function(plan, request) {
  write_blocks(plan, request)
  file <- own_path(plan, "names.rds")
  if (!file.exists(file)) write_object(plan, request$names, file)
  write_zarr(plan, request$names)
}

# What other programs need to read the matrix, unless it is there already.
write_zarr <- function(plan, names) {
  there <- file.exists(tile_file(plan, c(".zarray", ".zattrs")))
  if (!there[1]) write_json(plan, zarr_array(plan), ".zarray")
  if (!there[2]) write_json(plan, zarr_attributes(plan, names), ".zattrs")
}

# The data, unless they are there already.
write_blocks <- function(plan, request) {
  for (side in if (plan$symmetric) 1 else 1:2) {
    rows <- request[[c("x", "y")[side]]]
    for (b in seq_len(tile_grid(plan)[side]) - 1L) {
      file <- block_file(plan, side, b)
      if (file.exists(file)) next
      block <- rows[block_rows(plan, side, b), , drop = FALSE]
      dimnames(block) <- list(NULL, NULL)
      write_object(plan, block, file)
    }
  }
}

# The name depends on the data: plans that are made at the same time cannot mix.
block_file <- function(plan, side, b) {
  key <- substr(cli::hash_md5(paste(plan$data, collapse = " ")), 1, 8)
  name <- if (plan$symmetric) "x" else c("x", "y")[side]
  own_path(plan, paste0(name, "-", key, "-", b, ".rds"))
}

# Why the system could not do something, in a few words: the first warning.
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
  byte_order <- if (.Platform$endian == "little") "<" else ">"
  list(zarr_format = one(2L), shape = plan$dim, chunks = plan$tile,
       dtype = one(paste0(byte_order, "f8")), compressor = NULL,
       fill_value = one("NaN"), order = one("F"), filters = NULL)
}

zarr_attributes <- function(plan, names) {
  one <- jsonlite::unbox
  spec <- plan$spec
  list(
    edist = list(
      version = one(plan$version), method = one(spec$method),
      p = if (spec$method == "minkowski") one(spec$p),
      strict = one(spec$strict),
      rows = one(plan$dim[1]), columns = one(plan$dim[2]),
      variables = one(variables_of(plan)), dtype = one("float64"),
      tile = plan$tile, symmetric = one(plan$symmetric),
      fingerprints = lapply(plan$data, one)
    ),
    labels = list(rows = names$x, columns = names$y)
  )
}

write_json <- function(plan, content, name) {
  text <- jsonlite::toJSON(content, null = "null", digits = NA, pretty = TRUE)
  write_bytes(plan, charToRaw(ascii_json(text)), tile_file(plan, name))
}

# zarr-python reads ASCII only, so all other letters of labels are escaped.
ascii_json <- function(text) {
  code <- utf8ToInt(enc2utf8(text))
  letters <- intToUtf8(code, multiple = TRUE)
  unit <- function(value) sprintf("\\u%04x", as.integer(value))
  far <- code > 0xffff
  odd <- code > 127 & !far
  letters[odd] <- unit(code[odd])
  rest <- code[far] - 0x10000
  letters[far] <- paste0(unit(0xd800 + rest %/% 1024),
                         unit(0xdc00 + rest %% 1024))
  paste(letters, collapse = "")
}

write_object <- function(plan, object, file) {
  write_bytes(plan, serialize(object, NULL, xdr = FALSE), file)
}

write_bytes <- function(plan, bytes, file) {
  temporary <- temporary_file(plan, basename(file))
  # Copies of a store may lack directories that were empty.
  dir.create(dirname(temporary), showWarnings = FALSE)
  problem <- .Call(C_edist_store_bytes, c(temporary, file), bytes)
  check_written(plan, problem, basename(file))
}

# Writes a matrix of distances as the tile of the first name, and its mirror
# image as the tile of the second name, if there is one; both at once if there
# are threads.
write_tiles <- function(plan, d, names, shape = plan$tile, threads = 1L) {
  files <- tile_file(plan, names)
  temporary <- temporary_file(plan, names)
  problems <- .Call(C_edist_store_tiles, temporary, files, d, shape, threads)
  # Another run may have written it, and removed what this one was writing.
  bad <- problems != "" & !(file.size(files) %in% (8 * prod(shape)))
  if (any(bad)) check_written(plan, problems[bad][1], names[bad][1])
}

check_written <- function(plan, problem, name) {
  if (is.null(problem)) return(invisible())
  abort("{.file {name}} could not be written in {.file {plan$path}}: {problem}.
    Finished tiles are intact: fix this and run again.", "store")
}

# A claim is an empty file that says which process is working on what. While
# that is written, it has a temporary file beside the claim. No name is ever
# used twice: hosts and processes of two containers may be called the same, and
# forked processes and copied machines share what is in memory. So what a killed
# process has left behind is not written to, either.
claim_file <- function(plan, name, host = host_name(), process = Sys.getpid()) {
  file <- paste(basename(name), host, process, new_token(), sep = "@")
  own_path(plan, "claims", file)
}
temporary_file <- function(plan, name) paste0(claim_file(plan, name), ".tmp")

# R's random numbers belong to the user.
new_token <- function() .Call(C_edist_store_token)

host_name <- function() {
  gsub("[^A-Za-z0-9._-]", "-", Sys.info()[["nodename"]])
}

claim <- function(plan, name) {
  file <- claim_file(plan, name)
  dir.create(dirname(file), showWarnings = FALSE)
  reason <- reason_of(file.create(file))
  if (!file.exists(file)) check_written(plan, reason, name)
  file
}

# With `all`, temporary files are included.
claims <- function(plan, all = FALSE) {
  pattern <- paste0("@.*@[0-9]+@[0-9a-f]{16}", if (all) "([.]tmp)?", "$")
  files <- list.files(own_path(plan, "claims"), pattern)
  fields <- strsplit(files, "@", fixed = TRUE)
  field <- function(n) vapply(fields, function(field) field[n], "")
  data.frame(file = files, name = field(1), host = field(2),
             process = as.integer(field(3)),
             since = file.mtime(own_path(plan, "claims", files)))
}

# Claims that others have left behind look like those of others at work. They do
# no harm, and are removed once everything is done whose names match `done`.
sweep_claims <- function(plan, done) {
  left <- claims(plan, all = TRUE)
  remove_file(own_path(plan, "claims", left$file[grepl(done, left$name)]))
}

# unlink() would take [ in a path for a pattern.
remove_file <- function(file) unlink(file, expand = FALSE)

# Whether a process is working on it, as far as we can tell.
is_claimed <- function(plan, name) {
  by <- claims(plan)
  any(is_alive(by[by$name == name, ]))
}

# Processes of other machines count as alive, and so do those of Windows, where
# asking a process would kill it.
is_alive <- function(by) {
  alive <- rep(TRUE, nrow(by))
  ask <- which(by$host == host_name() & .Platform$OS.type == "unix")
  alive[ask] <- vapply(by$process[ask], process_lives, NA)
  alive
}

# A process of another user cannot be signalled, but is listed. A process that
# has ended is listed, too, until its parent collects it, with a state of Z or
# X. The state follows the name, which is in brackets and may contain line
# breaks. `root` is for tests.
process_lives <- function(process, root = "") {
  stat <- read_system(file.path(root, "proc", process, "stat"))
  stat <- paste(stat, collapse = " ")
  if (stat == "") return(tools::pskill(process, signal = 0))
  !grepl("^[ZXx]", sub(".*[)] ", "", stat, useBytes = TRUE))
}

# Whether tiles are complete.
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

# One block of the data. Neighbouring tiles share a block: the cache keeps as
# many as take the memory of two tiles.
cached_block <- function(plan, side, b, cache) {
  bytes <- 8 * plan$tile[side] * plan$columns
  cache$get(block_file(plan, side, b), read_block(plan, side, b),
            max = max(2, floor(2 * tile_bytes(plan) / max(1, bytes))))
}

read_block <- function(plan, side, b) {
  block <- read_object(block_file(plan, side, b))
  # Without package Matrix, a sparse block would have no rows.
  if (isS4(block)) check_installed("Matrix", "A sparse matrix")
  block
}

names_of <- function(plan) read_object(own_path(plan, "names.rds"))

read_object <- function(file) {
  if (!file.exists(file)) {
    abort("The store must have {.file {file}}, but it is missing: is the disk
      mounted? If the file is lost, {.fn edist_plan} with the same data writes
      it again.", "store")
  }
  tryCatch(suppressWarnings(readRDS(file)), error = function(e) {
    abort("{.file {file}} must be intact, but cannot be read: delete it, and
      call {.fn edist_plan} with the same data to write it again.", "store")
  })
}

is_writable <- function(plan) file.access(own_path(plan), 2) == 0

#' See how much of a plan is computed
#'
#' Counts the finished tiles in the store of a plan, and lists the processes
#' that are working on others. It can be called at any time, from any machine
#' that sees the store; it looks at one file per tile.
#'
#' @param plan What [edist_plan()] returns; `edist_plan(path = "d.zarr")` reads
#'   it from a store.
#' @return A list of class `"edist_status"`: `path`; `tiles`, the number of
#'   tiles to compute; `done`, the number of finished tiles; `missing`, the
#'   numbers of the others, for [edist_tile()]; and `at_work`, a data frame with
#'   one row for each task that is being computed and columns `name`, `host`,
#'   `process`, `since` and `alive`. `alive` is `FALSE` if the process ran on
#'   this machine and has ended without finishing its task; for other machines,
#'   and on Windows, it is always `TRUE`.
#' @seealso [edist_plan()], [edist_run()], [edist_tile()]
#' @export
#' @examplesIf requireNamespace("jsonlite", quietly = TRUE)
#' path <- tempfile(fileext = ".zarr")
#' plan <- edist_plan(faithful, path, tile = 100)
#' edist_tile(plan, 2)
#' edist_status(plan)
#' unlink(path, recursive = TRUE)
edist_status <- function(plan) {
  check_plan(plan)
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
    since <- as.numeric(Sys.time()) - as.numeric(now$since[first])
    cat(nrow(now), " being computed, the longest for ", format_duration(since),
        " on ", now$host[first], "\n", sep = "")
  }
  left <- sum(!x$at_work$alive)
  if (left > 0) {
    by <- pluralize("{cli::qty(left)}{?a process/processes}")
    cat(left, " left unfinished by ", by, " that ended\n", sep = "")
  }
  invisible(x)
}
