"""Train one variant of a model on one fold."""

from videofer.pipeline.jobs import job
from videofer.training.train_fold import train_fold

with job(snakemake):
    train_fold(
        snakemake.input.clips,
        snakemake.input.augmented,
        snakemake.input.folds,
        out=dict(snakemake.output.items()),
        resume=snakemake.params.resume,
        **snakemake.params.run,
        **snakemake.params.settings,
        fold=int(snakemake.wildcards.fold),
        threads=snakemake.threads,
        code=snakemake.params.code,
    )
