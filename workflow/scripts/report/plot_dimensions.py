"""Draw the figure of dimensions: what the components of a capsule stand for."""

from videofer.pipeline.jobs import job
from videofer.report.figures.faces import plot_dimensions
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_dimensions, snakemake.output, snakemake.input.explanations, snakemake.input.clips)
