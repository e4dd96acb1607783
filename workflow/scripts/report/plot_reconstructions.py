"""Draw the figure of reconstructions: frames beside what the decoder draws of them."""

from videofer.pipeline.jobs import job
from videofer.report.figures.reconstructions import plot_reconstructions

with job(snakemake):
    plot_reconstructions(snakemake.input.explanations, snakemake.input.clips, snakemake.output)
