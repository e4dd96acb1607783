"""Draw the accuracy of every model and variant."""

from videofer.pipeline.jobs import job
from videofer.report.figures.models import plot_models

with job(snakemake):
    plot_models(
        snakemake.input.metric,
        {"models": snakemake.input.paper_models, "originals": snakemake.input.originals},
        snakemake.output,
    )
