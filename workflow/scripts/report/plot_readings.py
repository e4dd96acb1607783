"""Draw what each other reading of the paper changes."""

from videofer.pipeline.jobs import job
from videofer.report.figures.extras import plot_readings

with job(snakemake):
    plot_readings(snakemake.input.metric, snakemake.output)
