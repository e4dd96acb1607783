"""Draw the accuracies with their intervals beside the paper's values."""

from videofer.pipeline.jobs import job
from videofer.report.figures.accuracies import plot_overview
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_overview, snakemake.output, snakemake.input.overall, snakemake.input.paper)
