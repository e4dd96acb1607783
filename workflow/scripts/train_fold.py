"""Train one variant of a model on one fold."""

from videofer.jobs import job
from videofer.runs import train_fold

with job(snakemake):
    train_fold(
        *(snakemake.input[name] for name in ("clips", "augmented", "folds")),
        out={name: snakemake.output[name] for name in ("weights", "history", "predictions", "run")},
        resume=snakemake.params.resume,
        **snakemake.params.run,
        fold=int(snakemake.wildcards.fold),
        **snakemake.params.settings,
        threads=snakemake.threads,
        code=snakemake.params.code,
    )
