"""Draw accuracy over the number of training subjects."""

from videofer.figures.extras import plot_learning_curve
from videofer.jobs import job

with job(snakemake):
    plot_learning_curve(snakemake.input.metric, snakemake.output, snakemake.params.classes)
