"""Draw figure 4.3: the confusion matrices."""

from videofer.pipeline.jobs import job
from videofer.report.figures.confusion import plot_confusion

with job(snakemake):
    plot_confusion(snakemake.input.confusion, snakemake.input.overall, snakemake.output, snakemake.params.variant)
