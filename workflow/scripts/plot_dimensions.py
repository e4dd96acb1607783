"""Draw the figure of dimensions: what the components of a capsule stand for."""

from videofer.figures.dimensions import plot_dimensions
from videofer.jobs import job

with job(snakemake):
    plot_dimensions(snakemake.input.explanations, snakemake.input.clips, snakemake.output)
