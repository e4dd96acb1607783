"""Assign the subjects to folds."""

from videofer.folds.split import split_folds
from videofer.pipeline.jobs import job

with job(snakemake):
    split_folds(
        snakemake.input.clips,
        snakemake.output[0],
        folds=snakemake.params.folds,
        people=snakemake.params.people,
        official=snakemake.params.official,
        code=snakemake.params.code,
    )
