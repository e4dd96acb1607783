"""Compare the arms of an extra with the main study."""

from videofer.evaluation.comparison import compare_arms
from videofer.pipeline.jobs import job

with job(snakemake):
    runs, variants = list(snakemake.input.arms), snakemake.params.variants
    step = snakemake.params.runs
    own = zip(snakemake.params.own_folds, snakemake.input.arm_folds, strict=True)
    compare_arms(
        snakemake.input.main,
        arms={arm: runs[n * step : (n + 1) * step] for n, arm in enumerate(variants)},
        variants=variants,
        folds={"main": snakemake.input.folds} | dict(own),
        out=snakemake.output[0],
        code=snakemake.params.code,
    )
