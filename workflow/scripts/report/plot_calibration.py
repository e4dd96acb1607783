"""Draw the reliability curves."""

from videofer.pipeline.jobs import job
from videofer.report.figures.calibration import plot_calibration

with job(snakemake):
    plot_calibration(snakemake.input.calibration, snakemake.input.reliability, snakemake.output)
