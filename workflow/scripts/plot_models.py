"""Draw the accuracy of every model and variant."""

from videofer.figures.models import plot_models
from videofer.jobs import job

with job(snakemake):
    plot_models(
        snakemake.input.metric,
        {"models": snakemake.input.paper_models, "originals": snakemake.input.originals},
        snakemake.output,
    )
