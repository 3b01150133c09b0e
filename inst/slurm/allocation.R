# Runs on the first node of an allocation, starts daemons on all, and hands out tiles.
source("plan.R")

# One step of the job per daemon: Slurm finds room for it, and a node that is lost takes
# its own steps with it, no others. Memory is counted for the job, not for steps.
start <- function(n, ...) {
  cpus <- paste0("--cpus-per-task=", Sys.getenv("SLURM_CPUS_PER_TASK", "1"))
  srun <- mirai::remote_config(
    "srun", c("--quiet", "--exact", "--nodes=1", "--ntasks=1", "--mem=0", cpus, ..., "."),
    rscript = file.path(R.home("bin"), "Rscript")
  )
  invisible(mirai::launch_remote(n, remote = srun))
}
# There is no room for another daemon if the node of the last is lost.
again <- function(n) start(n, "--immediate=10")

# Of several networks this is the first; host_url()["ib0"], say, is another.
mirai::daemons(url = mirai::host_url())
start(as.integer(Sys.getenv("SLURM_NTASKS", "1")))
edist_run(plan, replace = again)
mirai::daemons(0)
print(edist_status(plan))
