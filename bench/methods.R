#' ---
#' title: "All methods compared with stats::dist and other packages"
#' output:
#'   md_document:
#'     variant: gfm
#'     fig_width: 9
#'     fig_height: 6
#' ---
#'
#+ setup, include = FALSE
# Run by `make methods`, which renders this file to methods.md.
knitr::opts_chunk$set(echo = FALSE, comment = "", dpi = 130)
library(edist)
source("turns.R")
threads <- 2L
set.seed(1)
n <- 2000
p <- 200
x <- matrix(rnorm(n * p), n)
on <- matrix(rbinom(n * p, 1, 0.5) + 0, n)
holes <- function(x) {
  x[sample(length(x), length(x) / 20)] <- NA
  x
}
data <- list(plain = list(values = x, binary = on),
             "5 % NA" = list(values = holes(x), binary = holes(on)))

task <- function(method, power, label) list(method = method, power = power, label = label)
tasks <- list(
  task("euclidean", 2, "euclidean"), task("maximum", 2, "maximum"),
  task("manhattan", 2, "manhattan"), task("canberra", 2, "canberra"),
  task("binary", 2, "binary"), task("minkowski", 1, "minkowski, p = 1"),
  task("minkowski", 2, "minkowski, p = 2"), task("minkowski", 3, "minkowski, p = 3"),
  task("minkowski", 4, "minkowski, p = 4"), task("minkowski", 1.5, "minkowski, p = 1.5"),
  task("minkowski", 2.2, "minkowski, p = 2.2")
)
has_peer <- requireNamespace("parallelDist", quietly = TRUE)

measure <- function(task, kind) {
  x <- data[[kind]][[if (task$method == "binary") "binary" else "values"]]
  peers <- list(
    edist = function(x) edist(x, task$method, p = task$power, threads = threads),
    "edist, strict" = function(x) {
      edist(x, task$method, p = task$power, strict = TRUE, threads = threads)
    },
    dist = function(x) dist(x, task$method, p = task$power)
  )
  # parallelDist does not leave out missing values, so the task would be another one.
  if (has_peer && kind == "plain") {
    peers$parallelDist <- function(x) {
      parallelDist::parDist(x, task$method, p = task$power, threads = threads)
    }
  }
  times <- take_turns(task$label, peers, x, rounds = 3, turn = 0.4, patience = 4)
  data.frame(method = task$label, values = kind, times[-1])
}
results <- do.call(rbind, lapply(names(data), function(kind) {
  do.call(rbind, lapply(tasks, measure, kind))
}))
of <- function(peer, what = "min") {
  rows <- results[results$peer == peer, ]
  all <- unique(results[c("method", "values")])
  rows[[what]][match(paste(all$method, all$values), paste(rows$method, rows$values))]
}
wide <- unique(results[c("method", "values")])
for (peer in unique(results$peer)) wide[[peer]] <- of(peer)
# The limit that the divider sets for canberra: a division for each pair and column.
divisions <- n * (n - 1) / 2 * p
divider <- {
  program <- tempfile()
  flags <- c("-O3", "-march=native", "-fopenmp", "divide.c", "-o", program)
  if (system2("cc", flags) == 0) {
    as.numeric(system2(program, c(format(divisions, scientific = FALSE), threads),
                       stdout = TRUE))
  } else NA
}
info <- edist_info()

#' The distances of `r n` rows with `r p` columns, with `r threads` threads. All functions
#' ran in one session and took turns. Times are minimum times; ratios are those of the
#' minimum times, with those of the medians in brackets.
#'
#' `r edist:::processor_name()`, `r info$limits[["CPUs online"]]` cores, `r info$isa`;
#' `r R.version.string`; parallelDist
#' `r if (has_peer) as.character(packageVersion("parallelDist")) else "is missing"`, which
#' does not leave out missing values as `dist()` does, and therefore has no times for
#' them.
#'
#+ times
times <- function(peer) edist:::format_seconds(wide[[peer]])
ratio <- function(peer, base = "edist") {
  text <- sprintf("%.1f (%.1f)", of(peer) / of(base),
                  of(peer, "median") / of(base, "median"))
  ifelse(is.na(of(peer)), "", text)
}
blank <- function(text) ifelse(is.na(text), "", text)
table <- data.frame(
  method = wide$method, values = wide$values, edist = times("edist"),
  strict = times("edist, strict"), dist = times("dist"),
  "dist / edist" = ratio("dist"), "dist / strict" = ratio("dist", "edist, strict"),
  check.names = FALSE
)
if (has_peer) {
  table$parallelDist <- blank(times("parallelDist"))
  table$"parallelDist / edist" <- ratio("parallelDist")
}
knitr::kable(table, align = "llrrrrrrr")

#' ## Goals
#'
#+ goals
gain <- setNames(of("dist") / of("edist"), paste(wide$method, wide$values))
goal <- c(maximum = 20, manhattan = 20, binary = 20, canberra = 10,
          "minkowski, p = 1" = 40, "minkowski, p = 2" = 40, "minkowski, p = 3" = 40,
          "minkowski, p = 4" = 40, "minkowski, p = 1.5" = 40, "minkowski, p = 2.2" = 1.8)
masked <- grepl("NA", names(gain))
cost <- of("edist")[wide$values != "plain"] / of("edist")[wide$values == "plain"]
names(cost) <- wide$method[wide$values == "plain"]
goals <- rbind(
  data.frame(what = paste0(names(goal), ", times as fast as dist()"), goal = as.character(goal),
             measured = sprintf("%.1f", gain[paste(names(goal), "plain")])),
  data.frame(what = "any method except the last with 5 % NA, times as fast as dist()",
             goal = "at least 10",
             measured = sprintf("%.1f", min(gain[masked & !grepl("2.2", names(gain))]))),
  data.frame(what = "euclidean with 5 % NA, times as long as without", goal = "at most 3",
             measured = sprintf("%.1f", cost[["euclidean"]]))
)
knitr::kable(goals, align = "lrr", row.names = FALSE)

#' Canberra divides once for each pair of rows and each column.
#' `r sprintf("%.0f", divisions / 1e6)` million divisions alone, in registers, take
#' `r divider` ms on `r threads` threads of this machine (`divide.c`); edist takes
#' `r sprintf("%.0f", 1e3 * of("edist")[wide$method == "canberra" & wide$values == "plain"])`
#' ms.
#'
#' ## With missing values, times as long as without
#'
#+ cost
knitr::kable(data.frame(method = names(cost), "times as long" = sprintf("%.1f", cost),
                        check.names = FALSE), align = "lr", row.names = FALSE)

#' ## Methods that dist() does not have
#'
#+ others, include = FALSE
has <- function(package) requireNamespace(package, quietly = TRUE)
quantities <- matrix(rexp(n * p), n)
quantities[sample(n * p, 0.3 * n * p)] <- 0
counts <- matrix(rpois(n * p, 3) + 0, n)
places <- cbind(lon = runif(n, -180, 180), lat = runif(n, -90, 90))
mixed <- data.frame(quantities)
mixed[101:200] <- lapply(mixed[101:200], function(x) factor(ceiling(2 * x)))

vegan <- function(name, ...) if (has("vegan")) function(x) vegan::vegdist(x, name, ...)
proxy <- function(name) if (has("proxy")) function(x) proxy::dist(x, name)
parallel <- function(name) {
  if (has_peer) function(x) parallelDist::parDist(x, name, threads = threads)
}
bray <- list(vegan = vegan("bray"), proxy = proxy("Bray"), parallelDist = parallel("bray"))
jaccard <- list(vegan = vegan("jaccard"), parallelDist = parallel("soergel"))
others <- list(
  braycurtis = bray, "braycurtis, counts" = bray,
  ruzicka = jaccard, "ruzicka, counts" = jaccard,
  chord = list(vegan = vegan("chord"), proxy = proxy("Chord"), parallelDist = parallel("chord")),
  hellinger = list(vegan = vegan("hellinger"), proxy = proxy("Hellinger"),
                   parallelDist = parallel("hellinger")),
  jensenshannon = list(),
  hamming = list(),
  dice = list(vegan = vegan("bray", binary = TRUE), proxy = proxy("Dice"),
              parallelDist = parallel("dice")),
  simplematching = list(proxy = proxy("Simple Matching"),
                        parallelDist = parallel("simple matching")),
  spearman = list(stats = function(x) as.dist(1 - cor(t(x), method = "spearman"))),
  gower = list(cluster = if (has("cluster")) function(x) cluster::daisy(x, "gower")),
  haversine = list(geosphere = if (has("geosphere")) {
    function(x) as.dist(geosphere::distm(x, fun = function(a, b) {
      geosphere::distHaversine(a, b, r = 6371008.8)
    }))
  })
)
in_scipy <- c("braycurtis", "jensenshannon", "hamming", "dice")

data_for <- function(task) {
  if (endsWith(task, ", counts")) return(counts)
  switch(task, gower = mixed, haversine = places, dice = , simplematching = on, quantities)
}

# scipy in a process of its own, by its own clock.
scipy <- function(method, x) {
  files <- c(tempfile(), tempfile())
  on.exit(unlink(files))
  writeBin(c(x), files[1])
  seconds <- suppressWarnings(system2("/usr/bin/python3", c("methods.py", method, dim(x), files),
                                      stdout = TRUE, stderr = FALSE))
  if (length(seconds) != 1) return(NULL)
  list(seconds = as.numeric(seconds), d = readBin(files[2], "double", n * (n - 1) / 2))
}

compare <- function(task) {
  method <- sub(",.*", "", task)
  x <- data_for(task)
  if (method == "dice") x <- x > 0
  edist <- function(x) edist::edist(x, method, threads = threads)
  peers <- c(list(edist = edist), Filter(Negate(is.null), others[[task]]))
  given <- if (is.data.frame(x)) x else x + 0
  times <- take_turns(task, peers, given, rounds = 3, turn = 0.4, patience = 4)
  d <- c(edist(given))
  off <- function(peer) {
    other <- c(suppressWarnings(peers[[peer]](given)))
    max(abs(other - d)) / max(d)
  }
  times$off <- vapply(times$peer, off, 0)
  python <- if (task %in% in_scipy) scipy(method, given)
  if (!is.null(python)) {
    row <- data.frame(task = task, peer = "scipy", runs = 3, min = python$seconds,
                      median = NA, ratio = python$seconds / times$min[1],
                      ratio_median = NA, off = max(abs(python$d - d)) / max(d))
    times <- rbind(times, row)
  }
  times
}
compared <- do.call(rbind, lapply(names(others), compare))

#' The same number of rows and columns: quantities, a third of them 0; counts with a mean
#' of 3; for `dice` and `simplematching` values of 0 and 1; for `gower` half of the columns
#' factors; for
#' `haversine` places. scipy `r if (any(compared$peer == "scipy")) "is timed in its own process, on one thread" else "is missing"`;
#' vegan and proxy use one thread, parallelDist `r threads`. "Times" says how many times as
#' long a peer took, by minimum times; "off" is its largest difference to edist, as a part
#' of the largest distance.
#'
#+ compared
own <- compared[compared$peer == "edist", ]
rivals <- compared[compared$peer != "edist", ]
knitr::kable(data.frame(
  method = rivals$task, edist = edist:::format_seconds(own$min[match(rivals$task, own$task)]),
  peer = rivals$peer, time = edist:::format_seconds(rivals$min),
  times = sprintf("%.1f", rivals$ratio), off = sprintf("%.1e", rivals$off)
), align = "lrlrrr", row.names = FALSE)

#+ other-goals
slowest <- function(peer, but = NULL) {
  rows <- rivals[rivals$peer == peer & !rivals$task %in% but, ]
  if (nrow(rows) == 0) return(c("missing", ""))
  least <- rows[which.min(rows$ratio), ]
  c(sprintf("%.1f", least$ratio), least$task)
}
goals <- rbind(c("vegan::vegdist", 20, slowest("vegan")), c("proxy", 10, slowest("proxy")),
               c("parallelDist", 10, slowest("parallelDist")),
               c("scipy, where a logarithm is the limit", 5,
                 slowest("scipy", setdiff(in_scipy, "jensenshannon"))))
colnames(goals) <- c("times as fast as", "goal", "least", "for")
knitr::kable(goals, align = "lrrl")

#+ limits, include = FALSE
plain_time <- function(method) of("edist")[wide$method == method & wide$values == "plain"]
own_time <- function(task) own$min[own$task == task]
as_manhattan <- function(task) sprintf("%.1f", own_time(task) / plain_time("manhattan"))
#' What limits them: `braycurtis` and `ruzicka` add up two numbers for each pair of rows and
#' column, with six operations instead of the three of `manhattan`, and take
#' `r as_manhattan("braycurtis")` times as long. Sums of counts are exact in any order, so
#' the second number is the sum of two totals of rows, found once for each row:
#' `r as_manhattan("braycurtis, counts")` times as long as `manhattan`. `binary`, `dice` and
#' `simplematching` use totals of rows too, and count one thing for each pair: `dice` takes
#' `r as_manhattan("dice")` times as long as `manhattan`. `jensenshannon` takes two logarithms
#' and two divisions,
#' `r sprintf("%.1f", 1e9 * threads * own_time("jensenshannon") / divisions)` ns of a thread
#' for each pair of rows and column.
