"""Draw the accuracy of every subject."""

from videofer.pipeline.jobs import job
from videofer.report.figures.subjects import plot_subjects

with job(snakemake):
    plot_subjects(snakemake.input.subjects, snakemake.output)
