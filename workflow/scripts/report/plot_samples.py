"""Draw figure 4.1: clips of the data set, as the model sees them."""

from videofer.pipeline.jobs import job
from videofer.report.figures.faces import plot_samples
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_samples, snakemake.output, snakemake.input.clips)
