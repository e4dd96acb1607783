"""Train one variant of a model on one fold, or on all of them side by side."""

from pathlib import Path

from videofer.pipeline.jobs import job
from videofer.training.train_fold import train_folds

with job(snakemake):
    names = ("weights", "history", "predictions", "run")
    runs = [dict(zip(names, files, strict=True)) for files in zip(*map(snakemake.output.get, names), strict=True)]
    train_folds(
        *(snakemake.input[name] for name in ("clips", "augmented", "folds")),
        out={int(Path(files["run"]).parent.name.removeprefix("fold-")): files for files in runs},
        resume=snakemake.params.resume,
        **snakemake.params.run,
        **snakemake.params.settings,
        side_by_side=snakemake.resources.side_by_side,
        threads=snakemake.threads,
        code=snakemake.params.code,
    )
