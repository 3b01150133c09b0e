# All matrices are double, with a row for each observation.

distances <- function(x, y = NULL, method = "euclidean", p = 0, weights = NULL) {
  .Call(C_distances, x, y, method, p, weights)
}

neighbours <- function(x, k, y = NULL, method = "euclidean") {
  .Call(C_neighbours, x, k, y, method)
}

# The number of rows of x within a radius of each.
count_within <- function(x, radius) .Call(C_count_within, x, radius)

# In C++, of observations whose values stand together: one in each column.
median_nearest <- function(columns) .Call(C_median_nearest, columns)

# A metric that edist does not have, for edist(x, clark()) and all its answers:
# sqrt(sum(((x - y) / (x + y))^2)), of the columns where x + y is above 0.
clark <- function() .Call(C_clark)
