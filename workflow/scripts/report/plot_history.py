"""Draw figure 4.2: the losses over the epochs."""

from videofer.pipeline.jobs import job
from videofer.report.figures.style import save_plot
from videofer.report.figures.training import plot_history

with job(snakemake):
    save_plot(plot_history, snakemake.output, snakemake.input.history, snakemake.params.variant)
