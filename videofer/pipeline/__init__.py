"""What only the Snakefile and the scripts need: configuration, plan, studies, logs of jobs, hash of the code."""
