"""Draw what each other reading of the paper changes."""

from videofer.figures.extras import plot_readings
from videofer.jobs import job

with job(snakemake):
    plot_readings(snakemake.input.metric, snakemake.output)
