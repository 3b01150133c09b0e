# A metric that another package has compiled, an external pointer made by
# edist_metric() of inst/include/edist.h. The engine calls it for each pair, on
# all threads.
is_compiled <- function(method) typeof(method) == "externalptr"

compiled_request <- function(x, y, metric, refused, threads) {
  refuse_given(refused, "with a compiled {.arg method}")
  rows <- both_or_one(x, y)
  alone <- is.null(y)
  base <- if (alone) rows$x else rows$y
  spec <- list(method = "compiled", p = 2, strict = FALSE, compiled = metric,
               threads = read_threads(threads))
  new_request(spec, list(x = rownames(rows$x), y = rownames(base)),
              nrow(rows$x), nrow(base), alone, rows$x, rows$y)
}
