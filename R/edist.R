#' Distances between the rows of a matrix
#'
#' `edist()` takes the arguments of [stats::dist()] in the same places and gives
#' the same kind of result, computed by all cores with vector instructions. It
#' has all methods of `dist()` and fourteen more, see [edist_methods()].
#'
#' @details
#' The sum over columns is taken of differences, `(x - y)^2`, never of products.
#' The expansion `|x|^2 + |y|^2 - 2xy`, which other fast implementations use,
#' loses all digits of a small distance between large values.
#'
#' The time is proportional to `nrow(x)^2 * ncol(x) / 2`. Besides the result the
#' computation needs a few megabytes per thread, whatever the number of rows. A
#' data frame is first copied into a matrix, and `cov` makes a copy of twice the
#' size.
#'
#' Long computations can be interrupted.
#'
#' @section Progress:
#' After two seconds a computation shows a progress bar in
#' interactive sessions. `options(edist.progress = TRUE)` shows it everywhere,
#' in Rscript and knitr too; `FALSE` never. The bar is one of package cli, so
#' cli's handlers decide where it appears: `options(cli.progress_handlers =
#' "progressr")`, for example, gives it to package progressr.
#'
#' @section Memory:
#' In addition to the result, a call takes at most 64 MB for packed rows, which
#' all threads share, and a few megabytes for each thread, or less than half a
#' one if there are many. The memory of packed rows is kept for the next call:
#' to clear fresh memory takes longer than to pack the rows.
#'
#' @section Accuracy:
#' With \eqn{u = 2^{-53}}{u = 2^-53}, `p` columns and blocks
#' of 64 columns in groups of 2048, the relative error of each Euclidean
#' distance is at most \deqn{\left(1 + \tfrac{1}{2}\left[2 + \min(p, 64) +
#' \min(\lceil p/64 \rceil, 32) + 2\right]\right) u + O(u^2)}{(1 + (2 + min(p,
#' 64) + min(ceiling(p / 64), 32) + 2) / 2) u + O(u^2)} which is at most 51
#' units in the last place for any number of columns; a few units are usual.
#' `"sqeuclidean"`, `"manhattan"` and `"canberra"` have at most twice that.
#' `"maximum"`, `"binary"`, `"dice"` and `"simplematching"` are exact to one
#' rounding.
#'
#' Sums of `"euclidean"`, with weights or without, `"minkowski"`,
#' `"braycurtis"` and `"ruzicka"` that overflow or underflow are computed again
#' with scaled terms, and rows of any size have a direction for `"cosine"` and
#' `"correlation"`, and shares for `"hellinger"` and `"jensenshannon"`. So every
#' distance that a double can hold is found, where `dist()` gives `Inf` or 0.
#' `"cosine"` and `"correlation"` never leave their range, 0 to 2. Identical
#' rows are at distance exactly 0, unless the distance is `NA`.
#'
#' With `b` for the bracket and `q` for the power, the relative error of a
#' distance `d` is at most \eqn{(3 + b / q + |\log d|) u}{(3 + b / q + |log d|)
#' u} for `"minkowski"`; for `"cosine"`, `"correlation"` and `"spearman"` its
#' absolute error is at most
#' \eqn{((8 + b) d + 6 \sqrt{2 d}) u + 64 u^2}{((8 + b) d + 6 sqrt(2 d)) u +
#' 64 u^2}; for `"chord"`, `"hellinger"` and `"jensenshannon"`, whose
#' rows are rounded when they are scaled, \eqn{((8 + b) d + 16) u}{((8 + b) d +
#' 16) u}; for `"haversine"` a few nanometres on the Earth. The relative error
#' of `"hamming"` and `"gower"` is at most \eqn{(4 + b) u}{(4 + b) u}, that of
#' `"braycurtis"` and `"ruzicka"` \eqn{(4 + 2 b + p / 64) u}{(4 + 2 b + p / 64)
#' u}. Next to 0 the smallest double, `2^-1074`, is added.
#'
#' With `cov`, rows are whitened in twice the precision. A distance depends on
#' its two rows and on `cov` alone, and keeps its digits where rows are close to
#' each other and far from all others. What remains is the error of the Cholesky
#' factor of `cov`, which grows with its condition number.
#'
#' @section Ties:
#' `"euclidean"` distances of up to 4 columns, and `"maximum"`,
#' `"manhattan"`, `"canberra"` and `"binary"` ones of up to 64, have exactly the
#' bits of `dist()`, unless `dist()` overflows or underflows. Distances that tie
#' in `dist()` tie here, so [stats::hclust()], `cluster::pam()` and the like
#' break ties in the same way. With more columns a distance may differ from that
#' of `dist()` in its last digit, and clusters that merge at tied heights may
#' merge in another order; `strict = TRUE` then gives the order of `dist()`.
#'
#' @section Missing values:
#' The first six methods do what `dist()` does. A
#' column is left out of a pair if a value is missing in either row, or if the
#' difference is not a number, as `Inf - Inf` is not. Sums are then divided by
#' the share of the columns, or of the weights, that was used. If no column
#' remains, the distance is `NA`. `"canberra"` leaves out columns where both
#' values are 0, or next to 0; `"binary"` leaves out infinite values too, with a
#' warning. For `"cosine"` and `"correlation"` a row has `NA` distances if it
#' has a missing or infinite value, or no direction (all 0; for `"correlation"`
#' all equal). [edist_methods()] has the rules of all methods in a table.
#'
#' @section Your own method:
#' `method` may be a function of two matrices with some rows of `x` and of `y`,
#' or of `x` twice, which returns the matrix of the distances of all rows of the
#' first from all rows of the second. All functions that take a `method` take
#' one, except [edist_plan()]. It is called block by block, on the calling
#' thread, so speed is its own; `strict`, `weights` and `cov` have no meaning
#' for it. Without `y` the distance must be symmetric: one of both halves is
#' asked for.
#'
#' A metric in C or C++, of two rows, is called for each pair on all threads:
#' another package compiles it with the header `edist.h` and returns it as an
#' external pointer, which takes the place of `method`. Missing values are `NaN`
#' for it, and so is a missing distance. The same header lets packages call the
#' engine without R; `system.file("examples/edistexample", package = "edist")`
#' is a complete package that does both.
#'
#' @section The bits of dist():
#' With `strict = TRUE` the six methods of `dist()`
#' give its results to the last bit, on any processor of the x86-64 family: the
#' same sums in the same order, and what overflows for `dist()` overflows. For
#' 2000 rows of 200 columns, measured with two threads of an AMD EPYC with
#' AVX-512, it takes three times as long as the default for `"euclidean"`, twice
#' as long for `"maximum"` and `"manhattan"`, and no longer for `"canberra"` and
#' `"binary"`: 9 to 70 times as fast as `dist()`. For `"minkowski"` every term
#' calls R's own power function, and it is twice as fast as `dist()`. On other
#' processors the compiler of R may have fused operations of `dist()`; there
#' results agree to rounding.
#'
#' @param x A numeric, integer or logical matrix whose rows are observations; or
#'   a data frame of such columns; or a vector, taken as one column; or a matrix
#'   of package Matrix, or of a class derived from one, where sparse ones stay
#'   sparse. Dates, times and time differences count as the numbers they consist
#'   of, as in `dist()`. Unlike `dist()`, it refuses factors, characters,
#'   complex numbers, lists, `dist` objects and data frames with a column of
#'   dates, instead of coercing them; but `"hamming"` and `"gower"` take columns
#'   of factors and characters.
#' @param method `"euclidean"`, `"maximum"`, `"manhattan"`, `"canberra"`,
#'   `"binary"`, `"minkowski"`, `"sqeuclidean"`, `"cosine"`, `"correlation"`,
#'   `"spearman"`, `"chord"`, `"hellinger"`, `"jensenshannon"`, `"braycurtis"`,
#'   `"ruzicka"`, `"hamming"`, `"dice"`, `"simplematching"`, `"gower"` or
#'   `"haversine"`, see [edist_methods()]; or what [edist_method()] returns; or
#'   a function, see the section Your own method. A name can be abbreviated; the
#'   names of `dist()` come first.
#' @param diag,upper Whether printing the result shows its diagonal and its
#'   upper triangle; as in [stats::dist()].
#' @param p The power of the Minkowski distance, a positive number. Multiples of
#'   a half up to 16 are much faster than others.
#' @param ... Not used; must be empty.
#' @param strict Whether to give exactly the bits of `dist()`; see the section
#'   The bits of dist().
#' @param weights A number from 0 for each column, which its term in the sum, or
#'   in the maximum, is multiplied by; or `NULL`. For `"euclidean"`,
#'   `"sqeuclidean"`, `"manhattan"`, `"maximum"`, `"canberra"`, `"minkowski"`,
#'   `"hamming"` and `"gower"`. Names, if there are any, must not be those of
#'   the columns in another order.
#' @param cov For `"euclidean"`: a covariance matrix, `ncol(x)` by `ncol(x)`, to
#'   get the Mahalanobis distance, `sqrt(t(x - y) %*% solve(cov) %*% (x - y))`;
#'   or `NULL`. A missing value then makes all distances of its row `NA`. Row
#'   and column names as for `weights`.
#' @param threads How many threads to use, a positive whole number; by default
#'   what [edist_threads()] returns. The result does not depend on it.
#'
#' @return An object of class `"dist"` with the attributes that [stats::dist()]
#'   gives, in the same order: `Size`, `Labels` if `x` has row names, `Diag`,
#'   `Upper`, `method`, `p` for `"minkowski"`, and `call`. It holds the
#'   `n (n - 1) / 2` distances of the lower triangle, column by column, in the
#'   unit of `x`.
#'
#' @references
#' Higham, N. J. (2002) *Accuracy and Stability of Numerical Algorithms*, second
#' edition, chapters 3 and 4. SIAM.
#'
#' Van Zee, F. G. and van de Geijn, R. A. (2015) BLIS: A framework for rapidly
#' instantiating BLAS functionality. *ACM Transactions on Mathematical Software*
#' **41**(3). \doi{10.1145/2764454}
#'
#' @seealso [edist_nearest()], [edist_within()] and [edist_reduce()], which need
#'   no matrix, for neighbours, pairs within a radius, and numbers per row;
#'   [edist_matrix()] for a matrix, or for the rows of two matrices;
#'   [edist_dist_value()] and its family to read a `dist`;
#'   `vignette("accuracy")`.
#' @export
#' @examples
#' d <- edist(faithful, threads = 2)
#' all.equal(c(d), c(dist(faithful)))
#' plot(hclust(edist(scale(mtcars), "manhattan", threads = 2)))
#'
#' # Missing values as dist() treats them, and exactly its bits
#' identical(c(edist(airquality[1:4], strict = TRUE)), c(dist(airquality[1:4])))
#'
#' # A method of your own: the share of columns that differ by more than 1
#' share <- function(x, y) {
#'   apart <- function(i, j) mean(abs(x[i, ] - y[j, ]) > 1)
#'   outer(seq_len(nrow(x)), seq_len(nrow(y)), Vectorize(apart))
#' }
#' edist(faithful[1:4, ], share)
#'
#' # Weights of the columns, and the Mahalanobis distance
#' edist(faithful[1:3, ], weights = c(1, 0.1))
#' edist(faithful[1:3, ], cov = cov(faithful))
edist <- function(x, method = "euclidean", diag = FALSE, upper = FALSE, p = 2,
                  ..., strict = FALSE, weights = NULL, cov = NULL,
                  threads = NULL) {
  check_dots_empty(...)
  request <- read_request(x, NULL, method, p, strict, weights, cov, threads)
  spec <- request$spec
  n <- request$nrow
  check_fits(n * (n - 1) / 2, "the distances of x",
             c("edist_plan(x, \"d.zarr\")" = 2^24,
               "edist_nearest(x, 10)" = 15 * n))
  # In the order of dist(); NULL ones are left out.
  attributes <- list(
    Size = n, Labels = request$names$x, Diag = diag, Upper = upper,
    method = if (is.function(method)) "function" else spec$method,
    p = if (spec$method == "minkowski") spec$p,
    call = match.call(), class = "dist"
  )
  compute(function(progress) {
    .Call(C_edist_packed, request$x, spec, attributes, progress)
  })
}

#' Matrix of distances, within one matrix or between two
#'
#' Distances between the rows of `x` and the rows of `y`; or between all rows of
#' `x` if there is no `y`: then half of them are computed and both halves
#' filled, in the memory of the result.
#'
#' @inherit edist details references
#' @inheritSection edist Memory
#' @inheritSection edist Accuracy
#' @inheritSection edist Missing values
#' @inheritSection edist Your own method
#' @inheritSection edist The bits of dist()
#' @inheritParams edist
#' @param y Like `x`, with equally many columns; or `NULL`. Columns are matched
#'   by position: it is an error if both have the same names in another order.
#'
#' @return A double matrix of `nrow(x)` rows and `nrow(y)` columns (`nrow(x)`
#'   without `y`), with the row names of `x` and `y` as dimnames. The matrix of
#'   `x` alone is exactly symmetric, with a diagonal of exact zeros.
#'
#' @seealso [edist_nearest()], [edist_within()], [edist_reduce()] and
#'   [edist_apply()] for common uses of the matrix, without it; [edist()] for an
#'   object of class `"dist"`, in half the memory.
#' @export
#' @examples
#' centres <- rbind(short = c(2, 54), long = c(4.3, 80))
#' d <- edist_matrix(faithful, centres, threads = 2)
#' head(d)
#' table(colnames(d)[max.col(-d)])
edist_matrix <- function(x, y = NULL, method = "euclidean", p = 2, ...,
                         strict = FALSE, weights = NULL, cov = NULL,
                         threads = NULL) {
  check_dots_empty(...)
  request <- read_request(x, y, method, p, strict, weights, cov, threads)
  dim <- c(request$nrow, request$nbase)
  if (request$alone) {
    check_fits(prod(dim), "the full matrix of x", c(
      "edist(x)" = prod(dim) / 2, "edist_plan(x, \"d.zarr\")" = 2^24,
      "edist_nearest(x, 10)" = 15 * dim[1]
    ))
  } else {
    check_fits(prod(dim), "the distances of x and y",
               c("edist_plan(x, \"d.zarr\", y)" = 2^24,
                 "edist_nearest(x, 10, y)" = 15 * dim[1]))
  }
  attributes <- list(dim = dim, dimnames = dimnames_of(request$names))
  compute(function(progress) {
    .Call(C_edist_matrix, request$x, request$y, request$spec, attributes,
          progress)
  })
}
