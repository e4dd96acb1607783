"""Draw figure 4.3: the confusion matrices."""

from videofer.figures.confusion import plot_confusion
from videofer.jobs import job

with job(snakemake):
    plot_confusion(snakemake.input.confusion, snakemake.input.overall, snakemake.output, snakemake.params.variant)
