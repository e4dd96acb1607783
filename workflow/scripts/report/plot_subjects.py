"""Draw the accuracy of every subject."""

from videofer.pipeline.jobs import job
from videofer.report.figures.style import save_plot
from videofer.report.figures.subjects import plot_subjects

with job(snakemake):
    save_plot(plot_subjects, snakemake.output, snakemake.input.subjects)
