"""Draw the figure of saliency: which part of the face the answers hang on."""

from videofer.pipeline.jobs import job
from videofer.report.figures.saliency import plot_saliency

with job(snakemake):
    plot_saliency(snakemake.input.explanations, snakemake.input.clips, snakemake.output)
