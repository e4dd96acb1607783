"""Keep the training people of one data set only."""

from videofer.evaluation.cross import split_cross
from videofer.pipeline.jobs import job

with job(snakemake):
    split_cross(
        snakemake.input.clips,
        snakemake.input.folds,
        snakemake.output[0],
        trained_on=snakemake.wildcards.trained_on,
        code=snakemake.params.code,
    )
