"""Draw the figure of dimensions: what the components of a capsule stand for."""

from videofer.pipeline.jobs import job
from videofer.report.figures.dimensions import plot_dimensions

with job(snakemake):
    plot_dimensions(snakemake.input.explanations, snakemake.input.clips, snakemake.output)
