"""Draw the paper's printed accuracies with their uncertainty."""

from videofer.figures.audit import plot_audit
from videofer.jobs import job

with job(snakemake):
    plot_audit(**dict(snakemake.input.items()), out=snakemake.output)
