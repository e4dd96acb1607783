"""Draw figure 4.1: clips of the data set, as the model sees them."""

from videofer.figures.samples import plot_samples
from videofer.jobs import job

with job(snakemake):
    plot_samples(snakemake.input.clips, snakemake.output)
