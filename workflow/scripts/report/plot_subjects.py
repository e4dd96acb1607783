"""Draw the accuracy of every subject."""

from videofer.pipeline.jobs import job
from videofer.report.figures.accuracies import plot_subjects
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_subjects, snakemake.output, snakemake.input.subjects)
