# Answers without the matrix for a whole plan: edist_nearest() and edist_reduce() of the
# rows of one band of tiles after the other, each a part of a run like a tile. Every row
# meets all others in one place and in one order, so answers, ties and the bits of
# sums are those of one call for all.

# `what` is a list with `kind`, and what that needs. Gives the answers of all bands; they
# are kept beside the store until all are there.
ask <- function(plan, what, threads) {
  plan <- as_plan(plan, "x")
  if (!is_writable(plan)) return(ask_here(plan, what, threads))
  task <- paste0(what$kind, "-", cli::hash_obj_md5(list(what, plan$data, plan$tile)))
  on.exit(let_go_everywhere())
  for (try in 1:3) {
    answers <- tryCatch(ask_once(plan, task, what, threads), error = identity)
    if (!inherits(answers, "error")) break
    # Somebody else asked the same at the same time, was done first, and cleared away.
    if (dir.exists(own_path(plan, task)) || try == 3) stop(answers)
  }
  unlink(own_path(plan, task), recursive = TRUE, expand = FALSE)
  answers
}

is_writable <- function(plan) file.access(own_path(plan), 2) == 0

# Of a store on a disk that is not written to: by this process, in its memory.
ask_here <- function(plan, what, threads) {
  on.exit(let_go())
  asked <- asked_of(plan, what)
  how <- how_of(plan, threads)
  answer <- answer_of[[what$kind]]
  lapply(seq_len(tile_grid(plan)[1]), function(b) answer(plan, asked, b, how))
}

ask_once <- function(plan, task, what, threads) {
  dir.create(own_path(plan, task), showWarnings = FALSE)
  if (!file.exists(own_path(plan, task, "ask.rds"))) {
    write_object(plan, what, own_path(plan, task, "ask.rds"))
  }
  run_parts(plan, band_parts(plan, task), threads, 3, NULL)
  lapply(seq_len(tile_grid(plan)[1]), function(b) read_object(band_file(plan, task, b)))
}

# What functions that check their arguments want to know of one.
plan_request <- function(plan) {
  list(nrow = plan$dim[1], nbase = plan$dim[2], names = names_of(plan),
       y = if (!plan$symmetric) "there", how = plan$how)
}

names_of <- function(plan) read_object(own_path(plan, "names.rds"))

band_file <- function(plan, task, b) own_path(plan, task, sprintf("%d.rds", b))

band_parts <- function(plan, task) {
  bands <- seq_len(tile_grid(plan)[1])
  list(task = task, claims = paste0("^", task, "-"), noun = "band",
       missing = function() bands[!file.exists(band_file(plan, task, bands))],
       check = function(left) NULL,
       do = function(b, threads, polite) do_band(plan, task, b, threads, polite))
}

do_band <- function(plan, task, b, threads, polite = FALSE) {
  if (file.exists(band_file(plan, task, b))) return(NA_real_)
  name <- paste0(task, "-", b)
  if (polite && is_claimed(plan, name)) return(NULL)
  start <- seconds_now()
  claim <- claim(plan, name)
  on.exit(remove_file(claim))
  asked <- hold(own_path(plan, task), read_asked(plan, task), 2)
  answer <- answer_of[[asked$what$kind]](plan, asked, b, how_of(plan, threads))
  write_object(plan, answer, band_file(plan, task, b))
  seconds_now() - start
}

answer_of <- list(
  nearest = function(plan, asked, b, how) {
    self <- if (plan$symmetric) block_rows(plan, 1, b - 1L) - 1L
    compute(function(progress) {
      .Call(C_edist_nearest, read_block(plan, 1, b - 1L), asked$base, how, asked$what$k,
            self, progress)
    }, NULL)
  },
  reduce = function(plan, asked, b, how) {
    what <- asked$what
    rows <- block_rows(plan, 1, b - 1L)
    radius <- if (length(what$radius) > 1) what$radius[rows] else what$radius
    self <- if (plan$symmetric) what$groups$self[rows]
    compute(function(progress) {
      .Call(C_edist_reduce, read_block(plan, 1, b - 1L), asked$base, how, what$stat,
            radius, what$groups$end, self, plan$dim[1], progress)
    }, NULL)
  }
)

# All rows that each row of a band meets: what a worker holds from one band to the next.
read_asked <- function(plan, task) {
  asked_of(plan, read_object(own_path(plan, task, "ask.rds")))
}

asked_of <- function(plan, what) {
  all <- seq_len(tile_grid(plan)[2]) - 1L
  blocks <- lapply(all, read_observations, plan = plan, side = 2)
  base <- if (length(blocks)) do.call(rbind, blocks) else matrix(0, 0, plan$columns)
  order <- what$groups$order
  list(what = what, base = if (is.null(order)) base else base[order, , drop = FALSE])
}

let_go_everywhere <- function() {
  let_go()
  if (has_daemons()) mirai::everywhere(utils::getFromNamespace("let_go", "edist")())
}
