"""Draw the figure of reconstructions: frames beside what the decoder draws of them."""

from videofer.pipeline.jobs import job
from videofer.report.figures.faces import plot_reconstructions
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_reconstructions, snakemake.output, snakemake.input.explanations, snakemake.input.clips)
