# Runs on the first node of an allocation, starts daemons on all, and hands out tiles.
source("plan.R")

# One step of the job per daemon: Slurm finds the room, and a node that is lost takes
# its own step with it and no other. Memory is counted for the job, not for steps. A
# step that finds no room for a minute, since its node is gone, is given up.
srun <- mirai::remote_config(
  "srun",
  args = c("--exact", "--nodes=1", "--ntasks=1", "--mem=0", "--immediate=60",
           paste0("--cpus-per-task=", Sys.getenv("SLURM_CPUS_PER_TASK", "1")), "."),
  rscript = file.path(R.home("bin"), "Rscript")
)
start <- function(n) invisible(mirai::launch_remote(n, remote = srun))

mirai::daemons(url = mirai::host_url())
start(as.integer(Sys.getenv("SLURM_NTASKS", "1")))
edist_run(plan, replace = start)
mirai::daemons(0)
print(edist_status(Sys.getenv("EDIST_STORE")))
