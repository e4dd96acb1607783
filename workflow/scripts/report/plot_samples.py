"""Draw figure 4.1: clips of the data set, as the model sees them."""

from videofer.pipeline.jobs import job
from videofer.report.figures.samples import plot_samples

with job(snakemake):
    plot_samples(snakemake.input.clips, snakemake.output)
