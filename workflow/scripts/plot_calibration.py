"""Draw the reliability curves."""

from videofer.figures.calibration import plot_calibration
from videofer.jobs import job

with job(snakemake):
    plot_calibration(snakemake.input.calibration, snakemake.input.reliability, snakemake.output)
