"""Draw the accuracies with their intervals beside the paper's values."""

from videofer.figures.overview import plot_overview
from videofer.jobs import job

with job(snakemake):
    plot_overview(snakemake.input.overall, snakemake.input.paper, snakemake.output)
