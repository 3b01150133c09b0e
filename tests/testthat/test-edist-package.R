test_that("the citation is complete", {
  expect_warning(cited <- citation("edist"), NA)
  about <- packageDescription("edist")
  expect_length(cited, 1)
  expect_identical(cited$title, paste0("edist: ", about$Title))
  authors <- Filter(function(person) "aut" %in% person$role,
                    eval(parse(text = about[["Authors@R"]])))
  expect_identical(format(cited$author, include = c("given", "family")),
                   format(authors, include = c("given", "family")))
  expect_match(cited$year, "^20[0-9]{2}$")
  expect_identical(cited$note, paste("R package version", about$Version))
  expect_identical(cited$url, about$URL)
  expect_warning(text <- c(format(cited, "text"), toBibtex(cited)), NA)
  expect_match(text, "@Manual\\{edist", all = FALSE)
  expect_match(text, about$Version, all = FALSE, fixed = TRUE)
})
