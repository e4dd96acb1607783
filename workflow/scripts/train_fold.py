"""Train one variant of a model on one fold."""

from videofer.jobs import job
from videofer.runs import train_fold

with job(snakemake):
    schedule = dict(snakemake.params.training)
    train_fold(
        *(snakemake.input[name] for name in ("clips", "augmented", "folds")),
        out={name: snakemake.output[name] for name in ("weights", "history", "predictions", "run")},
        resume=snakemake.params.resume,
        **snakemake.params.run,
        fold=int(snakemake.wildcards.fold),
        size=snakemake.params.size,
        device=schedule.pop("device"),
        schedule=schedule,
        readings={"model": dict(snakemake.params.model_readings), "loss": dict(snakemake.params.loss_readings)},
        threads=snakemake.threads,
        code=snakemake.params.code,
    )
