# One task of a job array: with T tasks, each computes every T-th tile. Finished tiles
# take no time, so you can submit the whole array again to compute what is missing.
library(edist)
stopifnot("export EDIST_STORE first" = nzchar(Sys.getenv("EDIST_STORE")))
plan <- edist_plan(path = Sys.getenv("EDIST_STORE"))
task <- as.integer(Sys.getenv("SLURM_ARRAY_TASK_ID"))
tasks <- as.integer(Sys.getenv("SLURM_ARRAY_TASK_COUNT"))
for (k in seq_len(plan$tiles)) {
  if ((k - task) %% tasks == 0) edist_tile(plan, k)
}
