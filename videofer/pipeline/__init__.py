"""What only the Snakefile and the scripts need: configuration, plan, studies, logs of jobs, hash of the code.

Comes in: config.yaml and its overlays. Goes out: settings of each step, one sentence for what is wrong.
May be imported by: the workflow, and report for the readings; it knows core alone.
"""
