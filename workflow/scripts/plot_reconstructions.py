"""Draw the figure of reconstructions: frames beside what the decoder draws of them."""

from videofer.figures.reconstructions import plot_reconstructions
from videofer.jobs import job

with job(snakemake):
    plot_reconstructions(snakemake.input.explanations, snakemake.input.clips, snakemake.output)
