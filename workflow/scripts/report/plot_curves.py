"""Draw every model's accuracy over the epochs."""

from videofer.pipeline.jobs import job
from videofer.report.figures.style import save_plot
from videofer.report.figures.training import plot_curves

with job(snakemake):
    save_plot(plot_curves, snakemake.output, snakemake.input.history)
