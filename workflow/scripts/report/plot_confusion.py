"""Draw figure 4.3: the confusion matrices."""

from videofer.pipeline.jobs import job
from videofer.report.figures.answers import plot_confusion
from videofer.report.figures.style import save_plot

with job(snakemake):
    source = snakemake.input
    save_plot(plot_confusion, snakemake.output, source.confusion, source.overall, snakemake.params.variant)
