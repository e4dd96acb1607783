"""Look for subjects, copies and near-duplicate videos on two sides of a split."""

from videofer.folds.leakage import check_leakage
from videofer.pipeline.jobs import job

with job(snakemake):
    check_leakage(snakemake.input.clips, snakemake.input.folds, snakemake.output, snakemake.params.named)
