# make bench     sets up, installs, and runs the benchmark of size and threads
# make test      sets up, and runs all tests and checks
#
# To change the package:
# make quick     builds what has changed and runs the tests: FILE=nearest runs
#                tests/testthat/test-nearest.R alone, within seconds
# make core      tests the C core without R, under AddressSanitizer and UBSan:
#                FILTER=within runs the tests whose names contain "within"
# make tsan      tests its threads under ThreadSanitizer, four minutes; FILTER as above
# make cross     tests it on another processor, in an emulator, three to five minutes:
#                MACHINE=s390x, or armhf, i686, ppc64le, riscv64; without one, on
#                64-bit ARM; FILTER as above
# make windows   tests it for Windows, under wine, two minutes; FILTER as above
# make fuzz      compares it with 128-bit arithmetic: EDIST_FUZZ_CALLS=1000000 takes
#                three minutes, EDIST_FUZZ_SECONDS=7200 two hours
# make debian    R CMD check with the R and the compiler of another Debian, as root:
#                SUITE=bullseye has the oldest R that is allowed, sid the newest
# make lint      checks the house rules and the style of C and R code
# make format    formats the C code
# make document  writes NAMESPACE and man/ from the comments in R/
# make snapshots runs the tests in place, to accept new error messages
# make slides    makes the slides for a class, .build/slides/slides.html
# make test-slurm tests the templates for Slurm, with two virtual nodes, one minute
# make consumers passes results to packages that take a dist, neighbours or a graph
# make site      builds the web site: site/index.html, five minutes
# make pages     tests in a browser that its pages and the vignettes fit a phone
#
# To measure:
# make peers     compares edist with other packages in R and Python: bench/peers.md
# make nearest   the same for answers without the matrix: bench/nearest.md
# make search    compares the search with kd-trees: bench/search.md
# make methods   the same for all methods: bench/methods.md
# make scale     measures the tile store, also with workers killed: bench/scale.md
# make scaling   measures the C core over threads, and models more: bench/scaling.md
# make record    records the full run that a vignette shows, half an hour

.POSIX:
.PHONY: bench test quick core tsan cross windows debian fuzz lint format document \
  snapshots test-slurm consumers site pages peers nearest search methods scale scaling record \
  install clean

FILE =
FILTER =
MACHINE = aarch64
SUITE = sid

bench:
	@tools/setup.sh bench
	@tools/install.sh
	@Rscript bench/size-threads.R

test:
	@tools/setup.sh test
	@tools/test.sh

quick:
	@tools/quick.sh $(FILE)

core:
	@tools/core.sh $(FILTER)

tsan:
	@tools/setup.sh tsan
	@tools/tsan.sh $(FILTER)

cross:
	@tools/setup.sh cross
	@tools/cross.sh $(MACHINE) $(FILTER)

windows:
	@tools/setup.sh windows
	@tools/windows.sh $(FILTER)

debian:
	@tools/setup.sh debian
	@tools/debian.sh $(SUITE)

fuzz:
	@tools/fuzz.sh

lint:
	@tools/setup.sh lint
	@tools/lint.sh

format:
	@tools/lint.sh format

document:
	@tools/setup.sh develop
	@tools/install.sh
	@Rscript -e 'roxygen2::roxygenise(load_code = "installed")'

snapshots:
	@tools/install.sh
	@cd tests && NOT_CRAN=true PROCESSX_NOTIFY_OLD_SIGCHLD=true Rscript -e \
	  'testthat::test_dir("testthat", package = "edist", load_package = "installed")'

slides:
	@tools/setup.sh slides
	@tools/install.sh
	@rm -rf .build/slides
	@mkdir -p .build
	@cp -r inst/teaching .build/slides
	@Rscript -e 'rmarkdown::render(".build/slides/slides.Rmd", quiet = TRUE)'

test-slurm:
	@tools/setup.sh slurm
	@tools/install.sh
	@tools/test-slurm.sh

consumers:
	@tools/setup.sh consumers
	@tools/install.sh
	@Rscript tools/consumers.R

site:
	@tools/setup.sh site
	@tools/install.sh
	@Rscript tools/site.R

pages:
	@tools/setup.sh site
	@tools/install.sh
	@tools/pages.sh

peers:
	@tools/setup.sh peers
	@tools/install.sh
	@tools/peers.sh peers

search:
	@tools/setup.sh search
	@tools/install.sh
	@tools/peers.sh search

nearest:
	@tools/setup.sh peers
	@tools/install.sh
	@tools/peers.sh nearest

methods:
	@tools/setup.sh methods
	@tools/install.sh
	@tools/peers.sh methods

scale:
	@tools/setup.sh test
	@tools/install.sh
	@tools/peers.sh scale

scaling:
	@tools/setup.sh methods
	@tools/install.sh
	@tools/peers.sh scaling

# Memory that R gives back is kept for the next vector: kernels of virtual machines can be
# so slow to give memory that the loops of R would measure little else.
record:
	@tools/setup.sh bench
	@tools/install.sh
	@MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=4000000000 \
	  Rscript bench/record.R

install:
	@tools/install.sh

clean:
	rm -rf .build src/*.o src/*/*.o src/*.so edist.Rcheck edist_*.tar.gz
