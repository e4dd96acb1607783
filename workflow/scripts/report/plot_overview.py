"""Draw the accuracies with their intervals beside the paper's values."""

from videofer.pipeline.jobs import job
from videofer.report.figures.overview import plot_overview

with job(snakemake):
    plot_overview(snakemake.input.overall, snakemake.input.paper, snakemake.output)
