# Answers for all rows of a plan, without the matrix. Rows are processed in
# bands, and each band is a task of a run, as a tile is. Every row meets the
# whole base in one place and in one order, so answers, ties and the bits of
# sums are those of one call for all rows.

# A question is plain data, for it is kept in the store: what is asked of each
# row band, and the function in `answer_of` that answers it.
nearest_question <- function(k, radius = NULL) {
  list(kind = "nearest", k = k, radius = radius)
}

# With `triangle`, each pair of rows once.
within_question <- function(radius, triangle) {
  list(kind = "within", radius = radius, triangle = triangle)
}

reduce_question <- function(stat, radius, groups) {
  list(kind = "reduce", stat = stat, radius = radius, groups = groups)
}

# How one row band is answered, `x`, given the numbers of its rows. Queries of a
# symmetric plan must not find themselves.
answer_of <- list(
  nearest = function(plan, asked, x, rows, spec, progress) {
    base_row <- if (plan$symmetric) rows - 1L
    question <- asked$question
    .Call(C_edist_nearest, x, asked$base, spec, question$k,
          radius_of(question$radius, rows), base_row, progress)
  },
  within = function(plan, asked, x, rows, spec, progress) {
    question <- asked$question
    pairs <- .Call(C_edist_within, x, asked$base, spec,
                   radius_of(question$radius, rows), TRUE, max_pairs(),
                   progress)
    if (is.null(pairs)) return(NULL)
    query <- rows[pairs$query]
    wanted <- if (question$triangle) pairs$index > query else
      !plan$symmetric | pairs$index != query
    list(query = query[wanted], index = pairs$index[wanted],
         distance = pairs$distance[wanted])
  },
  reduce = function(plan, asked, x, rows, spec, progress) {
    question <- asked$question
    base_row <- if (plan$symmetric) question$groups$base_row[rows]
    reduce_groups(x, asked$base, spec, question$stat,
                  radius_of(question$radius, rows), question$groups$end,
                  base_row, plan$dim[1], progress)
  }
)

radius_of <- function(radius, rows) {
  if (length(radius) > 1) radius[rows] else radius
}

# The answers for all row bands.
ask <- function(plan, question, threads) {
  check_plan(plan, "x")
  if (!is_writable(plan)) return(ask_in_memory(plan, question, threads))
  folder <- question_folder(plan, question)
  for (try in 1:3) {
    answers <- tryCatch(ask_in_store(plan, folder, question, threads),
                        error = identity)
    if (!inherits(answers, "error")) break
    # Another process may have asked the same, finished first, and cleared away.
    if (dir.exists(own_path(plan, folder)) || try == 3) stop(answers)
  }
  unlink(own_path(plan, folder), recursive = TRUE, expand = FALSE)
  answers
}

# If the store cannot be written to: this process answers alone.
ask_in_memory <- function(plan, question, threads) {
  asked <- load_base(plan, question)
  lapply(row_bands(plan), function(b) answer_band(plan, asked, b, threads))
}

# Answers are kept in a folder of the store until all are there, so that a run
# that was interrupted can be resumed.
ask_in_store <- function(plan, folder, question, threads) {
  dir.create(own_path(plan, folder), showWarnings = FALSE)
  file <- question_file(plan, folder)
  if (!file.exists(file)) write_object(plan, question, file)
  run_tasks(plan, band_tasks(plan, folder), threads, 3, NULL)
  lapply(row_bands(plan), function(b) read_object(band_file(plan, folder, b)))
}

# The same question to the same plan has the same folder.
question_folder <- function(plan, question) {
  key <- cli::hash_obj_md5(list(question, plan$data, plan$tile))
  paste0(question$kind, "-", key)
}

question_file <- function(plan, folder) own_path(plan, folder, "question.rds")
band_file <- function(plan, folder, b) {
  own_path(plan, folder, sprintf("%d.rds", b))
}

# The numbers of the row bands, from 1.
row_bands <- function(plan) seq_len(tile_grid(plan)[1])

band_tasks <- function(plan, folder) {
  bands <- row_bands(plan)
  list(folder = folder, claims = paste0("^", folder, "-"), noun = "row band",
       missing = function() bands[!file.exists(band_file(plan, folder, bands))],
       check = function(left) NULL,
       do = function(b, threads, cache, polite) {
         do_band(plan, folder, b, threads, cache, polite)
       })
}

# What do_tile() does for a tile, for a row band.
do_band <- function(plan, folder, b, threads, cache, polite = FALSE) {
  file <- band_file(plan, folder, b)
  if (file.exists(file)) return(NA_real_)
  name <- paste0(folder, "-", b)
  if (polite && is_claimed(plan, name)) return(NULL)
  start <- seconds_now()
  claim <- claim(plan, name)
  on.exit(remove_file(claim))
  asked <- cache$get(own_path(plan, folder), max = 1,
                     load_base(plan, read_object(question_file(plan, folder))))
  write_object(plan, answer_band(plan, asked, b, threads), file)
  seconds_now() - start
}

answer_band <- function(plan, asked, b, threads) {
  x <- read_block(plan, 1, b - 1L)
  rows <- block_rows(plan, 1, b - 1L)
  spec <- spec_of(plan, threads)
  spec$search <- search_fits(x, asked$base)
  answer <- answer_of[[asked$question$kind]]
  compute(function(progress) answer(plan, asked, x, rows, spec, progress), NULL)
}

# A question and its base, which is the same for all row bands: the rows of y,
# or of x alone, in the order of the groups.
load_base <- function(plan, question) {
  all <- seq_len(tile_grid(plan)[2]) - 1L
  base <- do.call(rbind, lapply(all, function(b) read_block(plan, 2, b)))
  if (is.null(base)) base <- matrix(0, 0, plan$columns)
  order <- question$groups$order
  if (!is.null(order)) base <- base[order, , drop = FALSE]
  list(question = question, base = base)
}

# The request that a plan stands for; its data are in the store.
plan_request <- function(plan) {
  new_request(plan$spec, names_of(plan), plan$dim[1], plan$dim[2],
              plan$symmetric)
}

#' @rdname edist_nearest
#' @export
edist_nearest.edist_plan <- function(x, k, ..., radius = Inf,
                                     ties = c("first", "all"),
                                     threads = NULL) {
  refuse_arguments(..., with = "with a plan")
  check_k(k)
  nearest(plan_request(x), k, radius, ties, function(k, radius) {
    nearest_in_bands(ask(x, nearest_question(k, radius), threads), k)
  }, function(radius) {
    pairs_in_bands(ask(x, within_question(radius, FALSE), threads))
  })
}

# Shares are those of the rows, since each row has equally many pairs.
nearest_in_bands <- function(bands, k) {
  none <- list(index = matrix(0L, 0, k), distance = matrix(0, 0, k))
  bind <- function(name) bind_rows(c(list(none), bands), name)
  rows <- vapply(bands, function(band) nrow(band$index), 0L)
  share <- function(name, none) {
    each <- vapply(bands, function(band) band[[name]], 0)
    if (sum(rows) > 0) stats::weighted.mean(each, rows) else none
  }
  list(index = bind("index"), distance = bind("distance"),
       computed = share("computed", 1), screened = share("screened", 0))
}

#' @rdname edist_within
#' @export
edist_within.edist_plan <- function(x, radius, ...,
                                    as = c("Matrix", "data.frame"),
                                    threads = NULL) {
  refuse_arguments(..., with = "with a plan")
  as <- read_form(as)
  request <- plan_request(x)
  radius <- read_radius(radius, request)
  triangle <- x$symmetric && length(radius) == 1
  pairs <- pairs_in_bands(ask(x, within_question(radius, triangle), threads))
  if (as == "Matrix") pairs <- start_pairs(pairs, request$nrow)
  pairs_as(as, pairs, request, length(radius) == 1)
}

bind_rows <- function(bands, name) {
  do.call(rbind, lapply(bands, function(band) band[[name]]))
}

# The form that sparse_form() takes.
start_pairs <- function(pairs, nrow) {
  pairs$index <- pairs$index - 1L
  pairs$start <- c(0, cumsum(tabulate(pairs$query, nrow)))
  pairs
}

pairs_in_bands <- function(bands) {
  bind <- function(name) unlist(lapply(bands, function(band) band[[name]]))
  list(query = as.integer(bind("query")), index = as.integer(bind("index")),
       distance = as.double(bind("distance")))
}

#' @rdname edist_reduce
#' @export
edist_reduce.edist_plan <- function(x, stat, ..., radius = NULL, group = NULL,
                                    threads = NULL) {
  refuse_arguments(..., with = "with a plan")
  stat <- read_stat(stat)
  reduce(plan_request(x), stat, radius, group, function(radius, groups) {
    question <- reduce_question(stat_computed[[stat]], radius, groups)
    bands <- ask(x, question, threads)
    bind <- function(name) {
      values <- lapply(bands, function(band) {
        matrix(band[[name]], ncol = length(groups$end))
      })
      c(do.call(rbind, values))
    }
    list(value = as.double(bind("value")), count = as.integer(bind("count")),
         at = as.integer(bind("at")))
  })
}
