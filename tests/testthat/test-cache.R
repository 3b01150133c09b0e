test_that("a cache keeps the values that were used last, and clears them", {
  cache <- new_cache()
  made <- character()
  get <- function(key, max) {
    cache$get(key, {
      made <<- c(made, key)
      toupper(key)
    }, max)
  }
  expect_identical(get("a", 2), "A")
  expect_identical(get("b", 2), "B")
  expect_identical(get("a", 2), "A")
  expect_identical(made, c("a", "b"))
  expect_identical(get("c", 2), "C") # b was used before a
  expect_identical(get("a", 2), "A")
  expect_identical(get("b", 1), "B")
  expect_identical(made, c("a", "b", "c", "b"))
  expect_identical(cache$size(), 1L)
  cache$clear()
  expect_identical(cache$size(), 0L)
  expect_identical(get("b", 1), "B")
  expect_identical(made, c("a", "b", "c", "b", "b"))
})

test_that("a value leaves a full cache before the next is made", {
  cache <- new_cache()
  cache$get("a", 1, 1)
  cache$get("b", {
    expect_identical(cache$size(), 0L)
    2
  }, 1)
})
