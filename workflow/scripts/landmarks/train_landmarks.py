"""Train the landmark model, and measure it on people held out."""

from videofer.landmarks.export import train_model
from videofer.pipeline.jobs import job

with job(snakemake):
    train_model(
        snakemake.input.drawn,
        snakemake.input.held,
        **snakemake.params.training,
        code=snakemake.params.code,
        measured=snakemake.output.measured,
        out=snakemake.output.model,
    )
