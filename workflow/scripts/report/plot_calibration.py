"""Draw the reliability curves."""

from videofer.pipeline.jobs import job
from videofer.report.figures.answers import plot_calibration
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_calibration, snakemake.output, snakemake.input.calibration, snakemake.input.reliability)
