# One task of a job array: of T tasks, each does every T-th tile. Tiles that are there
# already take no time, so an array that is submitted again, as a whole, goes on.
library(edist)
stopifnot("export EDIST_STORE first" = nzchar(Sys.getenv("EDIST_STORE")))
plan <- edist_plan(path = Sys.getenv("EDIST_STORE"))
task <- as.integer(Sys.getenv("SLURM_ARRAY_TASK_ID"))
tasks <- as.integer(Sys.getenv("SLURM_ARRAY_TASK_COUNT"))
for (k in seq_len(plan$tiles)) {
  if ((k - task) %% tasks == 0) edist_tile(plan, k)
}
