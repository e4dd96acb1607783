"""Draw what each other reading of the paper changes."""

from videofer.pipeline.jobs import job
from videofer.report.figures.accuracies import plot_readings
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_readings, snakemake.output, snakemake.input.metric)
