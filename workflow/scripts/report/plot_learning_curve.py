"""Draw accuracy over the number of training subjects."""

from videofer.pipeline.jobs import job
from videofer.report.figures.accuracies import plot_learning_curve
from videofer.report.figures.style import save_plot

with job(snakemake):
    save_plot(plot_learning_curve, snakemake.output, snakemake.input.metric, snakemake.params.classes)
