"""Tabulate the accuracy of every pair of data sets."""

from videofer.evaluation.cross import tabulate_cross
from videofer.pipeline.jobs import job

with job(snakemake):
    trained = {name: snakemake.input[f"on_{number}"] for number, name in enumerate(snakemake.params.sets)}
    predictions = trained | {snakemake.params.together: snakemake.input.together}
    tabulate_cross(snakemake.input.clips, predictions, snakemake.output)
