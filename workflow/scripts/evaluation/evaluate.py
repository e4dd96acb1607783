"""Collect the predictions of all runs and compute the metrics."""

from videofer.evaluation.evaluate import evaluate_runs
from videofer.pipeline.jobs import job

with job(snakemake):
    evaluate_runs(
        predictions=snakemake.input.predictions,
        history=snakemake.input.history,
        records=snakemake.input.records,
        manifest=snakemake.input.manifest,
        rejected=snakemake.input.rejected,
        split=snakemake.input.folds,
        out=dict(snakemake.output.items()),
        models=snakemake.params.models,
        seeds=snakemake.params.seeds,
        folds=snakemake.params.folds,
        code=snakemake.params.code,
    )
