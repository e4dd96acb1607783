"""Draw the figure of saliency: which part of the face the answers depend on."""

from videofer.pipeline.jobs import job
from videofer.report.figures.faces import plot_saliency
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_saliency, snakemake.output, snakemake.input.explanations, snakemake.input.clips)
