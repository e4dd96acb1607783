"""Draw the paper's printed accuracies with their uncertainty."""

from videofer.pipeline.jobs import job
from videofer.report.audit.figure import plot_audit

with job(snakemake):
    plot_audit(**dict(snakemake.input.items()), out=snakemake.output)
