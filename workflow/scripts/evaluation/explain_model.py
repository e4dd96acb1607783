"""Trace every tested clip through the model that was tested on it."""

from videofer.evaluation.explain import explain_model
from videofer.pipeline.jobs import job

with job(snakemake):
    explain_model(
        *(snakemake.input[name] for name in ("clips", "folds", "weights", "predictions", "records")),
        out=snakemake.output[0],
        threads=snakemake.threads,
        code=snakemake.params.code,
    )
