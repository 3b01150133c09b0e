test_that("the report tells what is in use", {
  info <- edist_info()
  expect_s3_class(info, "edist_info")
  expect_true(info$isa %in% info$isa_available)
  expect_identical(tail(info$isa_available, 1), "portable")
  expect_identical(info$threads, edist_threads())
  expect_output(print(info), "instruction set +[a-z0-9]+ \\(available: .*portable")
  expect_output(print(info), "threads +[0-9]+")
})

test_that("the report has all that a bug report needs", {
  info <- edist_info()
  known <- unlist(info[c("r", "platform", "os", "processor", "compiler")])
  expect_identical(unname(nzchar(known)), rep(TRUE, 5))
  info$caches[] <- NA
  expect_output(print(info), "caches +unknown")
  expect_output(print(info), R.version.string, fixed = TRUE)
})

test_that("the report has the shapes that the engine works in", {
  for (isa in edist_info()$isa_available) {
    withr::local_envvar(EDIST_ISA = isa)
    info <- edist_info()
    expect_identical(info$tile[["y"]],
                     c(avx512 = 24L, avx2 = 5L, neon = 5L, portable = 2L)[[isa]])
    if (isa != "portable") expect_identical(info$tile[["x"]], 8L)
    # Rows of x fill half of the second-level cache, of which 2 MiB count at most.
    expect_identical(info$block[["x"]] %% info$tile[["x"]], 0L)
    expect_lte(prod(info$block[c("x", "columns")]) * 8, 2^20)
    expect_gt(info$block[["y"]], info$tile[["y"]])
  }
  expect_output(print(info), "register tile +[48] x 2\n")
})

test_that("an unknown instruction set is an error", {
  withr::local_envvar(EDIST_ISA = "mmx")
  expect_errors(edist(matrix(1, 2, 2)))
  expect_identical(edist_info()$isa, NA_character_)
  expect_identical(unname(edist_info()$tile), c(NA_integer_, NA))
  expect_identical(unname(edist_info()$block), c(NA_integer_, NA, NA))
  expect_output(print(edist_info()), "none: EDIST_ISA is \"mmx\"")
})
