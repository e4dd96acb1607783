"""Draw figure 4.2: the losses over the epochs."""

from videofer.pipeline.jobs import job
from videofer.report.figures.history import plot_history

with job(snakemake):
    plot_history(snakemake.input.history, snakemake.output, snakemake.params.variant)
