"""Draw accuracy over the number of training subjects."""

from videofer.pipeline.jobs import job
from videofer.report.figures.extras import plot_learning_curve

with job(snakemake):
    plot_learning_curve(snakemake.input.metric, snakemake.output, snakemake.params.classes)
