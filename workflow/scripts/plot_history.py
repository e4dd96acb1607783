"""Draw figure 4.2: the losses over the epochs."""

from videofer.figures.history import plot_history
from videofer.jobs import job

with job(snakemake):
    plot_history(snakemake.input.history, snakemake.output, snakemake.params.variant)
