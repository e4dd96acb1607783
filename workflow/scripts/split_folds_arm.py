"""Split the data as an arm wants it."""

from videofer.folds.arm_folds import split_arm
from videofer.pipeline.jobs import job

with job(snakemake):
    split_arm(
        snakemake.input.clips,
        snakemake.input.folds,
        snakemake.output[0],
        arm=snakemake.wildcards.arm,
        count=snakemake.params.parts,
        folds=snakemake.params.folds,
        code=snakemake.params.code,
    )
