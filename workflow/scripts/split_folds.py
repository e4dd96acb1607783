"""Assign the subjects to folds."""

from videofer.folds import split_folds
from videofer.jobs import job

with job(snakemake):
    split_folds(
        snakemake.input.clips,
        snakemake.output[0],
        count=snakemake.params.folds["count"],
        seed=snakemake.params.folds["seed"],
        code=snakemake.params.code,
    )
