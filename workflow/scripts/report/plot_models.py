"""Draw the accuracy of every model and variant."""

from videofer.pipeline.jobs import job
from videofer.report.figures.accuracies import plot_models
from videofer.report.figures.style import save_plot

with job(snakemake):
    source = snakemake.input
    save_plot(plot_models, snakemake.output, source.metric, source.paper_models, source.originals)
