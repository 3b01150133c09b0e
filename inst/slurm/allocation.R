# Runs on the first node of an allocation, starts daemons on all nodes, and gives them
# tiles to compute.
source("plan.R")

# Each daemon is one step of the job: Slurm finds room for it, and if a node is lost,
# only its own steps end. Memory is limited for the job, not for its steps.
start <- function(n, ...) {
  cpus <- paste0("--cpus-per-task=", Sys.getenv("SLURM_CPUS_PER_TASK", "1"))
  srun <- mirai::remote_config(
    "srun", c("--quiet", "--exact", "--nodes=1", "--ntasks=1", "--mem=0", cpus, ..., "."),
    rscript = file.path(R.home("bin"), "Rscript")
  )
  invisible(mirai::launch_remote(n, remote = srun))
}
# A lost node leaves no room for another daemon: do not wait for it.
again <- function(n) start(n, "--immediate=10")

# This is the first network; use host_url()["ib0"], for example, for another.
mirai::daemons(url = mirai::host_url())
start(as.integer(Sys.getenv("SLURM_NTASKS", "1")))
edist_run(plan, replace = again)
mirai::daemons(0)
print(edist_status(plan))
