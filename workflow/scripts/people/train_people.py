"""Train one network of the recogniser that comes with the package."""

from videofer.people.members import train_member
from videofer.pipeline.jobs import job

with job(snakemake):
    train_member(
        snakemake.input,
        snakemake.params.recipe,
        int(snakemake.wildcards.seed),
        snakemake.params.code,
        snakemake.output[0],
    )
