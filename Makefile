# make bench    sets up, installs, and runs the size x threads benchmark
# make test     sets up, and runs all tests and checks
#
# For those who change the package:
# make document writes NAMESPACE and man/ from the comments in R/
# make core     tests the C core alone, under AddressSanitizer and UBSan
# make fuzz     tests it against 128-bit arithmetic: EDIST_FUZZ_CALLS=1000000, three minutes;
#               EDIST_FUZZ_SECONDS=7200, two hours
# make tsan     tests its threads under ThreadSanitizer, two minutes
# make cross    tests it on 64-bit ARM, in an emulator
# make test-slurm tests the templates for Slurm, with two virtual nodes, one minute
# make record   records the full run that a vignette shows, half an hour
# make peers    measures edist beside its peers in R and Python, renders bench/peers.md
# make consumers hands results to packages that take a dist object
# make nearest  the same for answers without the matrix, bench/nearest.md
# make methods  the same for all methods, bench/methods.md
# make scale    measures the tile store, and workers that are killed, bench/scale.md
# make scaling  measures the C core over threads, and models more, bench/scaling.md
# make snapshots runs the tests in place, to accept new error messages

.POSIX:
.PHONY: bench test install document core cross peers methods nearest scale scaling consumers \
  record snapshots clean test-slurm fuzz tsan

bench:
	@tools/setup.sh bench
	@tools/install.sh
	@Rscript bench/size-threads.R

test:
	@tools/setup.sh test
	@tools/test.sh

peers:
	@tools/setup.sh peers
	@tools/install.sh
	@tools/peers.sh peers

consumers:
	@tools/setup.sh consumers
	@tools/install.sh
	@Rscript tools/consumers.R

test-slurm:
	@tools/setup.sh slurm
	@tools/install.sh
	@tools/test-slurm.sh

methods:
	@tools/setup.sh methods
	@tools/install.sh
	@tools/peers.sh methods

nearest:
	@tools/setup.sh peers
	@tools/install.sh
	@tools/peers.sh nearest

scale:
	@tools/setup.sh test
	@tools/install.sh
	@tools/peers.sh scale

scaling:
	@tools/setup.sh methods
	@tools/install.sh
	@tools/peers.sh scaling

record:
	@tools/setup.sh bench
	@tools/install.sh
	@Rscript bench/record.R

install:
	@tools/install.sh

document:
	@tools/setup.sh develop
	@tools/install.sh
	@Rscript -e 'roxygen2::roxygenise(load_code = "installed")'

snapshots:
	@tools/install.sh
	@cd tests && NOT_CRAN=true PROCESSX_NOTIFY_OLD_SIGCHLD=true Rscript -e 'testthat::test_dir("testthat", package = "edist", load_package = "installed")'

core:
	@tools/core.sh

fuzz:
	@tools/fuzz.sh

tsan:
	@tools/setup.sh tsan
	@tools/tsan.sh

cross:
	@tools/cross.sh

clean:
	rm -rf src/*.o src/*/*.o src/*.so edist.Rcheck edist_*.tar.gz
