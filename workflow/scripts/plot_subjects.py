"""Draw the accuracy of every subject."""

from videofer.figures.subjects import plot_subjects
from videofer.jobs import job

with job(snakemake):
    plot_subjects(snakemake.input.subjects, snakemake.output)
