"""Draw the figure of saliency: which part of the face the answers hang on."""

from videofer.figures.saliency import plot_saliency
from videofer.jobs import job

with job(snakemake):
    plot_saliency(snakemake.input.explanations, snakemake.input.clips, snakemake.output)
