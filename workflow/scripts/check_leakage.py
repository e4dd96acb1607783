"""Look for subjects, copies and near-duplicate videos on two sides of a split."""

from videofer.jobs import job
from videofer.leakage import check_leakage

with job(snakemake):
    check_leakage(snakemake.input.clips, snakemake.input.folds, snakemake.output, snakemake.params.named)
